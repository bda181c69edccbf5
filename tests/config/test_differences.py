"""docs/differences.md says what configs.yaml says."""

import pathlib
import re

import pytest

from dreamerv2_tf.config import presets
from dreamerv2_tf.config.schema import setting_of

PAGE = (pathlib.Path(__file__).parents[2] / 'docs' / 'differences.md').read_text()
ROWS = {row[0]: row[-1] for row in (line.strip('| ').split(' | ') for line in PAGE.splitlines() if line[:2] == '| ')}
ATARI, PAPER, RELEASE = (presets.load_config('atari', *more) for more in ((), ('paper_d1',), ('release',)))
NO_SETTINGS = {'ram', 'slow_baseline', 'dreamerv2'}  # an observation, a key of the release, a package


def batch(config):
    return f'{config.dataset.batch} x {config.dataset.length}'


@pytest.mark.parametrize(
    'topic, here',
    [
        ('update frequency', f'{ATARI.train_every}; `paper_d1` {PAPER.train_every}'),
        ('discount', f'{ATARI.discount}; `paper_d1` {PAPER.discount}'),
        ('batch', f'{batch(ATARI)}; `release` {batch(RELEASE)}'),
        ('actions', f'{18 if ATARI.atari_full_actions else "minimal"}; `release` minimal'),
        ('advantage and baseline', "paper's; `release` the release's"),
        ('evaluation', f'as paper; `release` {1_000_000 // (RELEASE.eval_every * RELEASE.action_repeat)}'),
    ],
)
def test_values_are_those_of_the_presets(topic, here):
    assert ROWS[topic] == here
    assert not RELEASE.atari_full_actions
    assert (ATARI.actor_advantage, RELEASE.actor_advantage) == ('paper', 'release')
    assert ATARI.eval_every * ATARI.action_repeat * 10 == 1_000_000 and ATARI.eval_eps == RELEASE.eval_eps == 1


def test_counts_in_its_first_column_are_those_of_the_presets():
    topic = next(topic for topic in ROWS if topic.startswith('discount loss scale'))
    scale, prefill = re.match(r'discount loss scale (\d+), prefill ([\d,]+)', topic).groups()
    assert (float(scale), int(prefill.replace(',', ''))) == (ATARI.loss_scales.discount, ATARI.prefill)


def test_every_name_in_it_is_a_preset_or_a_setting():
    sections = {name.partition('.')[0] for name in presets.load()['defaults']}
    for name in re.findall(r'`([a-z_.0-9]+)(?: [a-z]+)?`', PAGE):
        known = name in presets.load() or setting_of(name) or name in sections or name in NO_SETTINGS
        assert known or name in ROWS or 'is_first' in name, name
