"""A way past ASGI for what comes in thousands: a request that is recognised by its head, and answered by a call.

It saves a scope, a task, a future and a dozen calls. It is a shortcut, never a second opinion: what is not certainly
plain goes the long way, and is answered there in its words.
"""

from collections.abc import Iterable
from typing import Final, Protocol

Headers = Iterable[tuple[bytes, bytes]]
BODY_BYTES: Final = 4_096  # no plain body is longer
# What makes a request unusual, whatever it says: a page of another origin, a body that waits to be asked for.
UNUSUAL: Final = frozenset({b"origin", b"expect", b"upgrade", b"transfer-encoding", b"content-encoding"})


class _NobodyWaits:
    def set(self) -> None:
        """Nobody waits for messages of a request that is whole."""


class ShortRequest:
    """A request on the short way. To uvicorn it is what its `RequestResponseCycle` is: the request under way."""

    __slots__ = (
        "authorization",
        "body",
        "disconnected",
        "host",
        "keep_alive",
        "line",
        "method",
        "response_complete",
        "url",
    )
    message_event: Final = _NobodyWaits()
    more_body: Final = False

    def __init__(self, line: "Line", method: bytes, url: bytes, host: bytes, authorization: bytes) -> None:
        self.line, self.method, self.url = line, method, url
        self.host, self.authorization = host, authorization
        self.body = b""
        self.response_complete = self.disconnected = False
        self.keep_alive = True

    def answer(self, status: int, head: bytes, body: bytes) -> None:
        """`head` is the answer's own header lines. Once; nothing happens where the client has gone."""
        self.line.answer(self, status, head, body)


class Line(Protocol):
    """The connection that a request came on."""

    @property
    def address(self) -> str:
        """Of the other end: a proxy's, where there is one."""
        ...

    def answer(self, request: ShortRequest, status: int, head: bytes, body: bytes) -> None: ...


class ShortWay(Protocol):
    """Who takes requests on the short way."""

    def leads(self, method: bytes, url: bytes) -> bool:
        """Whether what is asked for is of the kind that may be taken, as far as its first line says."""
        ...

    def take(self, request: ShortRequest) -> bool:
        """Take a request that is whole: it will be answered. False: it goes the long way, and nothing was done."""
        ...


def plain_head(headers: Headers) -> tuple[bytes, bytes] | None:
    """(Host, Authorization) of a head in which each stands once and nothing is unusual."""
    host = authorization = None
    for name, value in headers:
        if name == b"authorization":
            if authorization is not None:
                return None
            authorization = value
        elif name == b"host":
            host = value
        elif name in UNUSUAL:
            return None
    return None if host is None or authorization is None else (host, authorization)


def header_lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])
