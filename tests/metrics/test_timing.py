"""Every second of a run belongs to one part."""

import pytest

from dreamerv2_tf.metrics.timing import Timing


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_part_does_not_count_the_parts_inside_it(clock):
    timing = Timing(clock)
    clock.now = 1
    with timing.part('environment'):
        clock.now = 3
        with timing.part('policy'):
            clock.now = 7
        clock.now = 8
    clock.now = 16
    assert timing.shares() == {'rest': 9 / 16, 'environment': 3 / 16, 'policy': 4 / 16}
    assert timing.seconds == {'rest': 9, 'environment': 3, 'policy': 4}


def test_the_longest_run_of_a_part_is_known(clock):
    timing = Timing(clock)
    for until in (2, 7, 8):
        with timing.part('logging'):
            clock.now = until
            with timing.part('update'):
                clock.now += 0.25
    assert timing.longest == {'logging': 4.75, 'update': 0.25}


def test_shares_are_of_the_time_since_the_last_call(clock):
    timing = Timing(clock)
    clock.now = 5
    timing.shares()
    assert timing.shares() == {}
    with timing.part('update'):
        clock.now = 9
    assert timing.shares() == {'rest': 0, 'update': 1}


def test_a_part_ends_where_it_fails(clock):
    timing = Timing(clock)
    with pytest.raises(ValueError), timing.part('update'):
        clock.now = 2
        raise ValueError
    clock.now = 3
    assert timing.shares() == {'rest': 1 / 3, 'update': 2 / 3}


def test_calls_of_a_function_can_be_a_part(clock):
    def double(x):
        clock.now += 4
        return 2 * x

    timing = Timing(clock)
    assert timing.of('policy', double)(21) == 42
    assert timing.seconds == {'rest': 0, 'policy': 4}
