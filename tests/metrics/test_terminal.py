"""Lines that people read."""

import io

from dreamerv2_tf.metrics.terminal import Terminal


def test_a_write_is_one_line_with_frames_and_sorted_names():
    stream = io.StringIO()
    sink = Terminal(stream)
    sink.write(1234567, {'b': 0.123456, 'a': -21.0})
    sink.write(0, {'steps': 50000.4, 'loss': float('nan')})
    assert stream.getvalue() == (
        '[1,234,567 frames] a -21 / b 0.123\n[0 frames] loss nan / steps 50000\n')
