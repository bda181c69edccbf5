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

from ..errors import UserError
from .live import BUSY, Live
from .messages import MAX_MESSAGE_BYTES, packed
from .playing_room import PlayingRoom

PAGE = pathlib.Path(__file__).parent / 'page'
LOCAL = ('127.0.0.1', 'localhost')
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
    if not room.has_place():
        await websocket.close(BUSY, 'all places are taken; close another tab')
        return
    session = await asyncio.to_thread(room.open)
    try:
        await websocket.send_bytes(packed(room.greeting(session), ()))
        await Live(session, websocket, room.rules(session), room).run()
    except (WebSocketDisconnect, OSError):
        _log.info('a tab has gone')
    finally:
        room.give_back(session)


def bound(host: str, port: int) -> socket.socket:
    """Returns a socket that listens there; port 0 takes a free one.

    Raises:
      UserError: the port is in use, or the host is not of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()  # whoever comes before the server runs waits
        return listening
    except (OSError, UnicodeError) as error:
        raise UserError(f'cannot listen on {host}, port {port}: {error}; `--port 0` takes a free port') from None


def serve(room: PlayingRoom, listening: socket.socket, host: str, token: str) -> None:
    """Serves the page until the process is asked to end."""
    port = listening.getsockname()[1]
    hosts = tuple(f'{name}:{port}' for name in LOCAL) if host in LOCAL else ()
    config = uvicorn.Config(
        app(room, hosts, token),
        log_level='error',
        access_log=False,
        ws='websockets-sansio',
        ws_max_size=2 * MAX_MESSAGE_BYTES,
        ws_max_queue=8,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
