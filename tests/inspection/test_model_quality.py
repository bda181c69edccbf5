"""Each number of a world model's quality by hand, from a model whose predictions are known."""

import types

import numpy as np
import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.inspection import quality_table
from dreamerv2_tf.inspection.beliefs import Observed, Predictions, Rollouts
from dreamerv2_tf.inspection.model_quality import quality
from dreamerv2_tf.nets.latent import GaussianState
from dreamerv2_tf.spec import ActionSpec, Spaces, Spec

ROWS = 60
NUMBERS = np.arange(ROWS, dtype=np.float32)


class Counting:
    """A model of an episode whose row t shows the number t: knows what it sees, then adds 1 per step.

    It is `off` too high; its latent is Gaussian with std 1, whose mean is the number.
    """

    film_keys = []
    spaces = Spaces({'number': Spec((1,), np.dtype(np.float32))}, ActionSpec.numbers(1))
    config = types.SimpleNamespace(clip_rewards='identity', discount=0.9)

    def __init__(self, off=0.0):
        self._off = off

    def check(self, episode):
        pass

    def observe(self, episode, seed):
        shown = np.asarray(episode['number'])
        post, prior = self._state(shown), self._state(shown + 2)
        return Observed(
            post, prior, np.full((len(shown), 1), 2.0), np.full((len(shown), 1), 3.0), np.full((len(shown), 1), 4.0)
        )

    def imagine(self, start, horizon, seed, actions):
        assert len(actions) >= horizon
        steps = np.arange(horizon + 1)[:, None, None] + start.mean
        return Rollouts(self._state(steps), actions)

    def predict(self, state):
        number = state.mean[..., 0]
        return Predictions(0.5 * number, np.full_like(number, 0.9 * 0.75), number, number)

    def decode(self, state):
        return {'number': state.mean + self._off}

    def seen(self, rows):
        return {'number': np.asarray(rows['number'])}

    @staticmethod
    def _state(mean):
        return GaussianState(mean, np.ones_like(mean), mean, mean)


def counted(rows=ROWS):
    numbers = np.arange(rows, dtype=np.float32)
    return {
        'number': numbers[:, None],
        'reward': numbers,
        'action': np.zeros((rows, 1), np.float32),
        'is_first': numbers == 0,
        'is_last': numbers == rows - 1,
        'is_terminal': numbers == rows - 1,
    }


@pytest.fixture(scope='module')
def result():
    return quality(Counting(), [counted()])


def test_every_row_but_the_first_is_predicted_from_every_start_that_fits(result):
    assert result['columns'] == ['posterior', 1, 5, 15, 45]
    assert result['answers'] == [59, 55, 51, 41, 11] and result['rows'] == 60 and result['episodes'] == 1


def test_the_model_and_the_baselines_are_judged_on_the_same_rows(result):
    errors = result['measures']['number_mse']
    assert errors['model'] == [0] * 5
    assert errors['repeat'] == [1, 1, 25, 225, 2025]
    predicted = [NUMBERS[1:], NUMBERS[5:], NUMBERS[9:], NUMBERS[19:], NUMBERS[49:]]
    assert errors['mean'] == pytest.approx([np.square(rows - 29.5).mean() for rows in predicted])
    assert quality(Counting(off=2), [counted()])['measures']['number_mse']['model'] == [4] * 5


def test_rewards_are_those_of_the_predicted_row(result):
    errors = result['measures']['reward_mse']
    assert errors['model'] == pytest.approx(
        [np.square(rows / 2).mean() for rows in (NUMBERS[1:], NUMBERS[5:], NUMBERS[9:], NUMBERS[19:], NUMBERS[49:])]
    )
    assert errors['repeat'] == [1, 1, 25, 225, 2025]


def test_the_probability_of_going_on_is_without_gamma_and_calibrated(result):
    measures = result['measures']
    assert measures['goes_on']['model'] == pytest.approx([0.75] * 5)
    shares = [58 / 59, 54 / 55, 50 / 51, 40 / 41, 10 / 11]
    assert measures['goes_on']['truth'] == pytest.approx(shares)
    assert measures['calibration_error']['model'] == pytest.approx([share - 0.75 for share in shares])


def test_kl_and_entropies(result):
    """One step: as observed; open loop: of the posterior of the row from the prediction, here the same number."""
    measures = result['measures']
    gaussian = (1 + np.log(2 * np.pi)) / 2
    assert measures['kl']['model'] == [2, 0, 0, 0, 0]
    assert measures['prior_entropy']['model'] == pytest.approx([4] + [gaussian] * 4)
    assert measures['post_entropy']['model'] == [3] * 5


def test_horizons_that_no_episode_reaches_are_left_out():
    result = quality(Counting(), [counted(12), counted(21)])
    assert result['columns'] == ['posterior', 1, 5, 15] and result['answers'] == [31, 23, 15, 2]
    with pytest.raises(UserError, match='the longest episode has 5 rows'):
        quality(Counting(), [counted(5)])


def test_of_long_episodes_rows_spread_over_them_are_predicted():
    result = quality(Counting(), [counted(2505)])
    assert result['answers'][:2] == [835, 834]  # every third of 2,504 and of 2,500
    assert result['measures']['number_mse']['model'] == [0] * 5


def test_a_number_that_is_not_finite_is_none_in_json():
    result = {'measures': {'image_psnr': {'model': [20.0, float('inf')]}}, 'rows': 3}
    assert quality_table.for_json(result) == {'measures': {'image_psnr': {'model': [20.0, None]}}, 'rows': 3}


def test_the_table_has_a_row_for_the_model_and_each_baseline(result):
    table = quality_table.table(result)
    headers, (names, of, *values) = [column.header for column in table.columns], [[*c.cells] for c in table.columns]
    assert headers[2:4] == ['posterior\n59 rows', '1 step\n55 rows'] and headers[4] == '5 steps\n51 rows'
    assert names[:3] == ['number_mse', '', ''] and of[:3] == ['model', 'repeat', 'mean']
    assert [column[1] for column in values] == ['1', '1', '25', '225', '2025']


def test_every_episode_passes_through_track():
    tracked = []

    def track(episodes):
        for episode in episodes:
            tracked.append(len(episode['reward']))
            yield episode

    quality(Counting(), [counted(12), counted(21)], track=track)
    assert tracked == [12, 21]
