"""The live view, drawn as a terminal would."""

import io
import logging
import math
import re

import rich.console

from dreamerv2_tf.display.live import Live, sparkline
from dreamerv2_tf.display.progress import Progress
from dreamerv2_tf.startup import CurrentStderr


def drawn(display):
    console = rich.console.Console(file=io.StringIO(), width=110)
    console.print(display.view())
    return console.file.getvalue()


def test_it_shows_phases_speed_returns_and_losses():
    now = [0.0]
    display = Live(rich.console.Console(file=io.StringIO()))
    assert drawn(display).strip() == ''
    progress = Progress(display, clock=lambda: now[0])
    with progress.phase('training', 'frames', 0, 200_000):
        progress.advance(0)
        with progress.phase('evaluation', 'episodes', 0, 4):
            progress.advance(0)
            progress.count_update()
            now[0] = 100.0
            progress.advance(1)
            progress.write(400, {'eval_return': 12.5})
            progress.write(400, {'model_loss': 3850.0, 'image_loss': 3848.0, 'actor_ent': 2.5})
            picture = drawn(display)
        progress.advance(50_000)
        later = drawn(display)
    assert 'training' in picture and '0 / 200,000 frames' in picture
    assert '1 / 4 episodes' in picture and '25.0%' in picture and '5 min left' in picture
    assert 'eval return' in picture and '12.5' in picture
    assert '1 updates' in picture and 'image loss 3848' in picture and 'actor entropy 2.5' in picture
    assert '500 frames/s' in later and '5 min left' in later and 'evaluation' not in later


def test_what_is_said_and_warned_stays_above_it_as_it_is_written():
    stream = io.StringIO()
    console = rich.console.Console(file=stream, width=60, force_terminal=True)
    logger = logging.getLogger('dreamerv2_tf.test')
    handler = CurrentStderr()
    logger.addHandler(handler)
    long = 'a [bold] sentence :smile: ' + 'with many words ' * 10
    with Live(console) as display:
        progress = Progress(display)
        with progress.phase('training', 'frames', 0, 10):
            progress.advance(4)
            display.say(long)
            logger.warning('films dropped')
    logger.removeHandler(handler)
    plain = re.sub(r'\x1b\[[0-9;?]*[a-zA-Z]', '', stream.getvalue())
    assert long in plain and 'films dropped\n' in plain


def test_returns_that_are_not_finite_are_gaps():
    assert sparkline([0.0, math.nan, 1.0, math.inf]) == '▁ █ '
    assert sparkline([math.nan]) == ' '


def test_a_sparkline_goes_from_the_smallest_to_the_largest():
    assert sparkline([-8, -1, 6]) == '▁▅█'
    assert sparkline([3.0, 3.0]) == '▁▁'
