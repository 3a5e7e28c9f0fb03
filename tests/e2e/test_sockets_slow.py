"""Readers that cannot or will not keep up: closed as slow after ten seconds, whatever is sent to them, and cheap till then."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.lines import line
from tests.e2e.servers import Server, Trader, running
from tradeterm.protocol.vocabulary import CloseCode

GROWTH_KB = 80_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path) as started:
        yield started


def memory_kb(server: Server) -> int:
    """What the server process has resident."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def logged(server: Server, *words: str) -> bool:
    """Is there a line of the log with all of these words?"""
    return any(all(word in one for word in words) for one in server.log.splitlines())


def small_receiver(port: int) -> socket.socket:
    """A connection whose end takes next to nothing."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    return sock


async def raw_websocket(sock: socket.socket, token: str) -> None:
    """A handshake and a subscription by hand; after that it depends on the caller whether anything is read."""
    loop = asyncio.get_running_loop()
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    await loop.sock_sendall(
        sock,
        f"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nAuthorization: Bearer {token}\r\n\r\n".encode(),
    )
    await loop.sock_recv(sock, 64)
    await loop.sock_sendall(sock, masked(b'{"op":"subscribe","channel":"trading"}'))


def masked(payload: bytes, opcode: int = 0x81) -> bytes:
    """One client frame of up to 64 KiB, with a mask of zeros."""
    size = len(payload)
    head = struct.pack("!BB", opcode, 0x80 | size) if size < 126 else struct.pack("!BBH", opcode, 0x80 | 126, size)
    return head + b"\x00" * 4 + payload


@pytest.mark.slow
@pytest.mark.parametrize("reads", [False, True], ids=["never", "a-byte-a-second"])
async def test_reader_that_stays_behind_is_closed_and_costs_little(server: Server, reads: bool) -> None:
    """4009, and the log says who and why."""
    ann = server.sign_in("ann")
    before = memory_kb(server)
    with small_receiver(server.port) as sock:
        await raw_websocket(sock, ann.token)
        reading = asyncio.create_task(sip(sock) if reads else asyncio.sleep(0))
        await fill_up(server, ann)
        await until_logged(server, "socket_closed", f"code={int(CloseCode.SLOW)}", "user=ann", "address=127.0.0.1")
        reading.cancel()
    assert memory_kb(server) < before + GROWTH_KB


async def sip(sock: socket.socket) -> None:
    while True:
        await asyncio.get_running_loop().sock_recv(sock, 1)
        await asyncio.sleep(1)


async def fill_up(server: Server, trader: Trader) -> None:
    """About two megabytes of events for one account, as fast as its budget of commands allows."""
    async with line(server.url, trader.token) as orders:
        for _ in range(400):
            if (await orders.create("buy", "0.001", "30000.00"))["op"] == "error":
                await asyncio.sleep(0.02)


async def until_logged(server: Server, *words: str) -> None:
    async with asyncio.timeout(30):
        while not logged(server, *words):  # noqa: ASYNC110 - the log is a file of another process
            await asyncio.sleep(0.1)
