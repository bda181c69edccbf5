"""A process may die at any write, fsync or rename: nothing that was finished is lost, nothing is there twice."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

from dreamerv2_tf.replay import episode_file
from dreamerv2_tf.replay.store import Store

from .child import LENGTHS

ROOT = pathlib.Path(__file__).parent.parent.parent
WHOLE = {episode_file.digest(0, 0, number): length for number, length in enumerate(LENGTHS)}


@pytest.fixture(scope='module')
def lives(tmp_path_factory):
    """Folder of lives, see child.py."""
    folder = tmp_path_factory.mktemp('lives')
    subprocess.run([sys.executable, '-m', 'tests.faults.child', str(folder)], cwd=ROOT, check=True)
    return folder


def logged(log, what):
    lines = map(str.split, log.read_text().splitlines())
    return [words[1] for words in lines if words[0] == what]


def check_whole(folder):
    store = Store(folder)
    assert {digest: store.length(digest) for digest in store.digests} == WHOLE
    for number, digest in enumerate(WHOLE):
        vector = np.asarray(store.read(digest)['vector'])[:, 0]
        np.testing.assert_array_equal(vector, 100 * number + np.arange(LENGTHS[number] + 1))
    assert len(list(folder.iterdir())) == len(WHOLE)


def test_a_life_without_accident(lives):
    assert logged(lives / '0/first.log', 'finished') == list(WHOLE)
    check_whole(lives / '0/episodes')


def test_death_at_every_call_in_turn_loses_nothing_that_was_finished(lives):
    calls = int(logged(lives / '0/first.log', 'calls')[0])
    assert calls > 100
    for number in range(1, calls + 1):
        folder = lives / str(number)
        (begun,) = logged(folder / 'second.log', 'from')
        assert int(begun) >= int((logged(folder / 'first.log', 'saved') or ['0'])[-1])
        left = Store(folder / 'left')  # as the first life left it
        for digest in logged(folder / 'first.log', 'finished'):
            assert len(left.read(digest)['reward']) == WHOLE[digest] + 1
        check_whole(folder / 'episodes')
