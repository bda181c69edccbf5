"""The server of the page: three files, one websocket, and who may use them."""

import asyncio
import contextlib
import logging
import pathlib
import secrets
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..errors import RunError, UserError, shorten
from .address import allowed_hosts
from .live import BUSY, FAILED, Live, close
from .messages import MAX_MESSAGE_BYTES, packed
from .playing_room import PlayingRoom

PAGE = pathlib.Path(__file__).parent / 'page'
MAX_REASON_CHARACTERS = 100  # of a websocket that is closed; 123 bytes are allowed
GOODBYE_SECONDS = 3  # that open tabs have when the server stops
HEADERS = {
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
}

_log = logging.getLogger(__name__)


class Guard:
    """Refuses whoever has no business here, before anything else happens.

    A page of another host cannot use this one: browsers send its name as Origin, and a name that was made to lead here
    as Host.

    Args:
      app: what is guarded.
      hosts: `Host` headers that are allowed; none where others may come, who then need the token.
      token: that the address must hold; '' = none is needed.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...], token: str) -> None:
        self._app, self._hosts, self._token = app, hosts, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or lets it through."""
        if scope['type'] not in ('http', 'websocket') or not (reason := self._refusal(scope)):
            await self._app(scope, receive, send)
        elif scope['type'] == 'http':
            await PlainTextResponse(f'refused: {reason}\n', 403)(scope, receive, send)
        else:
            await receive()
            await send({'type': 'websocket.close', 'code': 1008, 'reason': reason})

    def _refusal(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        host, origin = headers.get('host', ''), headers.get('origin')
        if self._hosts and host not in self._hosts:
            return 'this is not the address of the page'
        if (origin is not None or scope['type'] == 'websocket') and origin != f'http://{host}':
            return 'another page asks'
        query = scope['query_string'].decode('latin-1')
        given = dict(part.partition('=')[::2] for part in query.split('&')).get('token', '')
        needs_token = self._token and scope['path'] in ('/', '/live')
        if needs_token and not secrets.compare_digest(given.encode(), self._token.encode()):
            return 'the address needs its token'
        return ''


def app(room: PlayingRoom, hosts: tuple[str, ...], token: str) -> ASGIApp:
    """Returns the application, guarded; see `Guard`."""

    def file(name: str) -> Route:
        async def send(request: Request) -> FileResponse:
            return FileResponse(PAGE / name, headers=HEADERS)

        return Route('/' if name == 'index.html' else f'/{name}', send)

    async def live(websocket: WebSocket) -> None:
        await _live(room, websocket)

    files = [file(name) for name in ('index.html', 'play.css', 'play.js')]
    return Guard(Starlette(routes=[*files, WebSocketRoute('/live', live)]), hosts, token)


async def _live(room: PlayingRoom, websocket: WebSocket) -> None:
    """Gives a tab a session of its own, as long as it is there."""
    await websocket.accept()
    if not room.take_place():
        await websocket.close(BUSY, 'all places are taken; close another tab')
        return
    session = None
    try:
        session = await asyncio.to_thread(room.open)
        await websocket.send_bytes(packed(room.greeting(session), ()))
        await Live(session, websocket, room.rules(session), room).run()
    except (UserError, RunError) as error:
        await close(websocket, FAILED, shorten(str(error))[:MAX_REASON_CHARACTERS])
    except (WebSocketDisconnect, OSError, RuntimeError):
        _log.info('a tab has gone')
    finally:
        if session:
            await asyncio.to_thread(session.close)
        room.free_place()


def serve(room: PlayingRoom, listening: socket.socket, host: str, token: str) -> None:
    """Serves the page until the process is asked to end."""
    config = uvicorn.Config(
        app(room, allowed_hosts(host, listening.getsockname()[1]), token),
        log_level='error',
        access_log=False,
        ws='websockets-sansio',
        ws_max_size=2 * MAX_MESSAGE_BYTES,
        ws_max_queue=8,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
