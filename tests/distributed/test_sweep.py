"""Sweeps of small processes that stand in for runs: what is started, what goes on, what is told."""

import fcntl
import itertools
import subprocess
import sys
import time

import pytest

from dreamerv2_tf.distributed import sweep as module
from dreamerv2_tf.distributed.grid import Job
from dreamerv2_tf.distributed.pool import LocalPool
from dreamerv2_tf.distributed.sweep import Sweep
from dreamerv2_tf.distributed.sweep_table import line, table

from .. import small


class Pool:
    """Runs jobs at once: each finishes, or fails where its seed is 1; at most `places` between two looks."""

    def __init__(self, places):
        self.places, self.started, self.stopped, self._ended = places, [], 0, []

    def start(self, job):
        self.started.append(job.name)
        (job.logdir / 'checkpoints').mkdir(parents=True, exist_ok=True)
        steps = 3 if job.logdir.name == '1' else job.config.steps
        (job.logdir / 'config.yaml').write_text(job.config.to_yaml())
        (job.logdir / 'checkpoints' / f'{steps:012d}.npz').touch()
        self._ended.append((job, int(steps == 3)))

    def ended(self):
        ended, self._ended = self._ended, []
        return ended

    def stop(self):
        self.stopped += 1


def jobs_of(out, count=4, **changes):
    config = small.config(prefill=1, steps=10, **changes)
    return [Job(f'task/method/{i}', (), out / 'task' / 'method' / str(i), config) for i in range(count)]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(module, 'SECONDS_BETWEEN_LOOKS', 0.01)


def never():
    return False


def test_all_run_in_order_with_so_many_places_and_a_failure_stops_no_other(tmp_path):
    pool, looks = Pool(2), []
    (tmp_path / 'logs' / 'task' / 'method').mkdir(parents=True)
    (tmp_path / 'logs' / 'task' / 'method' / '1.log').write_text('training...\rerror: it broke\n\n')
    ended = Sweep(jobs_of(tmp_path), pool, tmp_path / 'logs').run(never, looks.append)
    assert pool.started == [f'task/method/{i}' for i in range(4)] and pool.stopped == 1
    assert [one.standing for one in ended] == ['finished', 'failed', 'finished', 'finished']
    assert line(ended[1]) == 'task/method/1: failed at 0 frames (exit code 1: error: it broke)'
    assert max([one.standing for one in look].count('running') for look in looks) == 2


def test_what_is_finished_is_not_started_again_and_what_failed_is(tmp_path):
    Sweep(jobs_of(tmp_path), Pool(4), tmp_path / 'logs').run(never, lambda progress: None)
    pool = Pool(4)
    Sweep(jobs_of(tmp_path, 5), pool, tmp_path / 'logs').run(never, lambda progress: None)
    assert pool.started == ['task/method/1', 'task/method/4']


def test_a_folder_that_another_process_has_is_waited_for(tmp_path):
    job = jobs_of(tmp_path)[2]
    (job.logdir / 'checkpoints').mkdir(parents=True)
    pool, looks = Pool(4), itertools.count()
    lock = (job.logdir / '.lock').open('w')
    fcntl.flock(lock, fcntl.LOCK_EX)

    def report(progress):
        if next(looks) < 3:
            assert progress[2].standing == 'elsewhere' and job.name not in pool.started
        else:
            lock.close()

    ended = Sweep(jobs_of(tmp_path), pool, tmp_path / 'logs').run(never, report)
    assert ended[2].standing == 'finished' and pool.started[-1] == job.name


def test_a_run_that_another_process_took_while_it_was_started_is_waited_for(tmp_path):
    """A run that a killed sweep left behind takes its folder only after some seconds."""
    job = jobs_of(tmp_path, 1)[0]
    job.logdir.mkdir(parents=True)
    lock = (job.logdir / '.lock').open('w')

    looks = itertools.count()
    standings = []

    def report(progress):
        standings.append(progress[0].standing)
        if next(looks) == 3:
            fcntl.flock(lock, fcntl.LOCK_UN)

    class Taken(Pool):
        def start(self, job):
            if self.started:
                return super().start(job)
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.started.append(job.name)
            self._ended.append((job, 2))

    ended = Sweep([job], Taken(1), tmp_path / 'logs').run(never, report)
    assert 'elsewhere' in standings and ended[0].standing == 'finished'


def test_a_finished_run_of_other_settings_is_named_and_left_alone(tmp_path):
    Sweep(jobs_of(tmp_path, 1), Pool(1), tmp_path / 'logs').run(never, lambda progress: None)
    pool = Pool(1)
    ended = Sweep(jobs_of(tmp_path, 1, imag_horizon=7), pool, tmp_path / 'logs').run(never, lambda progress: None)
    assert pool.started == [] and ended[0].standing == 'failed'
    assert 'made with other settings: imag_horizon 5 -> 7; use another --out' in ended[0].remark


def test_a_stop_ends_what_runs_and_tells_what_is_left(tmp_path):
    pool, stops = Pool(1), iter([False, True])
    ended = Sweep(jobs_of(tmp_path), pool, tmp_path / 'logs').run(lambda: next(stops), lambda progress: None)
    assert pool.started == ['task/method/0'] and pool.stopped == 1
    assert [one.standing for one in ended] == ['finished', 'waiting', 'waiting', 'waiting']


def test_how_far_a_run_is_comes_from_its_numbers(tmp_path):
    job = jobs_of(tmp_path)[0]
    job.logdir.mkdir(parents=True)
    lines = [(400, 'eval_return', 1), (800, 'eval_return', 3), (800, 'eval_return', 4), (960, 'train_return', 7)]
    (job.logdir / 'metrics.jsonl').write_text(''.join(f'{{"step": {s}, "{n}": {v}}}\n' for s, n, v in lines))
    progress = Sweep([job], Pool(1), tmp_path / 'logs').progress()
    assert (progress[0].frames, progress[0].score) == (960, 3.5)
    assert table(progress).row_count == 1 and 'waiting at 960 frames, evaluation 3.5' in line(progress[0])


class Sleeper(LocalPool):
    """Starts a process that sleeps, in place of a run."""

    def __init__(self, places, logs, monkeypatch):
        super().__init__(places, logs)
        popen = subprocess.Popen
        code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(143)); print('up'); time.sleep(60)"
        monkeypatch.setattr(subprocess, 'Popen', lambda words, **rest: popen([sys.executable, '-c', code], **rest))


def test_processes_of_this_machine_are_ended_and_what_they_print_is_kept(tmp_path, monkeypatch):
    pool, (job, *_) = Sleeper(1, tmp_path / 'logs', monkeypatch), jobs_of(tmp_path)
    pool.start(job)
    log = tmp_path / 'logs' / 'task' / 'method' / '0.log'
    until = time.monotonic() + 30
    while 'up' not in log.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    assert pool.ended() == []
    pool.stop()
    assert log.read_text() == 'up\n' and pool.ended() == []
