"""The server: who may come, what it takes, and that nothing brings it down."""

import signal
import socket
import time
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dreamerv2_tf import play
from dreamerv2_tf.playground.address import address as address_of
from dreamerv2_tf.playground.address import allowed_hosts
from dreamerv2_tf.playground.server import Guard

from .server import Tab, serving


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    with serving(tmp_path_factory.mktemp('played'), '--sessions', '2') as served:
        yield served


@pytest.fixture
def address(page):
    return page[0]


def test_it_listens_to_this_machine_alone_and_serves_three_files(address):
    assert address.startswith('http://127.0.0.1:')
    for name, kind in (('', 'text/html'), ('play.css', 'text/css'), ('play.js', 'javascript')):
        with urllib.request.urlopen(address + name) as answer:
            assert kind in answer.headers['content-type']
            assert "default-src 'none'" in answer.headers['content-security-policy']
    for name in ('server.py', '../server.py', '%2e%2e/server.py', 'page/play.js'):
        with pytest.raises(urllib.error.HTTPError, match='404'):
            urllib.request.urlopen(address + name)


def test_pages_of_others_are_refused(address):
    request = urllib.request.Request(address, headers={'Host': 'evil.example'})
    with pytest.raises(urllib.error.HTTPError, match='403'):
        urllib.request.urlopen(request)
    with pytest.raises(InvalidStatus, match='403'):
        Tab(address, origin='http://evil.example')


def test_a_tab_steps_plays_and_pauses(address):
    tab = Tab(address)
    hello = tab.hear('hello')
    assert hello['task'] == 'toy_catch' and [move['name'] for move in hello['moves']] == ['LEFT', 'RIGHT']
    first = tab.hear('now')
    assert first['numbers'][-1]['time'] == 0 and not first['playing'] and len(first['pictures']) == 4
    assert all(picture.startswith(b'\x89PNG') for picture in first['pictures'])
    tab.say('step')
    assert tab.time() == 1
    tab.say('go', True)
    while tab.time() < 10:
        pass
    tab.say('go', False)
    while tab.hear('now')['playing']:
        pass
    tab.say('look', 3)
    assert tab.hear('looked')['numbers']['time'] == 3
    tab.say('back')
    assert tab.hear('now')['numbers'][-1]['time'] == 0
    tab.close()


def test_two_tabs_are_two_sessions_and_a_third_is_one_too_many(address):
    tabs = [Tab(address), Tab(address)]
    for tab in tabs:
        tab.hear('now')
    tabs[0].say('step')
    assert tabs[0].time() == 1
    third = Tab(address)
    with pytest.raises(ConnectionClosed, match='all places are taken'):
        third.hear('hello')
    tabs[1].say('step')
    assert tabs[1].time() == 1
    for tab in tabs:
        tab.close()
    for _ in range(5):  # places become free again
        deadline = time.monotonic() + 30
        while True:
            tab = Tab(address)
            try:
                tab.hear('now')
                break
            except ConnectionClosed:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        tab.close()


@pytest.mark.parametrize('words', ['{', '{"do": "quit"}', 'x' * 3000, 'x' * 100_000, b'bytes'])
def test_a_message_that_no_page_sends_ends_its_tab_alone(address, words):
    tab = _tab_when_there_is_a_place(address)
    tab.socket.send(words)
    with pytest.raises(ConnectionClosed):
        while True:
            tab.hear('now')
    other = _tab_when_there_is_a_place(address)
    other.say('step')
    assert other.time() == 1
    other.close()


def test_a_flood_of_messages_ends_its_tab(address):
    tab = _tab_when_there_is_a_place(address)
    with pytest.raises(ConnectionClosed):
        for _ in range(2000):
            tab.say('hold', ['LEFT'])
        while True:
            tab.hear('now')


def test_a_tab_that_never_reads_and_is_killed_harms_no_other(address, page):
    lazy = _tab_when_there_is_a_place(address)
    lazy.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.say('speed', 60)
    lazy.say('go', True)
    busy = _tab_when_there_is_a_place(address)
    for step in range(1, 20):
        busy.say('step')
        assert busy.time() == step
    busy.close()
    lazy.socket.socket.close()  # without a word
    _tab_when_there_is_a_place(address).close()
    assert page[1].poll() is None


def _tab_when_there_is_a_place(address):
    """A tab that has heard the first moment; places of tabs that were closed become free a little later."""
    deadline = time.monotonic() + 60
    while True:
        tab = Tab(address)
        try:
            tab.hear('now')
            return tab
        except ConnectionClosed:
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.mark.parametrize(
    'kind, path, headers, query, answer',
    [
        ('http', '/', {'host': 'box:1'}, b'', 'the address needs its token'),
        ('http', '/', {'host': 'box:1'}, b'token=wrong', 'the address needs its token'),
        ('http', '/', {'host': 'box:1'}, b'token=secret', ''),
        ('http', '/play.js', {'host': 'box:1'}, b'', ''),
        ('websocket', '/live', {'host': 'box:1', 'origin': 'http://box:1'}, b'', 'the address needs its token'),
        ('websocket', '/live', {'host': 'box:1', 'origin': 'http://box:1'}, b'a=1&token=secret', ''),
        ('websocket', '/live', {'host': 'box:1', 'origin': 'http://evil'}, b'token=secret', 'another page asks'),
        ('websocket', '/live', {'host': 'box:1'}, b'token=secret', 'another page asks'),
    ],
)
def test_others_need_the_token(kind, path, headers, query, answer):
    guard = Guard(None, (), 'secret')
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert guard._refusal({'type': kind, 'path': path, 'query_string': query, 'headers': pairs}) == answer


@pytest.mark.parametrize(
    'host, port, hosts, page',
    [
        ('127.0.0.1', 8765, ('127.0.0.1:8765', 'localhost:8765'), 'http://127.0.0.1:8765/'),
        ('localhost', 80, ('127.0.0.1:80', '127.0.0.1', 'localhost:80', 'localhost'), 'http://localhost:80/'),
        ('0.0.0.0', 8765, (), f'http://{socket.gethostname()}:8765/'),
        ('::1', 8765, (), 'http://[::1]:8765/'),
    ],
)
def test_the_address_is_one_that_leads_there(host, port, hosts, page):
    assert allowed_hosts(host, port) == hosts
    assert address_of(host, port, '') == page and address_of(host, port, 'abc') == f'{page}?token=abc'


@pytest.mark.parametrize(
    'words, message',
    [
        ([], 'give either `--logdir`'),
        (['--agent', 'toy_catchh'], 'did you mean `toy_catch`?'),
        (['--agent', 'toy_catch', '--port', '70000'], '`--port` must be a whole number from 0 to 65535'),
        (['--agent', 'toy_catch', '--sessions', '0'], '`--sessions` must be a whole number, 1 or more'),
        (['--agent', 'toy_catch', '--seed', '-1'], '`--seed` must be 0 or more'),
        (['--agent', 'toy_catch', '--host', 'no.such.host.invalid'], 'cannot listen on no.such.host.invalid'),
        (['--agent', 'toy_catch', '--sesions', '2'], 'did you mean `--sessions`?'),
    ],
)
def test_bad_use_is_one_line(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert play.main(words) == 2
    assert message in capsys.readouterr().err and list(tmp_path.iterdir()) == []


def test_a_port_that_is_in_use_is_named(capsys, address):
    assert play.main(['--agent', 'toy_catch', '--port', address.rstrip('/').rpartition(':')[2]]) == 2
    assert '`--port 0` takes a free port' in capsys.readouterr().err


def test_ctrl_c_ends_it_with_tabs_open(address, page):  # the last one: it ends the page of all
    tab = _tab_when_there_is_a_place(address)
    tab.say('go', True)
    page[1].send_signal(signal.SIGINT)
    assert page[1].wait(30) == 0
