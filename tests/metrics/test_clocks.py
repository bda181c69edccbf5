"""What is due when."""

from dreamerv2_tf.metrics.clocks import Every


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


def test_a_clock_goes_on_from_its_last_time():
    every = Every(5)
    every.last = 10
    assert fired(every, range(11, 22)) == [15, 20]
