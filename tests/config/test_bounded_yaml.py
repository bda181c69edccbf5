"""YAML that would take long, or expand without end, is refused at once, from wherever it comes."""

import sys

import pytest

from dreamerv2_tf.comparison import run_config
from dreamerv2_tf.config import bounded_yaml, flags, presets
from dreamerv2_tf.errors import UserError

MAX_CALLS = 4_000_000  # of functions; the slowest of these makes 1.4 million, an expansion without end any number


def doubling(line, levels=30):
    """Sections that each use the one before twice."""
    return 'a0: &a0 {x: 1}\n' + ''.join(line.format(f'a{level + 1}', f'a{level}') for level in range(levels))


HOSTILE = {
    'aliases': (doubling('{0}: &{0} {{x: *{1}, y: *{1}}}\n'), 'more than 4,000 keys and values'),
    'merges': (doubling('{0}: &{0} {{<<: [*{1}, *{1}]}}\n'), 'more than 4,000 keys and values'),
    'alias to itself': ('a: &a {b: *a}\n', 'refers to itself'),
    'a list': ('seed: [' + '1,' * 60_000 + '1]', 'more than 4,000 keys and values'),
    'brackets': ('seed: ' + '[' * 3000 + ']' * 3000, 'more than 200 brackets'),
    'brackets on lines': ('seed: ' + '[\n' * 3000, 'nested more than 20 deep'),
    'sections': (''.join(f'{" " * level}a:\n' for level in range(40)), 'nested more than 20 deep'),
    'digits': ('seed: ' + '9' * 5000, 'more than 3,000 characters'),
    'hexadecimal digits': ('seed: 0x' + 'f' * 5000, 'more than 3,000 characters'),
    'a version of YAML': ('%YAML 1.' + '9' * 5000 + '\n---\na: 1', 'is not YAML'),
    'a date': ('seed: 0001-99-99 00:00:00', 'is not YAML|must be'),
    'size': ('# ' + 'x' * 1_000_000 + '\nseed: 1\n', 'more than 131,072 characters'),
    'empty lines': ('\n' * 131_000, 'holds no settings'),
}
VALUES = {
    'a number of 400 zeros': ('discount: 1' + '0' * 400, '`discount` must be a number from 0 to 1. Received: 1000'),
    'a number of 3,000 digits': ('steps: 0x' + 'f' * 2990, '`steps` must be a whole number, 1 or more. Received: 2083'),
    'a long text': ('seed: ' + 'x' * 2990, '`seed` must be .* Received: .xxxx'),
    'a long key': ('x' * 900 + ': 1', 'unknown key `xxxx'),
    'a long unknown key of a section': ('rssm: {' + 'x' * 900 + ': 1}', 'unknown key `rssm.xxxx'),
    'a long pattern': ("'" + 'x.' * 400 + "': 1", 'unknown key `x.x.'),
    'a long list': ('render_size: [' + '1, ' * 3000 + '1]', '`render_size` must be .* Received: .1, 1'),
    'a long tag': ('seed: !' + 'x' * 5000 + ' 1', 'is not YAML: could not'),
    'repetitions of a pattern': ("log_keys_sum: 'a{4294967296}'", '`log_keys_sum` must be a regular expression'),
    'parentheses of a pattern': ("log_keys_sum: '" + '(' * 499 + ')' * 499 + "'", '`log_keys_sum` must be a regular'),
    'repeated groups': ("'([a-z._]+)+!': 1", 'at most 4 repetitions, and none of a group'),
    'many repetitions': ("'" + '.*' * 12 + "!': 1", 'at most 4 repetitions'),
    'many patterns': (''.join(f"'(.*.*.*.*!|seed|x{i})': 1\n" for i in range(200)), 'more than 100 patterns'),
}


@pytest.fixture
def few_calls():
    """Fails where a test calls more than `MAX_CALLS` functions; time would depend on the machine."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ('call', 'c_call')
        if calls > MAX_CALLS:
            raise AssertionError(f'more than {MAX_CALLS:,} calls')

    before = sys.getprofile()
    sys.setprofile(count)
    yield
    sys.setprofile(before)


def write(folder, text):
    path = folder / 'hostile.yaml'
    path.write_text(text)
    return path


@pytest.mark.parametrize(('text', 'message'), {**HOSTILE, **VALUES}.values(), ids=[*HOSTILE, *VALUES])
def test_a_preset_file_is_refused_in_a_short_sentence(tmp_path, few_calls, text, message):
    path = write(tmp_path, text)
    with pytest.raises(UserError, match=message) as error:
        flags.parse(['--configs', str(path)])
    assert len(str(error.value)) < len(str(path)) + 600


@pytest.mark.parametrize(('text', 'message'), HOSTILE.values(), ids=HOSTILE)
def test_so_is_the_config_of_a_checkpoint_and_that_of_a_compared_run(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        presets.from_text(text, 'the config of 7.npz', presets.defaults())
    with pytest.raises(ValueError, match=f'{message}|names no task'):
        run_config.read(write(tmp_path, text))


def test_a_config_of_many_sections_is_compared_at_once(tmp_path, few_calls):
    text = 'task: atari_pong\n' + ''.join(f'k{number}: {{x: 1}}\n' for number in range(900))
    assert run_config.read(write(tmp_path, text)).task == 'atari_pong'


def test_aliases_and_merges_of_a_usual_size_are_read():
    text = 'base: &base {lr: 1e-4, eps: 1e-5}\nmodel_opt: *base\nactor_opt: {<<: *base, lr: 2e-4}\n'
    parsed = presets.parse(text, 'file')
    assert parsed['model_opt.lr'] == 1e-4 and parsed['actor_opt.lr'] == 2e-4 and parsed['actor_opt.eps'] == 1e-5


def test_a_pipe_or_a_folder_is_no_file_of_settings(tmp_path):
    (tmp_path / 'folder.yaml').mkdir()
    with pytest.raises(UserError, match='it is no file'):
        bounded_yaml.read(tmp_path / 'folder.yaml')


def test_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path):
    with pytest.raises(UserError, match=r'`\\x1b\[31mred`') as error:
        flags.parse(['--configs', str(write(tmp_path, '"\\e[31mred": 1'))])
    assert '\x1b' not in str(error.value)


def test_a_number_too_long_to_be_printed_is_refused_in_words():
    with pytest.raises(UserError, match='`seed` must be .* Received: a number of more than 4,300 digits'):
        presets.load_config(seed=10**5000)
