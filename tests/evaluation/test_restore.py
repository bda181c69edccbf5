"""Which checkpoint a word means."""

import pathlib

import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.evaluation.sources import checkpoint_path

RUN_0_1 = pathlib.Path(__file__).parent.parent / 'data' / 'run_0_1'


@pytest.mark.parametrize('which', ['newest', '162', '000000000162', str(RUN_0_1 / 'checkpoints/000000000162.npz')])
def test_a_checkpoint_is_found_by_age_by_steps_and_by_path(which):
    assert checkpoint_path(RUN_0_1, which).name == '000000000162.npz'


@pytest.mark.parametrize('which', ['9' * 5000, 'x' * 5000, '~nobody_is_called_so/a', 'a\0b', 'best', '..', '*'])
def test_a_word_that_can_be_no_checkpoint_is_refused_in_a_short_sentence(which):
    with pytest.raises(UserError, match='allowed are newest, best, agent steps, .* there are: 000000000162') as error:
        checkpoint_path(RUN_0_1, which)
    assert len(str(error.value)) < 700
