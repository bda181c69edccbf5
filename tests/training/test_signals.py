"""Signals end a run after its step."""

import os
import signal

import pytest

from dreamerv2_tf.training.signals import Stop


@pytest.mark.parametrize('number, code', [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_is_remembered_and_a_second_one_interrupts(number, code):
    stop = Stop()
    assert not stop() and stop.exit_code == 0
    before = signal.getsignal(number)
    with stop.listening():
        os.kill(os.getpid(), number)
        assert stop() and stop.exit_code == code
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before
