"""Signals end a run after its step."""

import os
import signal
import threading

import pytest

from dreamerv2_tf.training import signals
from dreamerv2_tf.training.signals import Stop, nothing_to_save


@pytest.mark.parametrize(
    'number, code', [(signal.SIGINT, 0), (signal.SIGUSR1, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
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


def test_in_another_thread_than_the_main_one_signals_are_left_alone():
    before, during = signal.getsignal(signal.SIGTERM), []

    def body():
        with Stop().listening():
            during.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert during == [before]


def test_sigusr1_ends_the_process_well_where_there_is_nothing_to_save():
    before = signal.getsignal(signal.SIGUSR1)
    with pytest.raises(SystemExit) as ended, nothing_to_save():
        stop = Stop()
        with stop.listening():
            os.kill(os.getpid(), signal.SIGUSR1)
        assert stop()
        os.kill(os.getpid(), signal.SIGUSR1)
    assert ended.value.code == 0
    assert signal.getsignal(signal.SIGUSR1) == before


def test_what_does_not_end_is_interrupted_after_the_first_signal_alone(monkeypatch):
    monkeypatch.setattr(signals, 'INTERRUPT_SECONDS', 0.05)

    class Interrupt(Exception):
        pass

    def interrupt():
        raise Interrupt

    before = signal.getsignal(signal.SIGALRM)
    with Stop(interrupt).listening():
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(2):
            with pytest.raises(Interrupt):
                signal.pause()
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
