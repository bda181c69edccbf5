"""A tab over a websocket that reads as slowly as one likes."""

import asyncio
import json

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


def test_a_slow_browser_misses_pictures_and_no_steps(catcher, tmp_path):
    room = PlayingRoom(catcher, tmp_path, places=1, seed=0)
    session = room.open()

    async def scene():
        browser = SlowBrowser()
        live = asyncio.create_task(Live(session, browser, room.rules(session), room).run())
        browser.say('speed', 60)
        browser.say('go', True)
        while session.shown[-1].numbers['time'] < 40:  # nobody reads meanwhile
            await asyncio.sleep(0.01)
        browser.say('go', False)
        while browser.says.qsize():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        browser.reads.set()
        while not browser.got or browser.got[-1]['playing']:
            await asyncio.sleep(0.01)
        browser.leave()
        await live
        return browser.got

    got = asyncio.run(scene())
    assert len(got) <= 3  # one that was on its way, and the newest
    times = [numbers['time'] for header in got for numbers in header['numbers']]
    assert list(dict.fromkeys(times)) == list(range(session.shown[-1].numbers['time'] + 1))
    room.give_back(session)


def test_a_way_back_cuts_off_what_was_not_sent_yet(catcher, tmp_path):
    room = PlayingRoom(catcher, tmp_path, places=1, seed=0)
    session = room.open()

    async def scene():
        browser = SlowBrowser()
        browser.reads.set()
        live = asyncio.create_task(Live(session, browser, room.rules(session), room).run())
        for _ in range(5):
            browser.say('step')
        while not browser.got or browser.got[-1]['numbers'][-1]['time'] < 5:
            await asyncio.sleep(0.01)
        browser.say('back')
        browser.say('step')
        while browser.got[-1]['numbers'][-1]['time'] != 1:
            await asyncio.sleep(0.01)
        browser.leave()
        await live
        return browser.got

    moments = []
    for header in asyncio.run(scene()):  # as the page does it
        moments = [each for each in moments if each['time'] <= header['cut']] + header['numbers']
    assert [each['time'] for each in moments] == [0, 1]
    room.give_back(session)


def test_a_failure_of_the_environment_is_told_and_the_tab_goes_on(catcher, tmp_path, monkeypatch):
    room = PlayingRoom(catcher, tmp_path, places=1, seed=0)
    session = room.open()

    def fails():
        raise ZeroDivisionError('the game broke')

    monkeypatch.setattr(session, 'step', fails)

    async def scene():
        browser = SlowBrowser()
        browser.reads.set()
        live = asyncio.create_task(Live(session, browser, room.rules(session), room).run())
        browser.say('step')
        while browser.got[-1:] == [] or browser.got[-1]['kind'] != 'trouble':
            await asyncio.sleep(0.01)
        browser.say('dream')
        while browser.got[-1]['kind'] != 'now':
            await asyncio.sleep(0.01)
        browser.leave()
        await live
        return browser.got

    got = asyncio.run(scene())
    assert [header['text'] for header in got if header['kind'] == 'trouble'] == ['ZeroDivisionError: the game broke']
    room.give_back(session)


def test_without_the_environment_there_is_the_dream_alone(catcher, tmp_path, monkeypatch):
    from dreamerv2_tf.errors import UserError

    def missing():
        raise UserError('`toy_catch` needs the package catch')

    monkeypatch.setattr(catcher, 'make_env', missing)
    room = PlayingRoom(catcher, tmp_path, places=1, seed=0)
    assert room.without_game == '`toy_catch` needs the package catch'
    session = room.open()
    session.step()
    assert session.watching and room.greeting(session)['without_game'] == room.without_game
    room.give_back(session)
