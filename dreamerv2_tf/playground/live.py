"""Runs one session over a websocket: messages in, pictures and numbers out."""

import asyncio
import contextlib
import logging
from typing import Any, NamedTuple

from starlette.websockets import WebSocket, WebSocketDisconnect

from ..errors import RunError, UserError
from .messages import MAX_MESSAGES_PER_SECOND, BadMessage, Message, Rules, packed
from .playing_room import PlayingRoom
from .saving import save
from .session import Session

SPEED = 15  # agent steps per second, as Atari is played with an action repeat of 4
MAX_UNSENT_STEPS = 500  # whose numbers wait for a slow browser
MAX_UNSENT_REPLIES = 50
EVERYTHING = 10**9  # later than any moment
SHORTEST_WAIT_SECONDS = 0.001
MAX_CLOSING_SECONDS = 5
BAD, FAILED, BUSY = 1008, 1011, 1013  # codes with which a websocket is closed

_log = logging.getLogger(__name__)


class Reply(NamedTuple):
    """An answer to one message, besides the moments that every tab gets."""

    header: dict[str, Any]
    pictures: list[bytes] = []


class Live:
    """One tab: receives, steps and sends at the same time.

    A browser that reads slowly misses pictures, not steps: what is sent next is always the newest moment, and the
    numbers of all that came before it.

    Args:
      session: whose `close` is called by the owner.
      websocket: accepted.
      rules: of messages.
      room: where episodes are and where what is saved goes.
    """

    def __init__(self, session: Session, websocket: WebSocket, rules: Rules, room: PlayingRoom) -> None:
        self._session, self._websocket, self._rules, self._room = session, websocket, rules, room
        self._messages: asyncio.Queue[Message] = asyncio.Queue(MAX_MESSAGES_PER_SECOND)
        self._playing, self._speed, self._next = False, SPEED, 0.0
        self._unsent: list[dict[str, Any]] = []  # numbers of moments
        self._newest: Reply  # picture and state of the newest moment
        self._work: asyncio.Future[Any] | None = None  # what is being done in a thread
        self._replies: list[Reply] = []
        self._newest_time = EVERYTHING
        self._cut = EVERYTHING  # moments after this time are no longer true
        self._something = asyncio.Event()

    async def run(self) -> None:
        """Goes on until the browser leaves, or sends what no page of ours sends."""
        self._show()
        tasks = [asyncio.create_task(task) for task in (self._receive(), self._advance(), self._send())]
        done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._work:  # nobody closes the environment in the middle of a step
            await asyncio.wait([self._work])
        for task in done:
            error = task.exception()
            if isinstance(error, BadMessage):
                _log.info('a tab is closed: %s', error)
                await close(self._websocket, BAD, str(error))
            elif error and not isinstance(error, (WebSocketDisconnect, RuntimeError, OSError)):
                raise error

    async def _receive(self) -> None:
        """Puts messages into the queue, at most so many a second."""
        clock, window, count = asyncio.get_running_loop(), 0.0, 0
        while True:
            message = self._rules.parse(await _text(self._websocket))
            if clock.time() - window > 1:
                window, count = clock.time(), 0
            count += 1
            if count > MAX_MESSAGES_PER_SECOND or self._messages.full():
                raise BadMessage(f'more than {MAX_MESSAGES_PER_SECOND} messages a second')
            if message.do == 'hold':
                self._session.hold(message.value)
            else:
                self._messages.put_nowait(message)

    async def _advance(self) -> None:
        """Does what messages ask for, and steps in between."""
        clock = asyncio.get_running_loop()
        while True:
            wait = max(SHORTEST_WAIT_SECONDS, self._next - clock.time()) if self._playing else None
            try:
                message = await asyncio.wait_for(self._messages.get(), wait)
            except TimeoutError:
                self._next = max(clock.time(), self._next + 1 / self._speed)
                message = Message('step')
            self._work = asyncio.ensure_future(asyncio.to_thread(self._do, message))
            try:
                reply = await asyncio.shield(self._work)
            except Exception as error:  # of any kind: it may be the environment's own
                known = isinstance(error, (UserError, RunError, OSError))
                if not known:
                    _log.warning('a step failed', exc_info=True)
                self._playing = self._playing and message.do != 'step'
                self._answer(
                    Reply({'kind': 'trouble', 'text': str(error) if known else f'{type(error).__name__}: {error}'})
                )
                self._show()
            else:
                self._answer(reply) if reply else self._show()

    def _do(self, message: Message) -> Reply | None:
        """Does what one message asks for, in a thread of its own; None means that there is a new moment to be shown."""
        session, (do, value) = self._session, message
        if do in session.drivers:
            session.drivers[do] = value
        elif do == 'step':
            session.step()
            self._playing = self._playing and not session.over  # time to save what was played
        elif do == 'back':
            session.back()
        elif do == 'go':
            self._playing, self._next = value, 0.0
        elif do == 'speed':
            self._speed = value
        elif do == 'sample':
            session.sample = value
        elif do == 'dream':
            session.dream_from_here()
        elif do == 'branch':
            session.branch(value)
        elif do == 'new':
            session.play_live()
        elif do == 'watch':
            session.watch(self._room.episode(value))
        elif do == 'save':
            return Reply({'kind': 'saved', 'text': str(save(session, value, self._room.out))})
        else:
            return self._looked(value)
        return None

    def _looked(self, time: int) -> Reply:
        """Returns an earlier moment, or the newest where it is not kept."""
        found = [shown for shown in self._session.shown if shown.numbers['time'] == time]
        shown = (found or self._session.shown)[-1]
        header = {'kind': 'looked', 'numbers': shown.numbers, 'dreams': len(shown.right)}
        return Reply(header, [shown.left, *shown.right, *shown.latents])

    def _show(self) -> None:
        """Takes the newest moment along; those that a way back has undone are cut off."""
        numbers = self._session.shown[-1].numbers
        if numbers['time'] <= self._newest_time:
            self._cut = min(numbers['time'] - 1, self._cut)
            self._unsent = [each for each in self._unsent if each['time'] < numbers['time']]
        self._newest_time = numbers['time']
        self._unsent = [*self._unsent[1 - MAX_UNSENT_STEPS :], numbers]
        self._newest = self._state()
        self._something.set()

    def _answer(self, reply: Reply) -> None:
        self._replies = [*self._replies[1 - MAX_UNSENT_REPLIES :], reply]
        self._something.set()

    async def _send(self) -> None:
        """Sends whatever there is; waits while the browser does not read."""
        while True:
            await self._something.wait()
            self._something.clear()
            replies, self._replies = self._replies, []
            for reply in replies:
                await self._websocket.send_bytes(packed(*reply))
            if self._unsent:
                await self._websocket.send_bytes(self._now())

    def _state(self) -> Reply:
        """Returns what the page shows now, but for the numbers; called while nothing is being done."""
        session = self._session
        shown = session.shown[-1]
        header = {
            'kind': 'now',
            'dreams': len(shown.right),
            'playing': self._playing,
            'speed': self._speed,
            'sample': session.sample,
            'drivers': dict(session.drivers),
            'watching': session.watching,
        }
        return Reply(header, [shown.left, *shown.right, *shown.latents])

    def _now(self) -> bytes:
        """Returns the message of all that is new."""
        header = {**self._newest.header, 'numbers': self._unsent, 'cut': self._cut}
        self._unsent, self._cut = [], EVERYTHING
        return packed(header, self._newest.pictures)


async def _text(websocket: WebSocket) -> str:
    """Returns the next message. Raises BadMessage where it is no text, WebSocketDisconnect at the end."""
    event = await websocket.receive()
    if event['type'] == 'websocket.disconnect':
        raise WebSocketDisconnect(event.get('code', 1000))
    text = event.get('text')
    if not isinstance(text, str):
        raise BadMessage('a message that is no text')
    return text


async def close(websocket: WebSocket, code: int, reason: str) -> None:
    """Closes a websocket, unless the browser has gone already."""
    with contextlib.suppress(RuntimeError, OSError, WebSocketDisconnect, TimeoutError):
        await asyncio.wait_for(websocket.close(code, reason), MAX_CLOSING_SECONDS)
