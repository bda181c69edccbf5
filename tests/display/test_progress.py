"""How far a run is, by a clock that the test sets."""

import pytest

from dreamerv2_tf.display.format import duration_text, returns_text, speed_text
from dreamerv2_tf.display.progress import Progress, Silent


class Clock:
    seconds = 100.0

    def __call__(self):
        return self.seconds


class Heard(Silent):
    def __init__(self):
        self.texts = []

    def say(self, text):
        self.texts.append(text)


@pytest.fixture
def clock():
    return Clock()


def test_phases_nest_and_end(clock):
    progress = Progress(Silent(), clock=clock)
    with progress.phase('training', 'frames', 5, 100):
        with progress.phase('evaluation', 'episodes', 0, 2):
            progress.advance(1)
            assert [(p.name, p.done, p.total) for p in progress.phases] == [('training', 5, 100), ('evaluation', 1, 2)]
        progress.advance(50)
        assert progress.phases[0].done == 50
    assert progress.phases == ()


def test_speed_is_that_of_late_and_the_time_left_that_of_the_mean(clock):
    progress = Progress(Silent(), clock=clock)
    with progress.phase('training', 'frames', 0, 10_000):
        phase = progress.phases[0]
        clock.seconds += 50  # an evaluation before the first step does not count
        progress.advance(0)
        assert phase.rate is None and phase.seconds_left is None and speed_text(phase) == ''
        for frames in range(10, 1010, 10):  # 100 s with 10 frames/s
            clock.seconds += 1
            progress.advance(frames)
        for frames in range(1040, 4040, 40):  # 75 s with 40 frames/s
            clock.seconds += 1
            progress.advance(frames)
    assert phase.rate == pytest.approx(40)
    assert speed_text(phase) == '40 frames/s'
    assert phase.seconds_left == pytest.approx((10_000 - 4000) / (4000 / 175))


def test_the_first_update_compiles_and_does_not_count(clock):
    progress = Progress(Silent(), clock=clock)
    with progress.phase('training', 'frames', 0, 100):
        progress.advance(0)
        clock.seconds += 60
        progress.count_update()
        for frames in (1, 2):
            clock.seconds += 1
            progress.advance(frames)
            progress.count_update()
        assert progress.phases[0].rate == pytest.approx(1)
        assert progress.phases[0].seconds_left == pytest.approx(98)


def test_the_time_to_the_end_is_estimated_once_after_the_first_updates(clock):
    display = Heard()
    progress = Progress(display, lambda seconds: f'{seconds:.0f} s to go', clock)
    with progress.phase('pretraining', 'updates', 0, 100):
        for updates in range(100):
            progress.count_update()
            progress.advance(updates)
    with progress.phase('training', 'frames', 0, 1000):
        clock.seconds += 1000  # an evaluation
        progress.advance(0)
        for frames in range(1, 30):
            clock.seconds += 1
            progress.count_update()
            progress.advance(frames)
            assert (len(display.texts) == 1) == (frames > 5)  # 4 updates and more than 5 s
    assert display.texts == ['994 s to go']


def test_it_remembers_returns_and_the_newest_losses(clock):
    progress = Progress(Silent(), clock=clock)
    progress.write(4, {'train_return': 1.0, 'train_length': 7.0})
    progress.write(8, {'train_return': 2.0})
    progress.write(8, {'eval_return': 5.0})
    progress.write(9, {'model_loss': 3.0, 'fps': 10.0})
    assert progress.returns == {'train': (1.0, 2.0), 'eval': (5.0,)}
    assert progress.losses['model_loss'] == 3.0


@pytest.mark.parametrize(
    'seconds, text',
    [
        (0, '0 s'),
        (45.4, '45 s'),
        (720, '12 min'),
        (12_000, '3 h 20 min'),
        (792_000, '9 d 4 h'),
        (100 * 86400 * 10, '1,000 d'),
    ],
)
def test_durations_are_for_people(seconds, text):
    assert duration_text(seconds) == text


def test_the_mean_is_of_the_last_twenty_returns():
    assert returns_text(()) == ''
    assert returns_text((3.0,)) == 'last 3'
    assert returns_text((100.0, *range(20))) == 'last 19, mean of 20 9.5'


def test_more_than_all_leaves_no_time(clock):
    progress = Progress(Silent(), clock=clock)
    with progress.phase('prefill', 'frames', 0, 10):
        for frames in (0, 8, 16):
            clock.seconds += 1
            progress.advance(frames)
        assert progress.phases[0].seconds_left == 0
