"""A connection of the gateway without a socket: bytes in, and what was written; the application, the parser, and uvicorn
are the real ones.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn import Config
from uvicorn.server import ServerState

from server.gateway.app import Gateway
from server.web import NO_SNIFFING
from tests.builders import CountedIds
from tests.server.gateway.rest.rig import Rig

PATIENCE = 2_000_000  # turns of the loop


class MemoryTransport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.reading = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.7", 4321), "sockname": ("127.0.0.1", 80)}.get(name, default)

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class MemoryLine:
    """One connection to a gateway made of a rig."""

    def __init__(self, rig: Rig, *, short: bool = True) -> None:
        """Without `short`, everything goes the long way."""
        gateway = Gateway(rig.app, rig.services, CountedIds(), rig.hub)
        options = gateway.uvicorn_options()
        config = Config(
            gateway, **options, loop="none", lifespan="off", log_config=None, access_log=False, headers=[NO_SNIFFING]
        )
        config.load()
        self.state = ServerState()
        self.state.default_headers = [(name.encode(), value.encode()) for name, value in [NO_SNIFFING]]
        make: Callable[..., Any] = options["http"]
        self.protocol = make(config, self.state, {}, **({} if short else {"short_way": None}))
        self.transport = MemoryTransport()
        self.protocol.connection_made(self.transport)

    def say(self, data: bytes) -> None:
        self.protocol.data_received(data)

    async def answered(self, answers: int = 1) -> bytes:
        """What was written, once so many answers are whole; what was written is then forgotten."""
        for _ in range(PATIENCE):
            if self.transport.closed or _are_whole(self.transport.written, answers):
                break
            await asyncio.sleep(0)
        written, self.transport.written = self.transport.written, b""
        return written

    async def ask(self, data: bytes) -> bytes:
        self.say(data)
        return await self.answered()


def _are_whole(written: bytes, answers: int) -> bool:
    for _ in range(answers):
        head, found, rest = written.partition(b"\r\n\r\n")
        if not found:
            return False
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(rest) < int(length or 0):
            return False
        written = rest[int(length or 0) :]
    return True


def request(method: str, path: str, token: str, body: bytes = b"", *headers: str) -> bytes:
    """A request as most clients write it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
