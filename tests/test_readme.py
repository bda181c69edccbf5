"""What the README shows works."""

import pathlib
import re

import pytest

from dreamerv2_tf.config import flags

README = (pathlib.Path(__file__).parent.parent / 'README.md').read_text()


def test_the_python_example_runs(capsys):
    example, = re.findall(r'```python\n(.*?)```', README, re.S)
    exec(example, {})
    assert capsys.readouterr().out == '(1, 128) (1, 64, 64, 1)\n'


@pytest.mark.parametrize('line', re.findall(r'^python -m dreamerv2_tf.train (.*?)(?: *#.*)?$', README, re.M))
def test_the_commands_are_understood(line):
    _, words = flags.take_text([word.replace("'", '') for word in line.split()], 'offline')
    _, words = flags.take(words, {'updates': 0})
    config, _ = flags.parse(words)
    assert config.task == line.split('--task ')[1].split()[0]
