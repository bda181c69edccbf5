"""Lines for people who read a file."""

import contextlib
import io
import os
import sys

from dreamerv2_tf import build
from dreamerv2_tf.display.lines import Lines
from dreamerv2_tf.display.progress import Progress


def test_a_line_every_ten_seconds_at_first_and_every_minute_later():
    now, stream = [0.0], io.StringIO()
    progress = Progress(Lines(stream, lambda: now[0]), clock=lambda: now[0])
    with progress.phase('training', 'frames', 0, 10_000):
        progress.advance(0)
        for second in range(1, 601):
            now[0] = second
            progress.advance(4 * second)
    lines = stream.getvalue().splitlines()
    assert lines[0] == 'training 40 of 10,000 frames | 4 frames/s | 42 min left'
    assert [int(line.split()[1].replace(',', '')) // 4 for line in lines] == [*range(10, 300, 10), *range(350, 600, 60)]


def test_when_nobody_reads_any_more_the_run_goes_on(caplog):
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, 'w')
    lines = Lines(stream)
    for text in ('one', 'two'):
        lines.say(text)
    assert [record.getMessage() for record in caplog.records] == ['nobody reads what is printed; the run goes on']
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def test_a_process_without_standard_output_prints_nothing(monkeypatch, caplog):
    monkeypatch.setattr(sys, 'stdout', None)
    display = build.make_display()
    assert isinstance(display, Lines)
    display.say('a sentence')
    assert not caplog.records


def test_a_line_has_returns_and_new_losses_once():
    now, stream = [0.0], io.StringIO()
    progress = Progress(Lines(stream, lambda: now[0]), clock=lambda: now[0])
    with progress.phase('training', 'frames', 0, 100):
        progress.count_update()
        progress.write(1, {'train_return': -21.0})
        progress.write(1, {'model_loss': 3850.2, 'image_loss': 3848.123, 'actor_ent': 2.84})
        for second in (11, 22):
            now[0] = second
            progress.advance(second)
        progress.say('a sentence')
    first, second, third = stream.getvalue().splitlines()
    assert first.endswith('1 updates | train return last -21 | image loss 3848 | actor entropy 2.84')
    assert second.endswith('1 updates | train return last -21')
    assert third == 'a sentence'
