"""Kinds of malformed YAML files.

A kind takes (generator, path), writes the file, and returns {key: value} of a valid one.
"""

import os

from dreamerv2_tf.config import presets

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


def of_text(make):
    """A kind whose text `make` (generator) returns, or is."""

    def write(random, path):
        text = make(random) if callable(make) else make
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


def whole():
    return presets.defaults().to_yaml()


def cut(random):
    text = whole()
    return text[: random.integers(len(text))]


def flipped(random):
    text = bytearray(whole().encode())
    for place in random.integers(len(text), size=random.integers(1, 4)):
        text[place] = random.integers(256)
    return bytes(text)


def lines_swapped(random):
    lines = whole().splitlines()
    a, b = random.integers(len(lines), size=2)
    lines[a], lines[b] = lines[b], lines[a]
    return '\n'.join(lines)


def other_value(random):
    """A setting of another kind than its own."""
    key = random.choice(list(presets.defaults().flat))
    value = random.choice(VALUES)
    return f'{key}: {value}\n'


VALUES = (
    *(
        '.nan',
        '.inf',
        '-.inf',
        '-1',
        '0',
        '1e400',
        '-1e-400',
        '0x7fffffffffffffff',
        '1.5',
        'True',
        'null',
        "''",
        '~',
        '[]',
    ),
    *(
        '{}',
        '[1, 2]',
        '[[1], [2]]',
        '{a: 1}',
        'text',
        "'1'",
        '2026-01-02',
        '2026-99-99',
        '1:30:00',
        '0o777',
        '1_000',
        '+1',
    ),
    *(
        'linear(1,2,3)',
        'linear(1e400,0,1)',
        'linear(1,2',
        'linear(nan,0,1)',
        'exp(1,2,0)',
        'warmup(-1,1)',
        '!!binary aGk=',
    ),
    *(
        '"\\x1b[31m"',
        '"\\0"',
        '!!set {a}',
        '!!omap [a: 1]',
        '!!float text',
        '!!int text',
        '!!timestamp x',
        '"\\ud800"',
        '1e18',
    ),
)

TEXTS = {
    'empty': '',
    'comment_alone': '# nothing\n',
    'random_bytes': lambda random: random.bytes(int(random.integers(1, 3000))),
    'cut': cut,
    'flipped_bytes': flipped,
    'lines_swapped': lines_swapped,
    'value_of_another_kind': other_value,
    'references_that_double': lambda random: (
        'a0: &a0 {x: 1}\n'
        + ''.join(f'a{i + 1}: &a{i + 1} {{x: *a{i}, y: *a{i}}}\n' for i in range(random.integers(20, 60)))
    ),
    'merges_that_double': lambda random: (
        'a0: &a0 {x: 1}\n'
        + ''.join(f'a{i + 1}: &a{i + 1}\n  <<: [*a{i}, *a{i}]\n' for i in range(random.integers(20, 60)))
    ),
    'lists_that_double': lambda random: (
        'a0: &a0 [1, 1]\n' + ''.join(f'a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n' for i in range(random.integers(20, 60)))
    ),
    'reference_to_itself': 'a: &a {b: *a}\n',
    'list_in_itself': 'task: &a [*a]\n',
    'merge_with_itself': 'a: &a\n  <<: *a\n',
    'merge_with_a_number': 'a: 3\nb:\n  <<: 3\n',
    'reference_to_nothing': 'seed: *gone\n',
    'brackets_3000': 'seed: ' + '[' * 3000 + ']' * 3000,
    'brackets_open': 'seed: ' + '[' * 100000,
    'braces_3000': '{a: ' * 3000 + '1' + '}' * 3000,
    'sections_1000_deep': ''.join(' ' * i + 'a:\n' for i in range(1000)),
    'dots_10000_deep': 'a.' * 10000 + 'b: 1\n',
    'dashes_1000': '- ' * 1000 + '1\n',
    'questions_1000': '? ' * 1000 + '1\n',
    'number_of_400_digits': 'discount: 1' + '0' * 400,
    'number_of_5000_digits': 'seed: 1' + '0' * 5000,
    'number_with_huge_exponent': 'seed: 1e999999999\n',
    'number_to_the_base_60': 'seed: ' + ':'.join(['59'] * 300),
    'value_of_100_kilobytes': 'task: ' + 'x' * 100_000,
    'value_of_5_megabytes': 'task: ' + 'x' * 5_000_000,
    'key_of_100_kilobytes': 'k' * 100_000 + ': 1\n',
    'list_of_100_kilobytes': 'seed: [' + '1, ' * 33_000 + '1]\n',
    'keys_20000': ''.join(f'k{i}: 1\n' for i in range(20000)),
    'python_object': 'seed: !!python/object/apply:os.mkdir [attacked]\n',
    'python_name': 'seed: !!python/name:os.system\n',
    'unknown_tag': 'seed: !mine 3\n',
    'tabs': 'rssm:\n\tdeter: 3\n',
    'key_twice': 'seed: 1\nseed: 2\n',
    'two_documents': 'seed: 1\n---\nseed: 2\n',
    'directive': '%YAML 9.9\n---\nseed: 1\n',
    'keys_that_are_no_text': lambda random: str(
        random.choice(
            ['1: 2', 'null: 1', '[a, b]: 1', '{a: 1}: 2', 'true: 1', '? [a]\n: 1', '1.5: {2: 3}', '2026-01-02: 1']
        )
    ),
    'key_with_escape_codes': '"\\x1b[31mred": 1\n',
    'value_with_escape_codes': 'task: "\\x1b]0;title\\x07"\nseed: 0\n',
    'value_with_new_lines': 'task: "a\\nb"\nseed: 0\n',
    'key_with_markup': '"[red]seed[/blue]": 1\n',
    'unknown_key': 'sede: 1\n',
    'pattern_that_is_none': '"*(": 1\n',
    'pattern_that_takes_forever': lambda random: str(
        random.choice([r'"(\\w*)*!": 1', r'"(\\w+\\.?)+$$!": 1', r'"((a|\\w)*)*x!": 1'])
    ),
    'pattern_of_all': '".*": 1\n',
    'pattern_of_repeats': r'"a{99999999}{99999999}": 1',
    'section_in_place_of_a_value': 'seed: {a: 1}\n',
    'value_in_place_of_a_section': 'rssm: 3\n',
    'section_that_is_empty': 'rssm: {}\nencoder: null\n',
    'list_at_the_top': '- seed: 1\n',
    'number_at_the_top': '3\n',
    'task_with_a_module': 'task: gym_os:x\n',
    'json': '{"seed": 1, "task": "toy_catch"}',
    'utf_16': lambda random: 'seed: 1\n'.encode('utf-16'),
    'byte_order_mark': b'\xef\xbb\xbfseed: 1\n',
    'nul': b'seed: 1\0\n',
    'latin_1': b'task: caf\xe9\n',
    'half_a_surrogate': b'task: \xed\xa0\x80\n',
    'line_separators': 'seed: 1\u2028task: x\u0085logdir: y\n',
    'carriage_returns': 'seed: 1\rtask: x\r',
}
KINDS |= {name: of_text(make) for name, make in TEXTS.items()}


@kind
def valid_small(random, path):
    path.write_text('task: toy_catch\nrssm:\n  deter: 7\n')
    return {'task': 'toy_catch', 'rssm.deter': 7}


@kind
def valid_whole(random, path):
    config = presets.defaults().updated({'seed': int(random.integers(100)), 'kl.free': 0.5})
    path.write_text(config.to_yaml())
    return config.flat


@kind
def folder(random, path):
    path.mkdir()


@kind
def link_to_nothing(random, path):
    path.symlink_to('gone.yaml')


@kind
def link_to_itself(random, path):
    path.symlink_to(path.name)


@kind
def link_to_endless_zeros(random, path):
    path.symlink_to('/dev/zero')


@kind
def sparse_file_of_a_terabyte(random, path):
    path.write_text('seed: 1\n')
    os.truncate(path, 2**40)
