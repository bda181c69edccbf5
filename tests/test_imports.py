"""Rooms that need no TensorFlow load without it and change nothing."""

import pathlib
import subprocess
import sys

import dreamerv2_tf

ROOT = pathlib.Path(dreamerv2_tf.__file__).parent
ROOMS = ('config', 'envs', 'replay', 'metrics', 'display', 'media', 'scores', 'recordings', 'comparison')
NEED_MORE = {'replay.dataset', 'metrics.tensorboard', 'envs.dmc', 'envs.crafter'}

PROGRAM = """
import importlib, os, sys
import gymnasium  # sets a variable of its own
before = dict(os.environ)
for name in sys.argv[1:]:
    importlib.import_module('dreamerv2_tf.' + name)
assert 'tensorflow' not in sys.modules, 'TensorFlow was imported'
assert dict(os.environ) == before, set(os.environ.items()) ^ set(before.items())
"""


def test_the_rooms_of_the_host_load_without_tensorflow_and_leave_the_environment_alone():
    names = {f'{room}.{path.stem}' for room in ROOMS for path in (ROOT / room).glob('*.py') if path.stem != '__init__'}
    assert NEED_MORE < names
    run = subprocess.run(
        [sys.executable, '-c', PROGRAM, 'spec', 'seeding', *sorted(names - NEED_MORE)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
