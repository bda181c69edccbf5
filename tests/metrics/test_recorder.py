"""Numbers are averaged and handed to every sink."""

import pytest

from dreamerv2_tf.metrics.recorder import Recorder

from ..fakes import Sink


@pytest.fixture
def clock(monkeypatch):
    """Sets the seconds that the recorder reads."""

    class Module:
        seconds = 0.0

        @classmethod
        def monotonic(cls):
            return cls.seconds

    monkeypatch.setattr('dreamerv2_tf.metrics.recorder.time', Module)
    return Module


def test_the_mean_of_what_was_added_is_written_once():
    sink = Sink()
    recorder = Recorder([sink])
    recorder.add({'a': 1, 'b': 10.0})
    recorder.add({'a': 2.0})
    recorder.add({'a': 6.0})
    recorder.write(400)
    recorder.write(800)
    assert sink.written == [(400, {'a': 3.0, 'b': 10.0})]
    assert all(type(value) is float for value in sink.written[0][1].values())


def test_a_mean_starts_anew_after_a_write():
    sink = Sink()
    recorder = Recorder([sink])
    for frames, value in ((1, 1.0), (2, 5.0)):
        recorder.add({'a': value})
        recorder.write(frames)
    assert [numbers['a'] for _, numbers in sink.written] == [1.0, 5.0]


def test_fps_are_frames_per_second_since_the_last_write(clock):
    sink = Sink()
    recorder = Recorder([sink])
    for seconds, frames in ((10, 1000), (14, 1200), (14.5, 1300)):
        clock.seconds = seconds
        recorder.add({'a': 0})
        recorder.write(frames)
    assert [numbers.get('fps') for _, numbers in sink.written] == [None, 50, 200]


def test_what_is_written_at_once_does_not_wait_nor_mix():
    sinks = [Sink(), Sink()]
    recorder = Recorder(sinks)
    recorder.add({'a': 1})
    recorder.write_at_once(3, {'return': 7.0})
    assert [sink.written for sink in sinks] == [[(3, {'return': 7.0})]] * 2
    recorder.write(4)
    assert [sink.written[1:] for sink in sinks] == [[(4, {'a': 1.0})]] * 2


def test_numbers_that_were_not_written_yet_go_on_in_another_recorder():
    sink, before = Sink(), Recorder([])
    before.add({'a': 1.0, 'b': 7.0})
    before.add({'a': 2.0})
    state = before.get_state()
    assert state == ({'a': [1.0, 2.0], 'b': [7.0]}, {})
    before.add({'a': 100.0})
    after = Recorder([sink])
    after.set_state(*state)
    after.add({'a': 6.0})
    after.write(400)
    assert sink.written == [(400, {'a': 3.0, 'b': 7.0})]
