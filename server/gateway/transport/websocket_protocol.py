"""One WebSocket connection as a wire: uvicorn's protocol class, with frames written straight to the transport.

Given to uvicorn as `ws=`. It decides nothing about what is said; it only makes sure that a write may be refused and that
no close ever waits for the reader. uvicorn is pinned to the exact version that this was written against.
"""

import asyncio
import contextlib
import socket
from asyncio import TimerHandle
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, Protocol

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.exceptions import InvalidState
from websockets.frames import Frame
from websockets.http11 import Request, Response
from websockets.streams import StreamReader

from server.gateway.transport.connections import Connections
from server.gateway.transport.errors import error_body
from server.gateway.transport.frames import plain_text
from tradeterm.protocol.vocabulary import CloseCode, ErrorCode

EXTENSION: Final = "tradeterm.wire"  # where the endpoint finds the wire in its ASGI scope
ABORT_AFTER_S: Final = 5.0
LINGER_S: Final = 1.0  # for who broke the protocol: long enough to read why
SEND_BUFFER: Final = 256 * 1024  # of the kernel's memory for one reader that does not read
MAX_REASON: Final = 120
NOT_UTF8: Final = 1007
PLAIN_BYTES: Final = 1_024  # no frame that a setting refuses is as short


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _rejected(status: int, text: str) -> Response:
    """The answer to a handshake that is none, in the one shape."""
    body = error_body(ErrorCode.MALFORMED, "this is no handshake of a WebSocket (RFC 6455, version 13)")
    headers = Headers([("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return Response(status, HTTPStatus(status).phrase, headers, body)


def _awaits_frame(parser: Any) -> bool:
    """Whether the library's parser, which has gone as far as it could, has read all frames to their end."""
    frames = parser.gi_yieldfrom
    waiting = None if frames is None else frames.gi_yieldfrom
    return waiting is not None and waiting.gi_code is StreamReader.at_eof.__code__


class WireListener(Protocol):
    """Who is told what only the wire can know."""

    def pinged(self) -> None:
        """A frame came that is no message: a ping, a pong, a part."""
        ...

    def drained(self) -> None: ...

    def failed(self, code: int, reason: str) -> None:
        """The client broke the protocol of WebSocket, and is closed for it."""
        ...


class GatewaySocket(WebSocketsSansIOProtocol):
    """A wire over one connection. `ready` is true while frames may be written."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._connections = connections
        self.listener: WireListener | None = None
        self.on_text: Callable[[str], None] | None = None  # called at once with each text, which then goes no other way
        self.ready = False
        self._is_between_frames = False  # the library's parser, and between messages
        self._abort_timer: TimerHandle | None = None

    # ------------------------------------------------------------ the wire

    @property
    def address(self) -> str:
        return self.client[0] if self.client else ""

    def write(self, data: bytes) -> bool:
        """Write whole frames, in one piece; False when the reader is behind or the socket is closing."""
        if not self.ready:
            return False
        self.transport.write(data)
        return True

    def write_last(self, data: bytes) -> None:
        """Write whole frames before a close, although the reader is behind."""
        if not (self.close_sent or self.disconnected or self.transport.is_closing()):
            self.transport.write(data)

    def close(self, code: int, reason: str) -> None:
        """Write a close frame, let the app go, and cut the connection if the client has not answered in time."""
        if self.close_sent or self.disconnected:
            return
        self.ready = False
        # The client's own close can be on its way already: then there is nothing left to say.
        with contextlib.suppress(InvalidState):
            self.conn.send_close(code, reason.encode()[:MAX_REASON].decode(errors="ignore"))
        self._say_goodbye(code, reason)

    def _say_goodbye(self, code: int, reason: str, patience_s: float = ABORT_AFTER_S) -> None:
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        # uvicorn leaves the transport open while this timer runs, and closes it when the client's close comes.
        self.close_timer = self.loop.call_later(patience_s, self.transport.abort)

    def _abort_later(self) -> None:
        """The transport was closed, but it waits until the reader has taken everything: not for ever."""
        self.ready = False
        if self._abort_timer is None and not self.disconnected:
            self._abort_timer = self.loop.call_later(ABORT_AFTER_S, self.transport.abort)

    # ------------------------------------------------------------ from the client

    def data_received(self, data: bytes) -> None:
        """Plain texts that somebody hears at once are read here: the library's parser costs each of them as much as all that
        becomes of it before the inbox. It never hears of them, so it must be between two frames."""
        at = self._hear_plain_texts(data) if self._is_between_frames else 0
        if at < len(data):
            super().data_received(data[at:])
            self._is_between_frames = self.conn.current_size is None and _awaits_frame(self.conn.parser)

    def _hear_plain_texts(self, data: bytes) -> int:
        """How much of it that was."""
        at = 0
        while at < len(data) and self.on_text is not None and not self.close_sent and self.queue.empty():
            found = plain_text(data, at, PLAIN_BYTES)
            if found is None:
                break
            text, at = found
            self.on_text(text)
        return at

    def handle_connect(self, event: Request) -> None:
        self.conn.reject = _rejected  # type: ignore[method-assign]  # its refusals are the library's words
        super().handle_connect(event)
        if self.close_sent:
            self._abort_later()
            return
        # The app's task was made, but has not run yet.
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[EXTENSION] = {"wire": self}
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def handle_cont(self, event: Frame) -> None:
        self._heard()
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """A text that is no UTF-8 ends the line here: uvicorn would log a traceback for each. One that somebody hears at once
        needs no queue, no task, and no pause of the reading in between."""
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            self.conn.send_close(NOT_UTF8, "a text frame is UTF-8")
            self.handle_parser_exception()
            return
        if self.on_text is None or self.curr_msg_data_type != "text" or self.close_sent or not self.queue.empty():
            super().send_receive_event_to_app()
            return
        text = b"".join(self.frames).decode()
        self.frames = []
        self.on_text(text)

    def handle_ping(self) -> None:
        self._heard()
        if self.writable.is_set() and not self.transport.is_closing():
            super().handle_ping()
        else:
            # A client that pings and does not read must not fill our memory with pongs.
            self.conn.data_to_send()

    def handle_pong(self, event: Frame) -> None:
        self._heard()
        super().handle_pong(event)

    def _heard(self) -> None:
        if self.listener is not None and not self.close_sent:
            self.listener.pinged()

    def handle_close(self, event: Frame) -> None:
        self.ready = False
        super().handle_close(event)
        self._abort_later()

    def handle_parser_exception(self) -> None:
        """The client broke the protocol. What it still sends is thrown away, so that it can read why it was closed."""
        if self.close_sent:
            self.conn.data_to_send()
            return
        assert self.conn.close_sent is not None
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.ready = False
        self._say_goodbye(code, reason, LINGER_S)
        if self.listener is not None:
            self.listener.failed(code, reason)

    # ------------------------------------------------------------ from the transport

    def pause_writing(self) -> None:
        super().pause_writing()
        self.ready = False

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.handshake_complete and not self.close_sent and not self.transport.is_closing():
            self.ready = True
            if self.listener is not None:
                self.listener.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.gone(self.transport)
        self.ready = False
        if self._abort_timer is not None:
            self._abort_timer.cancel()
            self._abort_timer = None
        super().connection_lost(exc)

    # ------------------------------------------------------------ from the app and the server

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close" and self.handshake_complete:
            self.close(message.get("code", 1000), message.get("reason") or "")
            return
        await super().send(message)
        if message["type"] == "websocket.accept" and not self.transport.is_closing():
            self._connections.became_socket(self.transport)
            self.ready = True
        elif self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # answered whole, by a refusal: uvicorn would log each as an error of ours

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self._abort_later()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._abort_later()

    def shutdown(self) -> None:
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
            self.close(CloseCode.STOPPING, "the server is stopping")
        elif not self.close_sent:
            super().shutdown()
        self._abort_later()
