"""A connection that is to speak TLS, from when it is accepted until its handshake is made: counted and bounded from the start.

A loop that is given the certificate to listen with tells nobody of a connection before its handshake is made, and waits a
minute for that: connections that say nothing would be nobody's.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Final

import structlog

from server.gateway.transport.connections import Connections

log = structlog.get_logger(__name__)

HANDSHAKE_S: Final = 10.0
GOODBYE_S: Final = 1.0  # so long a closed connection waits for the other end's good-bye: it still holds a descriptor


class TlsHandshake(asyncio.Protocol):
    """Given to uvicorn as `http=`, in the place of the protocol that goes on where the handshake is made."""

    def __init__(
        self,
        *,
        inside: Callable[..., asyncio.Protocol],
        context: ssl.SSLContext,
        connections: Connections,
        turn: Callable[[str], float] = lambda address: 0.0,
        **named: Any,
    ) -> None:
        """`inside(**named)` makes the protocol that is spoken over TLS; `turn(address)` says how long a handshake of that
        address must wait for its turn."""
        self._inside, self._named = inside, named
        self._context, self._connections, self._turn = context, connections, turn
        self._plain: asyncio.Transport | None = None
        self._early: list[bytes] = []  # what came before somebody was there to take it
        self._is_plain = True  # what comes is the handshake itself
        self._shaking: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self._plain = transport
        transport.pause_reading()
        if not self._connections.admit(transport, self._address):
            transport.abort()  # before the handshake there is no way to say why
            return
        self._shaking = asyncio.get_running_loop().create_task(self._shake(transport))

    def data_received(self, data: bytes) -> None:
        self._early.append(data)
        if self._is_plain and self._plain is not None:
            self._plain.pause_reading()  # once more: uvloop reads on after `connection_made`, whatever that paused

    def connection_lost(self, exc: Exception | None) -> None:
        if self._plain is not None:
            self._connections.gone(self._plain)

    async def _shake(self, plain: asyncio.Transport) -> None:
        try:
            await self._wait(plain)
            loop = asyncio.get_running_loop()
            loop.call_soon(self._pass_on, plain)
            secure = await loop.start_tls(
                *(plain, self, self._context),
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=GOODBYE_S,
            )
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: closed meanwhile, to make room
            log.info("request_refused", why="no TLS handshake", reason=_reason(error), address=self._address)
            plain.abort()
            return
        finally:
            self._connections.gone(plain)
        if secure is not None and not secure.is_closing():
            self._hand_over(secure)

    async def _wait(self, plain: asyncio.Transport) -> None:
        """Who comes too often comes late, and whoever would wait longer than a handshake may take not at all. Raises
        OSError."""
        wait_s = self._turn(self._address)
        if wait_s > HANDSHAKE_S:
            raise TimeoutError
        if wait_s:
            await asyncio.sleep(wait_s)
        if plain.is_closing():
            raise ConnectionAbortedError

    def _pass_on(self, plain: asyncio.Transport) -> None:
        """Give the beginning of the handshake, where it was here before its turn, to whoever makes it. Called once
        `start_tls` has put its protocol there and before it reads on, so nothing comes out of order."""
        shaking: Any = plain.get_protocol()  # of either loop: it takes bytes as a BufferedProtocol does
        if shaking is self:  # it could not begin
            return
        early, self._early, self._is_plain = b"".join(self._early), [], False
        while early:
            buffer = shaking.get_buffer(len(early))
            size = min(len(buffer), len(early))
            buffer[:size] = early[:size]
            shaking.buffer_updated(size)
            early = early[size:]

    def _hand_over(self, secure: asyncio.Transport) -> None:
        protocol = self._inside(**self._named)
        secure.set_protocol(protocol)
        protocol.connection_made(secure)
        for data in self._early:
            protocol.data_received(data)

    @property
    def _address(self) -> str:
        peer = self._plain.get_extra_info("peername") if self._plain is not None else None
        return str(peer[0]) if isinstance(peer, tuple) else ""


def _reason(error: Exception) -> str:
    """In a few words of ours or the library's: nothing that was sent is in it."""
    return (getattr(error, "reason", None) or type(error).__name__).lower().replace("_", " ")
