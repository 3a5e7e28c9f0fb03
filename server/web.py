"""The port: bound before anything else is opened, served by uvicorn, stopped by whoever started it."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import uvicorn

BACKLOG = 4096
GRACE_S = 5
NO_SNIFFING = ("x-content-type-options", "nosniff")
ONLY_SECURE = ("strict-transport-security", "max-age=31536000")


class PortUnavailable(Exception):
    """The address cannot be listened on; the text says which and why."""


def bind(host: str, port: int) -> socket.socket:
    """Take the port (0: a free one). Raises PortUnavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio sends what is written at once: an answer of two pieces took 40 ms otherwise.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Listening at once: two servers that bound the same port with SO_REUSEADDR would both believe they have it.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise PortUnavailable(f"cannot listen on {host}:{port}: {reason[0].lower()}{reason[1:]}") from None
    listener.setblocking(False)
    return listener


def url_of(listener: socket.socket, *, secure: bool = False) -> str:
    host, port = listener.getsockname()[:2]
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class Listening(uvicorn.Server):
    """uvicorn without its signal handling: it would raise SIGTERM again after a clean stop, and the exit code was lost."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listening(app: Any, options: Mapping[str, Any], *, secure: bool = False) -> Listening:
    """A uvicorn server for `app`; `options` are what the app asks of uvicorn, TLS among it where it is `secure`."""
    config = uvicorn.Config(
        app,
        **options,
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
        headers=[NO_SNIFFING, ONLY_SECURE] if secure else [NO_SNIFFING],
    )
    config.load()
    return Listening(config)
