"""A WebSocket by hand, for what no library would send: bytes out, frames in."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.eventually import PATIENCE_S

CLOSE = 0x8


def masked(payload: bytes, head: int = 0x81) -> bytes:
    """One client frame of up to 64 KiB, with a mask of zeros. `head` is its first byte."""
    size = len(payload)
    start = struct.pack("!BB", head, 0x80 | size) if size < 126 else struct.pack("!BBH", head, 0x80 | 126, size)
    return start + b"\x00" * 4 + payload


def handshake(token: str | None) -> bytes:
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{authorization}\r\n"
    ).encode()


@dataclass
class RawLine:
    """An open TCP connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, data: bytes) -> None:
        """Send; that the other end has closed already is no error."""
        with contextlib.suppress(OSError):
            self.writer.write(data)
            await self.writer.drain()

    async def upgrade(self, token: str | None) -> None:
        """The handshake, up to the end of its answer."""
        await self.say(handshake(token))
        async with asyncio.timeout(PATIENCE_S):
            answer = await self.reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload."""
        first, second = await self.reader.readexactly(2)
        size = second
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(size)

    async def until_end(self) -> bytes:
        """Everything up to the end of the connection."""
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionError):
                return await self.reader.read()
        return b""

    async def until_closed(self, *, answer: bool) -> tuple[int, str]:
        """Read to the close frame, answer it or not, and read on to the end of the connection; code and reason."""
        said = (0, "")
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    opcode, payload = await self.frame()
                    if opcode == CLOSE:
                        said = (struct.unpack("!H", payload[:2])[0], payload[2:].decode())
                        if answer:
                            await self.say(masked(payload[:2], 0x80 | CLOSE))
        return said


@contextlib.asynccontextmanager
async def raw_line(port: int) -> AsyncIterator[RawLine]:
    """A connection on loopback, cut at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield RawLine(reader, writer)
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
