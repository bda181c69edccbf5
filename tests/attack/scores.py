"""Kinds of malformed metrics and score files.

A kind takes (generator, folder) and writes files into it. It returns the path to read, or None for the folder.
"""

import json
import os

KINDS = {}
TASK = 'atari_pong'


def kind(function):
    KINDS[function.__name__] = function
    return function


def valid_metrics(folder):
    """A metrics.jsonl of two evaluations."""
    lines = [json.dumps({'step': step, 'eval_return': step / 1e6, 'train_return': 1.0}) for step in (0, 10**6)]
    (folder / 'metrics.jsonl').write_text('\n'.join(lines) + '\n')


def with_config(folder, task=TASK):
    (folder / 'config.yaml').write_text(f'task: {task}\nseed: 1\naction_repeat: 4\nlogdir: logs/{task}/dreamerv2/1\n')


def of_lines(make):
    """A run whose metrics.jsonl `make` (generator) returns, or is, with a valid line before and behind."""

    def write(random, folder):
        with_config(folder)
        text = make(random) if callable(make) else make
        content = text if isinstance(text, bytes) else text.encode()
        alone = random.integers(3) == 0
        valid = b'{"step": 4000, "eval_return": 3.0}\n'
        (folder / 'metrics.jsonl').write_bytes(content if alone else valid + content + b'\n' + valid)

    return write


def of_score(make):
    """A score file with what `make` (generator) returns, as JSON, or with bytes."""

    def write(random, folder):
        made = make(random) if callable(make) else make
        path = folder / 'scores.json'
        path.write_bytes(made if isinstance(made, bytes) else json.dumps(made).encode())
        return path

    return write


def entry(**changes):
    whole = {'task': TASK, 'method': 'mine', 'seed': '0', 'xs': [0, 1e6], 'ys': [1.0, 2.0]} | changes
    return [{key: value for key, value in whole.items() if value is not ...}]


def pick(random, *values):
    return values[random.integers(len(values))]


def one_of(*values):
    return lambda random: pick(random, *values)


def line(step=4000, value=1.0, **more):
    return json.dumps({'step': step, 'eval_return': value, **more})


def random_bytes(random):
    return random.bytes(int(random.integers(1, 3000)))


def flipped_line(random):
    content = bytearray(line(8000, 2.5, model_loss=3.0).encode())
    content[random.integers(len(content))] = random.integers(256)
    return bytes(content)


LINES = {
    'metrics_empty': '',
    'metrics_of_random_bytes': random_bytes,
    'metrics_with_a_cut_line': lambda random: line(8000)[: random.integers(1, 20)],
    'metrics_with_a_flipped_byte': flipped_line,
    'metrics_without_new_line': line(),
    'metrics_of_nan': one_of(
        *(f'{{"step": 4000, "eval_return": {value}}}' for value in ('NaN', 'Infinity', '-Infinity', '1e999'))
    ),
    'metrics_with_a_step_of_nan': one_of(
        *(f'{{"step": {value}, "eval_return": 1}}' for value in ('NaN', 'Infinity', '1e999'))
    ),
    'metrics_of_other_kinds': lambda random: line(value=pick(random, '1', None, True, [], {}, [1.0], '', 'NaN')),
    'metrics_with_steps_of_other_kinds': lambda random: line(pick(random, '1', None, True, [], {}, 0.5, -1, '')),
    'metrics_with_a_step_of_10_to_30': line(10**30),
    'metrics_with_a_step_of_400_digits': line(10**400),
    'metrics_of_400_digits': line(value=10**400),
    'metrics_of_5000_digits': '{"step": 4000, "eval_return": 1' + '0' * 5000 + '}',
    'metrics_of_1e308': '\n'.join(line(step, 1.7e308) for step in (0, 4000, 8000)),
    'metrics_without_step': '{"eval_return": 1}',
    'metrics_without_returns': '{"step": 4000, "model_loss": 1}',
    'metrics_twice_in_a_line': line() + line(),
    'metrics_with_a_key_twice': '{"step": 4000, "step": 8000, "eval_return": 1, "eval_return": "x"}',
    'metrics_as_list': '[1, 2]\n["eval_return"]\n"eval_return"\n{"eval_return"}',
    'metrics_in_one_list': '[' + line() + ', ' + line(8000) + ']',
    'metrics_not_in_order': '\n'.join(line(step) for step in (8000, 0, 4000, 4000)),
    'metrics_of_nested_lists': '{"step": 4000, "eval_return": ' + '[' * 100_000 + '}',
    'metrics_of_nested_mappings': '{"eval_return":' * 50_000 + '1' + '}' * 50_000,
    'metrics_of_a_line_of_5_megabytes': '{"step": 4000, "eval_return": 1, "x": "' + 'x' * 5_000_000 + '"}',
    'metrics_in_utf_16': lambda random: line().encode('utf-16'),
    'metrics_with_byte_order_mark': lambda random: b'\xef\xbb\xbf' + line().encode(),
    'metrics_with_nul': lambda random: line().encode() + b'\0' * 4096,
    'metrics_with_escape_codes': '{"step": 4000, "eval_return": 1, "\x1b[31m": 1}',
    'metrics_with_half_a_surrogate': '{"step": 4000, "eval_return": 1, "\\ud800": 1}',
    'metrics_of_20000_empty_lines': '\n' * 20_000,
}
KINDS |= {name: of_lines(make) for name, make in LINES.items()}

TEXTS = (
    '',
    '\x1b[31mred',
    'a\nb',
    '[red]x[/]',
    '[/]',
    'x' * 100_000,
    '\ud800',
    '\u202ex',
    '../../x',
    '/',
    None,
    3,
    [],
    {},
    True,
)
LISTS = (['1', '2'], [True, False], [None, 1], [[1], [2]], '12', 'ab', {}, {'a': 1}, 3, None)
SCORES = {
    'scores_empty': b'',
    'scores_of_random_bytes': random_bytes,
    'scores_of_another_kind': one_of([], {}, 3, None, 'text', [[]], [3], [None], ['x'], [[[]]]),
    'scores_cut': lambda random: json.dumps(entry()).encode()[: random.integers(60)],
    'scores_of_nested_lists': one_of(b'[' * 100_000, b'{"a":' * 100_000, b'[' * 50_000 + b']' * 50_000),
    'scores_of_nan': lambda random: entry(ys=[pick(random, float('nan'), float('inf')), 1.0]),
    'scores_of_nan_alone': entry(ys=[float('nan')] * 2),
    'scores_of_1e308': entry(ys=[1.7e308, 1.7e308]),
    'scores_of_400_digits': one_of(entry(ys=[10**400, 1]), entry(xs=[10**400, 1])),
    'scores_of_5000_digits': json.dumps(entry(xs=[7])).replace('7', '7' * 5000).encode(),
    'scores_of_other_kinds': lambda random: entry(ys=pick(random, *LISTS)),
    'scores_with_frames_of_other_kinds': lambda random: entry(xs=pick(random, *LISTS)),
    'scores_of_other_lengths': one_of(entry(ys=[1.0]), entry(xs=[]), entry(xs=[], ys=[])),
    'scores_with_negative_frames': entry(xs=[-1, 5]),
    'scores_with_frames_of_1e300': entry(xs=[0, 1e300]),
    'scores_not_in_order': entry(xs=[1e6, 0]),
    'scores_with_many_axes': entry(xs=[[[1]]], ys=[[[1]]]),
    'scores_without_a_key': lambda random: entry(**{pick(random, 'task', 'method', 'seed', 'xs', 'ys'): ...}),
    'scores_with_other_names': lambda random: entry(**{pick(random, 'task', 'method', 'seed'): pick(random, *TEXTS)}),
    'scores_twice': entry() * 2,
    'scores_of_500_entries': [entry(seed=str(seed), ys=[seed, 1.0])[0] for seed in range(500)],
    'scores_in_utf_16': lambda random: json.dumps(entry()).encode('utf-16'),
    'scores_with_more_keys': entry(more='x' * 100_000),
}  # fmt: skip
KINDS |= {name: of_score(make) for name, make in SCORES.items()}


@kind
def valid_run(random, folder):
    with_config(folder)
    valid_metrics(folder)


@kind
def valid_score_file(random, folder):
    return of_score(entry())(random, folder)


@kind
def no_config_beside(random, folder):
    valid_metrics(folder)


def of_path(name, make):
    def write(random, folder):
        with_config(folder)
        make(folder / name)
        return None if name == 'metrics.jsonl' else folder / name

    return write


def sparse(path):
    path.write_text(line() + '\n')
    os.truncate(path, 2**28)


PATHS = {
    'folder': lambda path: path.mkdir(),
    'named_pipe': os.mkfifo,
    'link_to_nothing': lambda path: path.symlink_to('gone'),
    'link_to_itself': lambda path: path.symlink_to(path.name),
    'link_to_endless_zeros': lambda path: path.symlink_to('/dev/zero'),
    'sparse_file_of_256_megabytes': sparse,
}
KINDS |= {
    f'{what}_{name}': of_path(file, make)
    for what, file in (('metrics', 'metrics.jsonl'), ('scores', 'scores.json'))
    for name, make in PATHS.items()
}


@kind
def links_in_a_circle(random, folder):
    with_config(folder)
    valid_metrics(folder)
    (folder / 'again').symlink_to('.')
    (folder / 'deep').mkdir()
    (folder / 'deep' / 'up').symlink_to('../..')
