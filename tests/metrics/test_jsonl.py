"""metrics.jsonl holds a line of valid JSON for every write."""

import json
import resource

import pytest

from dreamerv2_tf.metrics.jsonl import Jsonl


def strict(line):
    def refuse(name):
        raise ValueError(name)

    return json.loads(line, parse_constant=refuse)


def test_every_write_is_a_line(tmp_path):
    sink = Jsonl(tmp_path / 'metrics.jsonl')
    sink.write(4, {'train_return': 1.5, 'train_length': 20})
    sink.write(8, {'loss': 1e-9})
    text = (tmp_path / 'metrics.jsonl').read_text()
    assert text.endswith('\n')
    assert [strict(line) for line in text.splitlines()] == [
        {'step': 4, 'train_return': 1.5, 'train_length': 20},
        {'step': 8, 'loss': 1e-9},
    ]


def test_what_is_not_finite_becomes_null(tmp_path):
    path = tmp_path / 'metrics.jsonl'
    Jsonl(path).write(0, {'a': float('nan'), 'b': float('inf'), 'c': -float('inf'), 'd': 0.0})
    assert strict(path.read_text()) == {'step': 0, 'a': None, 'b': None, 'c': None, 'd': 0.0}


def test_a_resumed_run_appends(tmp_path):
    path = tmp_path / 'metrics.jsonl'
    for step in (1, 2):
        Jsonl(path).write(step, {'a': 0.5})
    assert [strict(line)['step'] for line in path.read_text().splitlines()] == [1, 2]


def test_a_line_that_the_disk_has_no_room_for_is_left_out_whole(tmp_path):
    path = tmp_path / 'metrics.jsonl'
    Jsonl(path).write(1, {'a': 0.5})
    whole = path.read_text()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, hard))
    try:
        with pytest.raises(OSError, match=r'File too large: .*metrics\.jsonl'):
            Jsonl(path).write(2, {'a': 0.5})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == whole


def test_a_line_that_a_killed_process_did_not_finish_is_cut_off(tmp_path):
    path = tmp_path / 'metrics.jsonl'
    Jsonl(path).write(1, {'a': 0.5})
    whole = path.read_text()
    path.write_text(whole + '{"step": 2, "a"')
    Jsonl(path).cut()
    assert path.read_text() == whole
    Jsonl(path).cut()
    assert path.read_text() == whole
    path.write_text('{"step"')
    Jsonl(path).cut()
    assert path.read_text() == ''
    Jsonl(tmp_path / 'none').cut()


def test_lines_that_were_written_after_a_state_are_cut_off_once_it_is_set(tmp_path):
    path = tmp_path / 'metrics.jsonl'
    sink = Jsonl(path)
    assert sink.get_state() == ({'bytes': 0}, {})
    sink.write(1, {'a': 0.5})
    state, size = sink.get_state(), path.stat().st_size
    assert state == ({'bytes': size}, {})
    sink.write(2, {'a': 0.5})
    sink.cut()
    assert path.stat().st_size > size, 'no state was set'
    resumed = Jsonl(path)
    resumed.set_state(*state)
    assert path.stat().st_size > size, 'nothing is cut yet'
    resumed.cut()
    assert path.stat().st_size == size
    resumed.write(3, {'a': 0.5})
    resumed.cut()
    assert path.stat().st_size > size, 'what the resumed run wrote stays'
