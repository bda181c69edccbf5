"""What is published stands beside a run's own return, and only where the two can be compared."""

import io

import rich.console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dreamerv2_tf.comparison.published_curve import PublishedCurve, WithPublished
from dreamerv2_tf.display.lines import Lines
from dreamerv2_tf.display.live import Live
from dreamerv2_tf.display.progress import Progress
from dreamerv2_tf.metrics.recorder import Recorder
from dreamerv2_tf.metrics.tensorboard import TensorBoard

PONG_AT_2M = '-8.57, -15.0 to -3.20 of 8 seeds at 2,000,000 frames'


def test_mean_and_range_are_those_of_the_frames():
    pong = PublishedCurve('atari_pong', 4)
    assert pong.text(2_000_000) == PONG_AT_2M
    assert pong.numbers(2_000_000) == {
        'eval_return_published_mean': -8.575,
        'eval_return_published_low': -15.0,
        'eval_return_published_high': -3.2,
    }
    last = 'had -4.54, -9.60 to -1.75 of 5 seeds, at 400,000 frames'
    assert pong.text(999_999) == f'nothing below 1,000,000 frames; DreamerV3 (another agent and protocol) {last}'
    assert pong.numbers(999_999) == {}


def test_below_the_first_published_point_another_agent_stands_for_orientation():
    pong, solaris = PublishedCurve('atari_pong', 4), PublishedCurve('atari_solaris', 4)
    end = 'DreamerV3 (another agent and protocol) had -20.7, -20.9 to -20.4 of 5 seeds, at 100,000 frames'
    assert pong.text(100_000) == f'nothing below 1,000,000 frames; {end}'
    assert solaris.text(100_000) == 'nothing below 1,000,000 frames'
    assert pong.text(20_000) == 'nothing below 1,000,000 frames'


def test_dm_control_is_beside_training_returns():
    assert list(PublishedCurve('dmc_walker_walk', 2).numbers(30_000)) == [
        f'train_return_published_{name}' for name in ('mean', 'low', 'high')
    ]


def test_what_cannot_be_compared_has_an_empty_text():
    for curve in (PublishedCurve('toy_catch', 1), PublishedCurve('atari_pong', 1)):
        assert (curve.text(2_000_000), curve.numbers(2_000_000)) == ('', {})


def test_it_is_shown_live_in_lines_and_in_tensorboard(tmp_path):
    now, stream = [0.0], io.StringIO()
    console = rich.console.Console(file=io.StringIO(), width=110)
    live, lines = Live(console), Lines(stream, lambda: now[0])
    curve = PublishedCurve('atari_pong', 4)
    for display in (live, lines):
        progress = Progress(display, clock=lambda: now[0], published=curve.text)
        recorder = Recorder([progress, WithPublished(TensorBoard(tmp_path), curve)])
        with progress.phase('training', 'frames', 0, 3_000_000):
            recorder.write_at_once(2_000_000, {'eval_return': -9.0})
            recorder.write_at_once(2_000_004, {'model_loss': 1.0})
            console.print(live.view())
            now[0] += 11
            progress.advance(2_000_000)
    assert f'published    {PONG_AT_2M}' in console.file.getvalue()
    assert f'eval return last -9 | published {PONG_AT_2M}' in stream.getvalue()
    events = EventAccumulator(str(tmp_path)).Reload()
    steps = [event.step for event in events.Tensors('scalars/eval_return_published_mean')]
    assert set(steps) == {2_000_000}
