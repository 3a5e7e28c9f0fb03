"""One HTTP connection: uvicorn's protocol class, with bounds on the request's head and on what comes after an answer, and
with a short way past ASGI for the plainest requests.

uvicorn bounds neither how large a head is nor how long it takes, nor a body that trickles in while nobody reads it; and
what its parser refuses is answered in a form of its own. Here every refusal has the one shape.
"""

import asyncio
import re
from asyncio import TimerHandle
from math import inf
from typing import Any, Final

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from server.gateway.transport.connections import Connections
from server.gateway.transport.errors import error_body
from server.gateway.transport.short_way import BODY_BYTES, SeenHeads, ShortRequest, ShortWay, header_lines, plain_head
from tradeterm.protocol.vocabulary import ErrorCode

log = structlog.get_logger(__name__)

HEAD_BYTES: Final = 65_536
URL_BYTES: Final = 8_192  # looking through more, or through more headers, costs everybody milliseconds
HEADERS: Final = 200
ONCE: Final = (b"authorization", b"origin", b"content-type")  # of two, each reader takes another
HEAD_S: Final = 10.0
REST_BYTES: Final = 65_536  # of a body that is still coming when its request has been answered
REST_S: Final = 5.0
UNREAD_S: Final = 5.0  # in so many seconds a reader takes
UNREAD_BYTES: Final = 4_096  # so many bytes of an answer that waits, or is no reader
SHORT_S: Final = 0.05  # a body that comes later than that after its head goes the long way
TOO_LONG: Final = 414
TOO_LARGE: Final = 431


_TOO_LARGE: Final = (TOO_LARGE, "the head of the request is too large")


# Whoever offers another protocol may be answered as if they had not; the parser would take what follows for that protocol.
_OTHER_UPGRADE: Final = re.compile(rb"\r\nupgrade(?=:)(?!:[ \t]*websocket[ \t]*\r)", re.IGNORECASE)


def _without_other_upgrades(data: bytes) -> bytes:
    """What comes first on a connection or after a request, with offers to speak something else made unheard."""
    end = data.find(b"\r\n\r\n")
    return data if end < 0 else _OTHER_UPGRADE.sub(b"\r\nx-offers", data[: end + 2]) + data[end + 2 :]


class _Unreadable(Exception):
    """Raised inside the parser, which then stops: the head cannot be taken."""


class GatewayHttp(HttpToolsProtocol):
    """Given to uvicorn as `http=`."""

    def __init__(
        self, *arguments: Any, connections: Connections, short_way: ShortWay | None = None, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._connections = connections
        self._short_way = short_way
        self._seen = SeenHeads(self)
        self._short: ShortRequest | None = None  # whose body is not whole yet
        self._short_timer: TimerHandle | None = None
        self._head_bytes = 0  # of this request, parsed
        self._came_bytes = 0  # of this request's head, parsed or not
        self._in_head = True
        self._head_began = False
        self._rest_bytes = 0
        self._refusal: tuple[int, str] | None = None  # status, sentence
        self._owed: tuple[int, str] | None = None  # the last answer: what came could not be read, and nothing more is
        self._head_timer: TimerHandle | None = None
        self._rest_timer: TimerHandle | None = None
        self._unread_timer: TimerHandle | None = None
        self._silent_since = -inf  # the last answer on the short way, by the loop's clock
        self._always: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")  # uvicorn's headers, and as they are written

    # ------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if self._connections.admit(transport, self.address):
            self._await_head()
            return
        self._answer_and_close(429, "there are too many connections; close some, or wait", ErrorCode.RATE_LIMITED)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.gone(self.transport)
        self._head_came()
        self._rest_came()
        if self._unread_timer is not None:
            self._unread_timer.cancel()
        self._short_came()
        self._unset_keepalive_if_required()  # uvicorn forgets to where the other end has cut the line
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn never keeps it
        """The client says no more: what it asked for before is answered, and that is the end of the connection. TLS has no
        way to be closed on one side alone."""
        is_whole = self._in_head and not self._head_began
        if self.scheme == "https" or self.transport.is_closing():
            return False
        if self._owed is None and self._owes_answers():
            if is_whole:
                self.cycle.keep_alive = False
            else:
                self._head_came()
                self._owed = (400, "the request ended before it was whole")
            return True
        return self._owed is not None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._see_it_read()

    def timeout_keep_alive_handler(self) -> None:
        """The short way lets the timer of a silent connection run on, which costs less than to set it anew with each request:
        here is found out whether there was silence."""
        self.timeout_keep_alive_task = None
        if isinstance(self.cycle, ShortRequest) and not self.cycle.response_complete:
            return  # set again when it is answered
        silent_s = self.loop.time() - self._silent_since
        if silent_s < self.timeout_keep_alive:
            self._await_request(self.timeout_keep_alive - silent_s)
            return
        super().timeout_keep_alive_handler()
        self._see_it_read()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing() or self._owed is not None:
            return
        is_new = self._in_head and not self._came_bytes
        if is_new and self._took_seen(data):
            return
        came, before = data, self.cycle
        if self._in_head:
            data = data if self._head_began else _without_other_upgrades(data)
            self._came_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self._owed is not None:
            return
        if self._in_head and self._came_bytes > HEAD_BYTES:
            self._refusal = _TOO_LARGE
            self.send_400_response("")
        elif self._head_began:
            self._await_head()
        elif self._short is not None and self._short_timer is None:
            self._short_timer = self.loop.call_later(SHORT_S, self._leave_short_way, self._short)
        elif is_new and self.cycle is not before and isinstance(self.cycle, ShortRequest):
            self._seen.note(came, self.cycle)

    def send_400_response(self, msg: str) -> None:
        """The parser could not go on: said in the one shape of errors, behind the answers to the requests before it."""
        self._owed = self._refusal or (400, "the request cannot be read as HTTP")
        self._refuse(self._owed[1])
        if not self._owes_answers():
            self._answer_and_close(*self._owed)

    def _owes_answers(self) -> bool:
        """Whether requests before the one that cannot be read are still to be answered; it is never carried out itself."""
        if self._in_head:
            return self.cycle is not None and not self.cycle.response_complete
        if self.pipeline and self.pipeline[0][0] is self.cycle:
            self.pipeline.popleft()
            return True
        return False

    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if is_last and self._owed is not None and not self.transport.is_closing():
            self._answer_and_close(*self._owed)
        if self.transport.is_closing():
            self._see_it_read()
            return
        if not self._in_head and self.cycle.response_complete and self.cycle.more_body:
            self._rest_timer = self.loop.call_later(REST_S, self._give_up, "the rest of the body did not come in time")
        if self.timeout_keep_alive_task is not None:
            self._connections.waits(self.transport)

    # ------------------------------------------------------------ what the parser tells

    def on_message_begin(self) -> None:
        """What uvicorn makes here is made when it is needed: see `_go_long_way`."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._head_bytes = self._rest_bytes = 0
        self._head_began = True

    def on_url(self, url: bytes) -> None:
        self._head_bytes += len(url)
        if self._head_bytes > URL_BYTES:
            self._stop_parsing(TOO_LONG, "the address asked for is too long")
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes > HEAD_BYTES or len(self.headers) >= HEADERS:
            self._stop_parsing(*_TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_came()
        is_old = self.parser.get_http_version() != "1.1"
        self._look_at_head(is_old=is_old)
        self._in_head = self._head_began = False
        self._short = None if is_old else self._short_request()
        if self._short is None:
            self._go_long_way()
        else:
            self.cycle = self._short  # type: ignore[assignment]  # to uvicorn it is one

    def _look_at_head(self, *, is_old: bool) -> None:
        """Stop at one that is not sure to mean the same to whoever stands before us."""
        names = [name for name, _ in self.headers]
        if len({*names}) < len(names) and any(names.count(name) > 1 for name in ONCE):
            self._stop_parsing(400, "a request has one Authorization, one Origin and one Content-Type")
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or not (hosts or is_old):
            self._stop_parsing(400, "a request has one Host")
        if _authority(self.url) not in (b"", *(host.lower() for host in hosts)):
            self._stop_parsing(400, "the address asked for is another than the Host")
        if not self.parser.should_upgrade():
            return
        if not self._should_upgrade():
            self._stop_parsing(400, "nothing but a WebSocket is upgraded to")
        if is_old or any(map(_brings_a_body, self.headers)):
            self._stop_parsing(400, "a handshake is of HTTP/1.1, and has no body")
        if self._owes_answers():
            self._stop_parsing(400, "a handshake waits for the answers to the requests before it")

    def _stop_parsing(self, status: int, why: str) -> None:
        self._refusal = (status, why)
        raise _Unreadable(why)

    def on_body(self, body: bytes) -> None:
        if self._short is not None:
            self._short.body += body
            if len(self._short.body) > BODY_BYTES:
                self._leave_short_way(self._short)
            return
        if self.cycle is not None and self.cycle.response_complete:
            self._rest_bytes += len(body)
            if self._rest_bytes > REST_BYTES:
                self._give_up("the body goes on after its answer")
        super().on_body(body)

    def on_message_complete(self) -> None:
        # Only now: who sends a body slowly, or never all of it, gives way as who says nothing does.
        if self.cycle is None or not self.cycle.response_complete:
            self._connections.works(self.transport)
        short, self._short = self._short, None
        self._short_came()
        if short is not None and self._short_way is not None and self._short_way.take(short):
            self._in_head, self._came_bytes = True, 0
            return
        if short is not None:
            self._leave_short_way(short)
        super().on_message_complete()
        if self.cycle is not None:
            self.cycle.more_body = False
        self._rest_came()
        self._in_head, self._came_bytes = True, 0

    # ------------------------------------------------------------ the short way, and the long one

    def _took_seen(self, data: bytes) -> bool:
        """Whether what came is one plain request, with header lines that were parsed before, and went the short way."""
        way, before = self._short_way, self.cycle
        if way is None or self.flow.write_paused or not (before is None or before.response_complete):
            return False
        short = self._seen.request(data)
        if short is None or not way.leads(short.method, short.url):
            return False
        self._connections.works(self.transport)
        self.cycle = short  # type: ignore[assignment]  # to uvicorn it is one
        if not way.take(short):
            self.cycle = before
            return False
        return True

    def _short_request(self) -> ShortRequest | None:
        """The request whose head has come, if it may go the short way as far as can be seen by now."""
        way, method = self._short_way, self.parser.get_method()
        if way is None or not way.leads(method, self.url) or self.flow.write_paused:
            return None
        if self.cycle is not None and not self.cycle.response_complete:
            return None  # one that waits for another's answer
        head = plain_head(self.headers)
        if head is None or not self.parser.should_keep_alive():
            return None
        return ShortRequest(self, method, self.url, *head)

    def _go_long_way(self) -> None:
        """Let uvicorn have the request, as if it had heard of it all along."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)  # which its scope holds
        super().on_headers_complete()

    def _leave_short_way(self, short: ShortRequest) -> None:
        self._short = None
        self._short_came()
        self.cycle = None  # type: ignore[assignment]  # there is no request under way, as before the first one
        self._go_long_way()
        if not short.keep_alive:
            self.cycle.keep_alive = False
        if short.body:
            super().on_body(short.body)

    def _short_came(self) -> None:
        if self._short_timer is not None:
            self._short_timer.cancel()
            self._short_timer = None

    def answer(self, request: ShortRequest, status: int, head: bytes, body: bytes) -> None:
        """Write the whole answer to a request that went the short way; nothing where its client has gone."""
        if request.disconnected or request.response_complete or self.transport.is_closing():
            return
        request.response_complete = True
        end = b"\r\n" if request.keep_alive else b"connection: close\r\n\r\n"
        self.transport.write(b"".join((STATUS_LINE[status], self._always_said(), head, end, body)))
        if not request.keep_alive:
            self.transport.close()
        if self.pipeline or self._owed is not None or self.transport.is_closing():
            self.on_response_complete()
        else:
            self._short_answered()

    def lose(self, request: ShortRequest) -> None:
        if not request.response_complete:
            self._give_up("the answer could not be given")

    def _always_said(self) -> bytes:
        """The lines of every answer, written anew when uvicorn has made new headers: once a second."""
        headers = self.server_state.default_headers
        if self._always[0] is not headers:
            self._always = headers, header_lines(headers)
        return self._always[1]

    def _short_answered(self) -> None:
        """What `on_response_complete` does, where nothing came behind the request."""
        self.server_state.total_requests += 1
        self._connections.waits(self.transport)
        self._silent_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._await_request(self.timeout_keep_alive)

    def _await_request(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    # ------------------------------------------------------------ time, and refusals

    @property
    def address(self) -> str:
        return self.client[0] if self.client else ""

    def _await_head(self) -> None:
        if self._head_timer is None:
            why = "the head of the request did not come in time"
            self._head_timer = self.loop.call_later(HEAD_S, self._give_up, why)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _rest_came(self) -> None:
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None

    def _see_it_read(self) -> None:
        """What was answered and is not taken holds memory and a place: who takes next to none of it is cut off."""
        if self._unread_timer is None:
            unread = self.transport.get_write_buffer_size()
            self._unread_timer = self.loop.call_later(UNREAD_S, self._is_it_read, unread)

    def _is_it_read(self, before: int) -> None:
        self._unread_timer = None
        unread = self.transport.get_write_buffer_size()
        if unread and unread > before - UNREAD_BYTES:
            self._give_up("the answer is not read")
        elif unread:
            self._see_it_read()

    def _give_up(self, why: str) -> None:
        self._refuse(why)
        self.transport.abort()

    def _refuse(self, why: str) -> None:
        self._head_came()
        log.info("request_refused", why=why, address=self.address)

    def _answer_and_close(self, status: int, why: str, code: str = ErrorCode.MALFORMED) -> None:
        body = error_body(code, why)
        always = b"".join(b"%b: %b\r\n" % header for header in self.server_state.default_headers)
        head = always + b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()
        self._see_it_read()


def _brings_a_body(header: tuple[bytes, bytes]) -> bool:
    name, value = header
    return name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0")


def _authority(url: bytes) -> bytes:
    """The host and port in an address that is given whole; empty for a path."""
    scheme, found, rest = url.partition(b"://")
    return rest.partition(b"/")[0].partition(b"?")[0].lower() if found and b"/" not in scheme else b""
