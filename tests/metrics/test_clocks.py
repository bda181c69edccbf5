"""What is due when."""

import pytest

from dreamerv2_tf.metrics.clocks import Bursts, Every, Ratio


def fired(every, steps):
    return [step for step in steps if every(step)]


def test_every_n_fires_on_its_first_call_and_then_in_steps_of_n():
    assert fired(Every(5), range(21)) == [0, 5, 10, 15, 20]
    assert fired(Every(5), range(3, 21)) == [3, 8, 13, 18]
    assert fired(Every(1), range(4)) == [0, 1, 2, 3]


def test_a_late_call_does_not_shift_the_following_ones():
    assert fired(Every(5), [0, 7, 9, 10, 14, 15]) == [0, 7, 10, 15]


def test_what_was_missed_is_made_up_call_by_call():
    assert fired(Every(5), [0, 16, 17, 18, 19, 20]) == [0, 16, 17, 18, 20]


def test_every_zero_never_fires():
    assert fired(Every(0), range(100)) == []


def resumed(before, every):
    """A clock with this period that goes on from another one."""
    clock = Every(every)
    clock.set_state(*before.get_state())
    return clock


def evaluated(every=25_000, until=100_000):
    """A clock that fired last at `until`."""
    clock = Every(every)
    assert fired(clock, range(0, until + 1, 500))[-1] == until
    return clock


def test_a_clock_goes_on_from_its_last_time():
    before = Every(5)
    assert fired(before, [10]) == [10]
    assert before.get_state() == ({'last': 10, 'every': 5}, {})
    assert fired(resumed(before, 5), range(11, 22)) == [15, 20]


def test_with_the_same_period_what_was_missed_is_made_up_also_after_a_resume():
    before = Every(5)
    assert fired(before, [0, 16]) == [0, 16]
    assert fired(resumed(before, 5), [17, 18, 19, 20]) == [17, 18, 20]


def test_a_shorter_period_begins_where_the_run_is_and_makes_nothing_up():
    clock = resumed(evaluated(), 1000)
    assert fired(clock, range(120_000, 123_001, 100)) == [121_000, 122_000, 123_000]
    assert fired(resumed(evaluated(), 1000), range(120_300, 122_001, 100)) == [121_000, 122_000]


def test_a_longer_period_is_counted_from_the_last_time():
    assert fired(resumed(evaluated(), 40_000), range(120_000, 200_001, 500)) == [140_000, 180_000]


def test_asking_alone_aligns_a_resumed_clock_too():
    clock = resumed(evaluated(), 1000)
    assert not clock.at(120_500)
    assert clock.at(121_000)


def test_a_clock_resumed_with_zero_never_fires_and_aligns_when_it_is_turned_on_again():
    off = resumed(evaluated(), 0)
    assert fired(off, range(120_000, 180_000, 500)) == []
    assert fired(resumed(off, 25_000), range(180_000, 230_000, 500)) == [200_000, 225_000]


def test_a_run_that_is_saved_before_its_first_call_still_aligns():
    clock = resumed(resumed(evaluated(), 1000), 1000)
    assert fired(clock, range(120_000, 122_001, 100)) == [121_000, 122_000]


def test_a_clock_that_has_never_fired_fires_on_its_first_call_with_any_period():
    assert resumed(Every(25_000), 1000).get_state()[0]['last'] is None
    assert fired(resumed(Every(25_000), 1000), range(120_000, 121_001, 500)) == [120_000, 121_000]
    assert fired(resumed(Every(0), 1000), range(120_000, 121_001, 500)) == [120_000, 121_000]


def test_steps_that_others_did_are_not_made_up():
    every = Every(5)
    assert fired(every, [0, 3, 5])[-1] == 5
    every.skip_to(52)
    assert fired(every, range(52, 62)) == [55, 60]


def test_a_clock_that_never_fired_fires_after_a_skip():
    every = Every(5)
    every.skip_to(52)
    assert fired(every, [52, 53, 57]) == [52, 57]


def test_bursts_are_so_many_at_once():
    clock = Bursts(4, 3)
    assert [clock.due(step) for step in range(9)] == [3, 0, 0, 0, 3, 0, 0, 0, 3] and clock.stride == 4


def test_a_ratio_is_kept_step_by_step():
    clock = Ratio(4, 10)
    assert [step for step in range(16) for _ in range(clock.due(step))] == [0, 3, 5, 8, 10, 13, 15]
    many = Ratio(25, 10)
    assert [many.due(step) for step in range(100, 105)] == [1, 2, 3, 2, 3]


@pytest.mark.parametrize('envs', [1, 3, 8])
def test_a_ratio_counts_the_steps_of_all_environments(envs):
    """Rows of several environments come one after the other, each a step."""
    clock, steps, updates = Ratio(64, 256), 0, 0
    for _ in range(2400 // envs):
        for _ in range(envs):
            steps += 1
            updates += clock.due(steps)
    assert updates == 1 + (steps - 1) * 64 // 256


def test_a_ratio_goes_on_where_it_stopped_and_follows_bursts_and_is_followed_by_them():
    one = Ratio(4, 10)
    whole = [one.due(step) for step in range(20)]
    first, second = Ratio(4, 10), Ratio(4, 10)
    begun = [first.due(step) for step in range(7)]
    second.set_state(*first.get_state())
    assert begun + [second.due(step) for step in range(7, 20)] == whole
    bursts, ratio = Bursts(5, 1), Ratio(4, 10)
    bursts.set_state(*second.get_state())
    assert [step for step in range(20, 31) if bursts.due(step)] == [24, 29]
    ratio.set_state(*bursts.get_state())
    assert [ratio.due(step) for step in (30, 31, 32)] == [0, 0, 1]
