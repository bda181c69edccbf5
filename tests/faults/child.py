"""Processes without TensorFlow that record episodes and write checkpoints, and die.

usage: python -m tests.faults.child FOLDER

One life without accident in FOLDER/0; then for each of its calls of write, fsync and rename a life in FOLDER/N
that is killed at the Nth of them, and another that goes on from there. What a life says goes to `first.log` and
`second.log` beside its files: `from STEPS` where it begins, `finished DIGEST` once an episode is saved, `saved
STEPS` for a checkpoint, `calls N` at its end.
"""

import io
import json
import os
import pathlib
import shutil
import signal
import sys

import numpy as np

from dreamerv2_tf.learning.checkpoint import Checkpoints
from dreamerv2_tf.replay import episode_file
from dreamerv2_tf.replay.buffer import Buffer
from dreamerv2_tf.replay.store import Store
from tests.fakes import rows

LENGTHS = 3, 5, 4  # of the episodes of a whole life
calls, last = 0, None


def dying(function):
    """The function, which kills the process at the last call, half of the time after it did its work."""

    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == last and calls % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


class Written(io.FileIO):
    """A file whose every write may be the last thing that happens."""

    write = dying(io.FileIO.write)


def life(folder, number):
    """Records all episodes, or what is left of them, and dies at that call."""
    global last
    last = number
    opened = pathlib.Path.open
    pathlib.Path.open = lambda path, mode='r', *args: Written(path, mode) if 'w' in mode else opened(path, mode, *args)
    os.fsync, pathlib.Path.rename = dying(os.fsync), dying(pathlib.Path.rename)
    checkpoints = Checkpoints(folder / 'checkpoints')
    buffer = Buffer(Store(folder / 'episodes'), 100, seed=0)
    saved = checkpoints.load()
    begun = row = 0
    if saved:
        state = json.loads(str(saved['run']))
        running = {key.removeprefix('open/'): value for key, value in saved.items() if key.startswith('open/')}
        buffer.set_state(state['buffer'], running)
        begun, row = state['begun'], state['row']
    print('from', buffer.total_steps + row, flush=True)
    for index in range(begun, len(LENGTHS)):
        for step, content in enumerate(rows(LENGTHS[index], start=100 * index)):
            if index == begun and step <= row and saved:
                continue
            ends = episode_file.digest(0, 0, buffer.numbers[0])
            if buffer.add(content, 0):
                buffer.flush()
                print('finished', ends, flush=True)
            elif step == 2:
                manifest, running = buffer.get_state()
                arrays = {f'open/{key}': value for key, value in running.items()}
                run = json.dumps({'buffer': manifest, 'begun': index, 'row': step})
                checkpoints.save(buffer.total_steps + step, {**arrays, 'run': np.array(run)})
                print('saved', buffer.total_steps + step, flush=True)
    assert 'tensorflow' not in sys.modules
    print('calls', calls, flush=True)


def fork(folder, log, number=None):
    """A life in a process of its own, with its output in a file."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        with (folder / log).open('w') as sys.stdout:
            life(folder, number)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code == (-signal.SIGKILL if number else 0), (folder, log, code)


def main(folder):
    fork(folder / '0', 'first.log')
    words = (folder / '0' / 'first.log').read_text().split()
    for number in range(1, int(words[-1]) + 1):
        fork(folder / str(number), 'first.log', number)
        if (folder / str(number) / 'episodes').exists():
            shutil.copytree(folder / str(number) / 'episodes', folder / str(number) / 'left')
        fork(folder / str(number), 'second.log')


if __name__ == '__main__':
    main(pathlib.Path(sys.argv[1]))
