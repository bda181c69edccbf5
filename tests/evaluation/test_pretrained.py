"""The agents that come with the package."""

import json
import math

import numpy as np
import pytest

import dreamerv2_tf as dv2
from dreamerv2_tf import evaluate
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.evaluation import sources
from dreamerv2_tf.learning import checkpoint

MAX_MEGABYTES = 4.0
NAMES = [agent.name for agent in dv2.pretrained()]


def test_they_are_listed_with_what_they_do():
    agents = {agent.name: agent for agent in dv2.pretrained()}
    assert {'cartpole', 'crazy_climber', 'krull', 'kung_fu_master', 'toy_catch'} <= set(agents)
    krull = agents['krull']
    assert (krull.task, krull.frames) == ('atari_krull', 4 * krull.card.steps)
    assert len(krull.card.returns) == 30 and krull.card.mean > 5000 and krull.card.curve[-1][0] <= krull.frames


@pytest.mark.parametrize('name', NAMES)
def test_each_is_small_whole_and_has_three_episodes_of_its_card(name):
    path = sources.located(f'pretrained:{name}')
    assert path.stat().st_size / 1e6 <= MAX_MEGABYTES
    assert checkpoint.read_file(path).hash_holds
    kept = dv2.load_episodes(sources.episodes_folder(path))
    card = next(agent.card for agent in dv2.pretrained() if agent.name == name)
    returns = [float(np.sum(episode['reward'], dtype=float)) for episode in kept]
    assert sorted(returns) == pytest.approx(sorted(card.returns[:3]))


def test_one_plays_as_well_as_its_card_says(capsys):
    card = next(agent.card for agent in dv2.pretrained() if agent.name == 'toy_catch')
    episodes = 10
    words = f'--agent toy_catch --episodes {episodes} --envs 10 --seed 7 --json'
    assert evaluate.main(words.split()) == 0
    played = json.loads(capsys.readouterr().out)
    spread = card.standard_error * math.sqrt(len(card.returns))
    assert abs(played['mean'] - card.mean) <= 3 * math.hypot(card.standard_error, spread / math.sqrt(episodes))


def test_an_unknown_name_names_the_nearest():
    with pytest.raises(
        UserError, match=r'no agent `krul` comes with the package \(did you mean `krull`\?\); there are '
    ):
        dv2.load_agent('pretrained:krul')
