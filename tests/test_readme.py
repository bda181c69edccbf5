"""What the README shows works."""

import pathlib
import re
import shlex

import pytest

from dreamerv2_tf import train
from dreamerv2_tf.config import flags

from . import small

README = (pathlib.Path(__file__).parent.parent / 'README.md').read_text()


EXAMPLES = re.findall(r'```python\n(.*?)```', README, re.S)


def test_the_example_that_looks_inside_runs(tmp_path, monkeypatch, capsys):
    logdir = tmp_path / 'logdir' / 'toy_catch' / 'dreamerv2' / '0'
    small.save(logdir, small.config(task='toy_catch', action_repeat=1), 100)
    small.catch_episode(logdir / 'eval_episodes')
    monkeypatch.chdir(tmp_path)
    exec(EXAMPLES[0], {})
    assert capsys.readouterr().out == '(16, 3, 64, 64, 1) (16, 3)\n'
    assert (tmp_path / 'open_loop.png').read_bytes()[:4] == b'\x89PNG'


def test_the_example_that_builds_an_agent_runs(capsys):
    exec(EXAMPLES[1], {})
    assert capsys.readouterr().out == '(1, 128) (1, 64, 64, 1)\n'


@pytest.mark.parametrize('line', re.findall(r'^python -m dreamerv2_tf.train (.*?)(?: *#.*)?$', README, re.M))
def test_the_commands_are_understood(line):
    config, _ = flags.parse(train.parser().parse(shlex.split(line)).settings)
    assert config.task == line.split('--task ')[1].split()[0]
