"""A tab over a websocket that reads as slowly as one likes."""

import asyncio
import json

import pytest

import dreamerv2_tf as dv2
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.playground.live import Live
from dreamerv2_tf.playground.playing_room import PlayingRoom


class SlowBrowser:
    """Says what it is told and reads when it is let."""

    def __init__(self):
        self.says, self.reads, self.got = asyncio.Queue(), asyncio.Event(), []

    async def receive(self):
        return await self.says.get()

    async def send_bytes(self, data):
        await self.reads.wait()
        length = int.from_bytes(data[:4], 'little')
        self.got.append(json.loads(data[4 : 4 + length]))

    def say(self, do, value=None):
        self.says.put_nowait({'type': 'websocket.receive', 'text': json.dumps({'do': do, 'value': value})})

    def leave(self):
        self.says.put_nowait({'type': 'websocket.disconnect', 'code': 1001})


@pytest.fixture
def room(catcher, tmp_path):
    return PlayingRoom(catcher, tmp_path, places=1, seed=0)


@pytest.fixture
def session(room):
    session = room.open()
    yield session
    session.close()


def played(room, session, scene, reads=True):
    """What a browser got that acts as `scene(browser)` says, and then leaves."""

    async def visit():
        browser = SlowBrowser()
        if reads:
            browser.reads.set()
        live = asyncio.create_task(Live(session, browser, room.rules(session), room).run())
        await scene(browser)
        browser.leave()
        await live
        return browser.got

    return asyncio.run(asyncio.wait_for(visit(), 60))


async def until(true):
    while not true():
        await asyncio.sleep(0.01)


def test_a_slow_browser_misses_pictures_and_no_steps(room, session):
    async def scene(browser):
        browser.say('speed', 60)
        browser.say('go', True)
        await until(lambda: session.shown[-1].numbers['time'] >= 40)  # nobody reads meanwhile
        browser.say('go', False)
        await until(lambda: not browser.says.qsize())
        await asyncio.sleep(0.2)
        browser.reads.set()
        await until(lambda: browser.got and not browser.got[-1]['playing'])

    got = played(room, session, scene, reads=False)
    assert len(got) <= 3  # one that was on its way, and the newest
    times = [numbers['time'] for header in got for numbers in header['numbers']]
    assert list(dict.fromkeys(times)) == list(range(session.shown[-1].numbers['time'] + 1))


def test_a_way_back_cuts_off_what_was_not_sent_yet(room, session):
    async def scene(browser):
        for _ in range(5):
            browser.say('step')
        await until(lambda: browser.got and browser.got[-1]['numbers'][-1]['time'] == 5)
        browser.say('back')
        browser.say('step')
        await until(lambda: browser.got[-1]['numbers'][-1]['time'] == 1)

    moments = []
    for header in played(room, session, scene):  # as the page does it
        moments = [each for each in moments if each['time'] <= header['cut']] + header['numbers']
    assert [each['time'] for each in moments] == [0, 1]


def test_a_failure_of_the_environment_is_told_and_the_tab_goes_on(room, session, monkeypatch):
    def fails():
        raise ZeroDivisionError('the game broke')

    monkeypatch.setattr(session, 'step', fails)

    async def scene(browser):
        browser.say('step')
        await until(lambda: 'trouble' in [header['kind'] for header in browser.got])
        browser.say('speed', 9)
        await until(lambda: browser.got[-1].get('speed') == 9)

    got = played(room, session, scene)
    assert [header['text'] for header in got if header['kind'] == 'trouble'] == ['ZeroDivisionError: the game broke']


def test_scenes_that_change_while_they_are_sent_harm_nothing(room, session):
    async def scene(browser):
        for do, value in [('new', None), ('branch', 9), ('step', None), ('new', None)] * 6:
            browser.say(do, value)
        browser.say('speed', 7)
        await until(lambda: browser.got and browser.got[-1]['speed'] == 7)

    for header in played(room, session, scene):
        assert len(header['numbers'][-1]['right']['ended']) == header['dreams']  # of one moment


def test_a_game_that_is_over_waits_so_that_it_can_be_saved(room, session, tmp_path):
    async def scene(browser):
        browser.say('speed', 60)
        browser.say('go', True)
        await until(lambda: browser.got and browser.got[-1]['numbers'][-1]['left']['over'])
        await asyncio.sleep(0.3)
        browser.say('save', 'episode')
        await until(lambda: browser.got[-1]['kind'] == 'saved')

    got = played(room, session, scene)
    assert not got[-2]['playing'] and got[-2]['numbers'][-1]['time'] == 70
    assert len(dv2.load_episodes(tmp_path / 'episodes')[0].reward) == 71


def test_there_are_no_more_sessions_than_places(room):
    assert room.take_place() and not room.take_place()
    room.free_place()
    assert room.take_place()


def test_without_the_environment_there_is_the_dream_alone(catcher, tmp_path, monkeypatch):
    def missing():
        raise UserError('`toy_catch` needs the package catch')

    monkeypatch.setattr(catcher, 'make_env', missing)
    room = PlayingRoom(catcher, tmp_path, places=1, seed=0)
    assert room.without_game == '`toy_catch` needs the package catch'
    session = room.open()
    session.step()
    assert session.watching and room.greeting(session)['without_game'] == room.without_game
    session.close()
