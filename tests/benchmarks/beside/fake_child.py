"""Speaks the lines of `release_side` without TensorFlow. FAKE_DIES in the environment says when it ends.

It makes a file in the folder that it is given, and tells what it was given.
"""

import json
import os
import pathlib
import signal
import sys


def answer(calls=0, seconds=0, tell=False):
    """A call takes half a second, a segment has 100 frames and 2 updates."""
    if tell:
        return {'order': order, 'environment': dict(os.environ)}
    return [0.5] * calls if calls else [seconds, 100, 2]


order = json.loads(sys.stdin.readline())
pathlib.Path(order['folder'], 'episode.npz').touch()
dies = os.environ.get('FAKE_DIES')
if dies == 'at_start':
    raise ModuleNotFoundError('no module named old_gym')
print(json.dumps('ready'), flush=True)
for line in sys.stdin:
    if dies == 'in_turn':
        print('bad weather\n```\n\n', file=sys.stderr)
        sys.exit(3)
    if dies == 'killed':
        os.kill(os.getpid(), signal.SIGKILL)
    print(json.dumps(answer(**json.loads(line))), flush=True)
