"""What all command lines share: flags among settings, help, and mistakes as one line."""

import configparser
import importlib
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

import dreamerv2_tf
from dreamerv2_tf import cli, train
from dreamerv2_tf.config import flags
from dreamerv2_tf.errors import UserError

ROOT = pathlib.Path(dreamerv2_tf.__file__).parent.parent
DOORS = [path.stem for path in sorted((ROOT / 'dreamerv2_tf').glob('*.py')) if '\ndef main(' in path.read_text()]
NEEDED = {  # words without which a command has other things to complain about
    'evaluate': ['--logdir', 'x'],
    'compare': ['--published'],
    'episodes': ['list', 'x'],
    'dream': ['--logdir', 'x', '--out', 'x'],
    'convert': ['x', 'y', '--config', 'z'],
    'bench': ['train'],
    'checkpoint': ['show', 'x'],
    'check_env': ['x'],
}


def parse(line):
    """(values, config) of a line for `train`."""
    values = train.parser().parse(line.split())
    return values, flags.parse(values.settings)[0]


@pytest.mark.parametrize(
    'flag, expected',
    [
        ('--resume_changed', True),
        ('--resume_changed True', True),
        ('--resume_changed=true', True),
        ('--resume_changed False', False),
        ('', False),
    ],
)
@pytest.mark.parametrize('line', ['{} --grad_heads decoder --seed 1', '--grad_heads decoder {} --seed 1'])
def test_resume_changed_may_stand_anywhere_with_or_without_a_value(line, flag, expected):
    values, config = parse(line.format(flag))
    assert values.resume_changed is expected
    assert config.grad_heads == ('decoder',) and config.seed == 1


def test_a_flag_after_a_list_ends_the_list():
    values, config = parse('--grad_heads decoder reward --resume_changed')
    assert values.resume_changed and config.grad_heads == ('decoder', 'reward')
    with pytest.raises(UserError, match='what is `reward`'):
        parse('--grad_heads decoder --updates 3 reward')


def test_flags_of_the_command_may_stand_among_settings():
    values, config = parse(r'--seed 3 --offline D --.*\.norm layer --dmc_camera -1 --updates=7 --encoder.mlp_keys $^')
    assert (values.offline, values.updates) == ('D', 7) and values.flags == ['offline', 'updates']
    assert (config.seed, config.rssm.norm, config.dmc_camera, config.encoder.mlp_keys) == (3, 'layer', -1, '$^')


@pytest.mark.parametrize(
    'line, message',
    [
        ('--resume_changed maybe', "`--resume_changed` must be True or False. Received: 'maybe'"),
        ('--resume_change', 'did you mean `--resume_changed`?'),
        ('--rssm.detr 3', 'did you mean `rssm.deter`?'),
        ('--updates --seed 1', '`--updates` needs a value'),
        ('--updates 0', '`--updates` must be a whole number, 1 or more'),
        ('--offline', '`--offline` needs a value'),
        ('atari_pong', 'what is `atari_pong`?'),
        ('-- 1', "Received: '--'"),
        ('--seed', '`--seed` needs a value'),
    ],
)
def test_a_mistake_names_the_flag_and_what_is_allowed(line, message):
    with pytest.raises(UserError) as error:
        parse(line)
    assert message in str(error.value)


def test_a_flag_that_means_nothing_there_is_refused_even_at_its_usual_value():
    parser = cli.Parser('')
    parser.add_argument('--envs', type=int, default=1)
    given = parser.parse(['--envs', '1'])
    cli.check_flags(given, ('envs',), 'to play')
    with pytest.raises(UserError, match='`--envs` means nothing to judge; allowed are --seed, --json'):
        cli.check_flags(given, ('seed', 'json'), 'to judge')


@pytest.mark.parametrize('door', DOORS)
def test_an_unknown_flag_of_any_door_is_one_line_with_a_suggestion(door, capsys):
    module = importlib.import_module(f'dreamerv2_tf.{door}')
    known = [flag for flag in module.parser().known_flags if flag != '--help'] or ['--help']
    assert module.main([*NEEDED.get(door, []), f'{known[0]}x', '1']) == 2
    error = capsys.readouterr().err
    assert f'did you mean `{known[0]}`?' in error and error.startswith('error: ') and error.count('\n') == 1


def test_help_of_every_door_is_printed_without_tensorflow():
    program = f"""
import contextlib, importlib, io, json, sys
texts = {{}}
for door in {DOORS}:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert importlib.import_module('dreamerv2_tf.' + door).main(['--help']) == 0
    texts[door] = printed.getvalue()
assert not {{'tensorflow', 'keras'}} & set(sys.modules)
json.dump(texts, sys.stdout)
"""
    printed = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, check=True).stdout
    texts = json.loads(printed)
    assert set(texts) == set(DOORS) >= {'train', 'evaluate', 'compare', 'episodes', 'dream', 'convert', 'bench'}
    for door, text in texts.items():
        assert f'usage: python -m dreamerv2_tf.{door}' in text and '--help' in text
        assert ('--kl.balance' in text) == (door in ('train', 'convert', 'bench', 'check_env', 'sweep'))


def test_every_door_is_a_console_script():
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    scripts = setup['options.entry_points']['console_scripts'].split('\n')
    expected = {f'dreamerv2-{door} = dreamerv2_tf.{door}:main' for door in {*DOORS, 'checkpoint'}}
    assert {line for line in scripts if line} == expected


def test_a_reader_that_stops_reading_gets_no_error_message():
    command = [
        sys.executable,
        '-c',
        'from dreamerv2_tf import cli; import argparse\n'
        'def body(given):\n    for number in range(100000):\n        print(number)\n    return 0\n'
        'raise SystemExit(cli.run(cli.Parser("usage"), [], body))',
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == '0\n'
    process.stdout.close()
    assert process.stderr.read() == '' and process.wait() == 1


PRINTING = r"""
import os, sys
from dreamerv2_tf import cli
from dreamerv2_tf.errors import RunError

def body(given):
    print('in m\u00fcnchen \udcff')
    with open(os.devnull) as file:
        assert file.fileno() > 2
    if 'fail' in sys.argv:
        raise RunError('no m\u00fcnchen')
    return 0

sys.exit(cli.run(cli.Parser('usage'), [], body))
"""


def printing(*words, encoding='utf-8', closed=()):
    """(exit code, stdout, stderr) of a command that prints, in a process without some file descriptors."""
    result = subprocess.run(
        [sys.executable, '-c', PRINTING, *words],
        capture_output=True,
        env=os.environ | {'PYTHONIOENCODING': encoding},
        preexec_fn=lambda: [os.close(number) for number in closed],
    )
    return result.returncode, result.stdout.decode(encoding), result.stderr.decode(encoding)


@pytest.mark.parametrize(
    'encoding, name', [('utf-8', 'm\u00fcnchen'), ('ascii', 'm?nchen'), ('latin-1', 'm\u00fcnchen')]
)
def test_characters_that_cannot_be_shown_are_replaced(encoding, name):
    assert printing('fail', encoding=encoding) == (1, f'in {name} ?\n', f'error: no {name}\n')


@pytest.mark.parametrize(
    'closed, shown, complaint',
    [
        ([0], 'in m\u00fcnchen ?\n', 'error: no m\u00fcnchen\n'),
        ([1], '', 'error: no m\u00fcnchen\n'),
        ([2], 'in m\u00fcnchen ?\nerror: no m\u00fcnchen\n', ''),
        ([0, 1, 2], '', ''),
    ],
)
def test_a_command_works_without_a_standard_stream_and_fails_aloud_on_what_is_left(closed, shown, complaint):
    assert printing(closed=closed) == (0, shown.partition('error')[0], '')
    assert printing('fail', closed=closed) == (1, shown, complaint)


def test_every_door_works_without_any_standard_stream():
    program = f"""
import importlib, os
for number in range(3):
    os.close(number)
for door in {DOORS}:
    main = importlib.import_module('dreamerv2_tf.' + door).main
    assert main(['--help']) == 0 and main(['--no_such_flag']) == 2
"""
    assert subprocess.run([sys.executable, '-c', program]).returncode == 0


def test_a_full_disk_behind_standard_output_is_one_line():
    with open('/dev/full', 'w') as full:
        result = subprocess.run([sys.executable, '-c', PRINTING], stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1
    assert result.stderr == 'error: [Errno 28] No space left on device\n'
