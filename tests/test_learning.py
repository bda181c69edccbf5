"""The agent learns: a short run of the command that the README shows for a laptop."""

import json

import numpy as np
import pytest

from dreamerv2_tf import train

from .fakes import catch_return

EPISODES = 10  # of an evaluation


@pytest.fixture(scope='module')
def returns(tmp_path_factory):
    """Evaluation returns {agent steps: [return of an episode]} of 900 updates, a short version of a run."""
    logdir = tmp_path_factory.mktemp('catch')
    code = train.main(
        [
            '--configs',
            'cpu',
            '--task',
            'toy_catch',
            '--logdir',
            str(logdir),
            '--prefill',
            '2500',
            '--steps',
            '8901',
            '--eval_every',
            '6400',
            '--eval_eps',
            str(EPISODES),
        ]
    )
    assert code == 0
    found = {}
    for line in (logdir / 'metrics.jsonl').read_text().splitlines():
        row = json.loads(line)
        if 'eval_return' in row:
            found.setdefault(row['step'], []).append(row['eval_return'])
    return found


def test_after_900_updates_it_plays_clearly_better_than_at_random_and_than_any_single_action(returns):
    rng = np.random.default_rng(0)
    best = max(catch_return(lambda: rng.integers(3)), *(catch_return(lambda a=a: a) for a in range(3)))
    untrained, trained = (np.mean(returns[steps][-EPISODES:]) for steps in (2500, 8900))
    assert best < -5
    assert trained > max(best, untrained) + 2
