"""A run is cut into whole cycles of acting and learning; pauses belong to none of them."""

import time

import pytest
import tensorflow as tf

from dreamerv2_tf.benchmarks import segments, timers
from dreamerv2_tf.benchmarks.segments import WITHOUT_EVALUATIONS, run_in_segments
from dreamerv2_tf.benchmarks.timed import temporary_run, timed
from dreamerv2_tf.errors import UserError

from .. import small

CHANGES = {'prefill': 12, 'pretrain': 1, 'train_every': 4, 'train_steps': 1, 'eager': True, 'dataset.length': 3}
SETTINGS = {**CHANGES, **WITHOUT_EVALUATIONS, 'replay.minlen': 3, 'replay.maxlen': 3, 'imag_horizon': 2}


@pytest.fixture
def config(monkeypatch):
    monkeypatch.setattr(segments, 'UPDATES_BEFORE_TIMING', 1)
    return small.config(task='toy_catch', action_repeat=1).updated(SETTINGS)


def test_segments_have_whole_cycles_and_neither_time_nor_updates_of_pauses(config):
    pauses = []
    with timed(config) as made, temporary_run(made) as run:
        update = timers.update_call(made.agent, timers.random_rows(config, made.envs.observation, made.envs.action))

        def pause():
            began = time.perf_counter()
            update()
            pauses.append((began, time.perf_counter()))

        tf.config.run_functions_eagerly(True)
        began = time.perf_counter()
        cut = run_in_segments(run, seconds=0.001, count=3, pause=pause)
        took = time.perf_counter() - began
    assert len(pauses) == 3
    assert [(segment.frames, segment.updates) for segment in cut] == [(4, 1)] * 3
    assert sum(segment.seconds for segment in cut) < took - sum(end - begin for begin, end in pauses)
    for segment, (_, begin), (end, _) in zip(cut[1:], pauses, pauses[1:]):
        assert 0.001 <= segment.seconds <= end - begin


def test_a_run_that_ends_before_is_an_error(config):
    with timed(config.updated({'steps': 60})) as made, temporary_run(made) as run:
        with pytest.raises(UserError, match='the run ends after 0 of 2 segments of 100 seconds; raise `steps`'):
            run_in_segments(run, seconds=100, count=2, pause=lambda: None)
