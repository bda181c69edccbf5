"""Where the page listens, and what its address is."""

import socket

from ..errors import UserError

LOCAL = ('127.0.0.1', 'localhost')  # hosts that nobody else reaches
EVERYWHERE = ('', '0.0.0.0', '::')  # hosts that are no address
HTTP_PORT = 80  # which browsers leave out


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


def address(host: str, port: int, token: str) -> str:
    """Returns the address of the page, with its token where it needs one."""
    name = socket.gethostname() if host in EVERYWHERE else f'[{host}]' if ':' in host else host
    return f'http://{name}:{port}/{f"?token={token}" if token else ""}'


def allowed_hosts(host: str, port: int) -> tuple[str, ...]:
    """Returns the `Host` headers of browsers that come to the page; none where others may come, who need the token."""
    if host not in LOCAL:
        return ()
    return tuple(name for local in LOCAL for name in (f'{local}:{port}', *[local] * (port == HTTP_PORT)))
