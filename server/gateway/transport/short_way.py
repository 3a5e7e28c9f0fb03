"""A way past ASGI for what comes in thousands: a request that is recognised by its head, and answered by a call.

It saves a scope, a task, a future and a dozen calls. It is a shortcut, never a second opinion: what is not certainly
plain goes the long way, and is answered there in its words.
"""

from collections.abc import Iterable
from typing import Final, Protocol

Headers = Iterable[tuple[bytes, bytes]]
BODY_BYTES: Final = 4_096  # no plain body is longer
SEEN: Final = 4  # kinds of header lines a connection: the lengths of a client's bodies are few
SEEN_BYTES: Final = 2_048
# What makes a request unusual, whatever it says: a page of another origin, a body that waits to be asked for.
UNUSUAL: Final = frozenset({b"origin", b"expect", b"upgrade", b"transfer-encoding", b"content-encoding"})


class _NobodyWaits:
    def set(self) -> None:
        """Nobody waits for messages of a request that is whole."""


class ShortRequest:
    """A request on the short way. To uvicorn it is what its `RequestResponseCycle` is: the request under way."""

    __slots__ = (
        "body",
        "disconnected",
        "host",
        "keep_alive",
        "line",
        "method",
        "response_complete",
        "token",
        "url",
    )
    message_event: Final = _NobodyWaits()
    more_body: Final = False

    def __init__(self, line: "Line", method: bytes, url: bytes, host: bytes, token: str) -> None:
        """`token` is what the request shows to be signed in."""
        self.line, self.method, self.url = line, method, url
        self.host, self.token = host, token
        self.body = b""
        self.response_complete = self.disconnected = False
        self.keep_alive = True

    def answer(self, status: int, head: bytes, body: bytes) -> None:
        """`head` is the answer's own header lines. Once; nothing happens where the client has gone."""
        self.line.answer(self, status, head, body)


class SeenHeads:
    """Header lines that led one of a connection's requests the short way. The same bytes say the same again: a request that
    has them need not be parsed."""

    __slots__ = ("_line", "_seen")

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._seen: dict[bytes, tuple[bytes, str, int]] = {}  # Host, token, and the body's length

    def note(self, data: bytes, request: ShortRequest) -> None:
        """`data` was all of `request`, or more than that."""
        _, lines, body = _cut(data)
        if lines and body == request.body and len(lines) <= SEEN_BYTES:
            if len(self._seen) >= SEEN:
                self._seen.clear()
            self._seen[lines] = request.host, request.token, len(body)

    def request(self, data: bytes) -> ShortRequest | None:
        """The one request that `data` is, where it begins a request and its header lines were seen."""
        first, lines, body = _cut(data)
        seen = self._seen.get(lines)
        if seen is None:
            return None
        host, token, length = seen
        words = first.split(b" ")
        if len(body) != length or len(words) != 3 or words[2] != b"HTTP/1.1":
            return None
        found = ShortRequest(self._line, words[0], words[1], host, token)
        found.body = body
        return found


def _cut(data: bytes) -> tuple[bytes, bytes, bytes]:
    """What comes at once, taken for one request: its first line, its header lines, and its body if that is all that follows.
    A head that does not end here has no lines."""
    head, end, body = data.partition(b"\r\n\r\n")
    first, _, lines = head.partition(b"\r\n")
    return first, lines if end else b"", body


class Line(Protocol):
    """The connection that a request came on."""

    @property
    def address(self) -> str:
        """Of the other end: a proxy's, where there is one."""
        ...

    def answer(self, request: ShortRequest, status: int, head: bytes, body: bytes) -> None: ...

    def lose(self, request: ShortRequest) -> None:
        """It will have no answer: cut the connection, or its client would wait for ever."""
        ...


class ShortWay(Protocol):
    """Who takes requests on the short way."""

    def leads(self, method: bytes, url: bytes) -> bool:
        """Whether what is asked for is of the kind that may be taken, as far as its first line says."""
        ...

    def take(self, request: ShortRequest) -> bool:
        """Take a request that is whole: it will be answered. False: it goes the long way, and nothing was done."""
        ...


def plain_head(headers: Headers) -> tuple[bytes, str] | None:
    """(Host, token) of a head in which each stands once and nothing is unusual."""
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
    if host is None or authorization is None:
        return None
    kind, _, token = authorization.decode("latin-1").partition(" ")
    return (host, token.strip()) if kind == "Bearer" else None


def header_lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])
