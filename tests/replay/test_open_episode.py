"""An open episode grows row by row."""

import numpy as np
import pytest

from dreamerv2_tf.errors import RunError
from dreamerv2_tf.replay.open_episode import INITIAL_ROWS, OpenEpisode

from ..fakes import episode, rows


def test_an_open_episode_grows_and_becomes_arrays():
    growing = OpenEpisode('a digest')
    for row in rows(3, start=5):
        growing.add(row)
    assert growing.rows == 4
    assert growing.slices(['vector'], 1, 3)['vector'].tolist() == [[6], [7]]
    arrays, expected = growing.arrays(), episode(3, start=5)
    for key in expected:
        np.testing.assert_array_equal(arrays[key], expected[key])


def test_an_open_episode_outgrows_its_room_and_keeps_what_it_gave():
    growing, given = OpenEpisode('a digest'), []
    for number in range(3 * INITIAL_ROWS):
        growing.add({'x': np.array([number, -number], np.int32), 'log_y': 0 if number < 5 else number + 0.5})
        given.append(growing.slices(['x'], number, number + 1)['x'][0])
    assert [x.tolist() for x in given] == [[n, -n] for n in range(3 * INITIAL_ROWS)]
    whole = growing.slices(['x', 'log_y'], 0, growing.rows)
    np.testing.assert_array_equal(whole['x'][:, 0], np.arange(3 * INITIAL_ROWS))
    assert whole['log_y'].tolist() == [0] * 5 + [n + 0.5 for n in range(5, 3 * INITIAL_ROWS)]


def test_truncating_an_open_episode_sets_is_last_alone():
    growing = OpenEpisode('a digest')
    for row in rows(3, last=False):
        growing.add(row)
    assert not growing.arrays()['is_last'].any()
    arrays = growing.arrays(truncated=True)
    assert arrays['is_last'].tolist() == [False, False, False, True]
    assert not arrays['is_terminal'].any()


def test_a_number_that_does_not_fit_ends_the_run_with_its_name():
    growing = OpenEpisode('a digest')
    for value in (2**40, np.array([1.0, 1e300])):
        with pytest.raises(RunError, match='`count` of the environment is .* which is beyond'):
            growing.add({'count': value})
