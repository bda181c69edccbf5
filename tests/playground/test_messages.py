"""What a browser may say."""

import json

import pytest

from dreamerv2_tf.playground.messages import BadMessage, Message, Rules, packed

RULES = Rules(moves=['LEFT', 'RIGHT'], actions=3, episodes={'a.npz': 1})


@pytest.mark.parametrize(
    'do, value',
    [
        *[(do, None) for do in ('step', 'back', 'dream', 'new')],
        *[('go', True), ('sample', False), ('speed', 60), ('branch', 9), ('look', 0)],
        *[('left', 'you'), ('right', 'same'), ('left', 'constant:2'), ('hold', []), ('hold', ['LEFT', 'RIGHT'])],
        *[('watch', 'a.npz'), ('save', 'film')],
    ],
)
def test_what_the_page_sends_is_taken(do, value):
    assert RULES.parse(json.dumps({'do': do, 'value': value})) == Message(do, value)


@pytest.mark.parametrize(
    'text',
    [
        '',
        '{',
        '[]',
        '3',
        '[' * 1000,
        'null',
        '{"do": 3}',
        '{"value": 1}',
        '{"do": "step", "value": 1}',
        '{"do": "step", "more": 1}',
        '{"do": "quit"}',
        '{"do": "go", "value": 1}',
        '{"do": "speed", "value": 61}',
        '{"do": "speed", "value": 1.5}',
        '{"do": "speed", "value": true}',
        '{"do": "branch", "value": 0}',
        '{"do": "branch", "value": 10}',
        '{"do": "look", "value": -1}',
        '{"do": "look", "value": 1e99}',
        '{"do": "left", "value": "same"}',
        '{"do": "left", "value": "constant:3"}',
        '{"do": "left", "value": "constant:-1"}',
        '{"do": "left", "value": {}}',
        '{"do": "hold", "value": "LEFT"}',
        '{"do": "hold", "value": ["JUMP"]}',
        '{"do": "hold", "value": [["LEFT"]]}',
        json.dumps({'do': 'hold', 'value': ['LEFT'] * 17}),
        '{"do": "watch", "value": "../a.npz"}',
        '{"do": "watch", "value": "/etc/passwd"}',
        '{"do": "watch", "value": null}',
        '{"do": "save", "value": "../film"}',
        json.dumps({'do': 'x' * 3000}),
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(BadMessage):
        RULES.parse(text)


def test_what_is_sent_is_a_header_and_pictures_one_after_the_other():
    sent = packed({'kind': 'now'}, [b'abc', b'', b'de'])
    length = int.from_bytes(sent[:4], 'little')
    assert json.loads(sent[4 : 4 + length]) == {'kind': 'now', 'sizes': [3, 0, 2]}
    assert sent[4 + length :] == b'abcde'
