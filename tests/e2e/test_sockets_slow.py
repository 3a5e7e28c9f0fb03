"""Readers that cannot or will not keep up: closed as slow after ten seconds, whatever is sent to them, and cheap till then."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.bystanders import unharmed, until_logged
from tests.e2e.lines import line
from tests.e2e.rawlines import handshake, masked
from tests.e2e.servers import Server, Trader, running
from tradeterm.protocol.vocabulary import CloseCode


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, users=("ann", "bob")) as started:
        yield started


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
    await loop.sock_sendall(sock, handshake(token))
    await loop.sock_recv(sock, 64)
    await loop.sock_sendall(sock, masked(b'{"op":"subscribe","channel":"trading"}'))


@pytest.mark.slow
@pytest.mark.parametrize("reads", [False, True], ids=["never", "a-byte-a-second"])
async def test_reader_that_stays_behind_is_closed_and_costs_little(server: Server, reads: bool) -> None:
    """4009, and the log says who and why."""
    ann, bob = server.sign_in("ann"), server.sign_in("bob")
    async with unharmed(server, bob):
        with small_receiver(server.port) as sock:
            await raw_websocket(sock, ann.token)
            reading = asyncio.create_task(sip(sock) if reads else asyncio.sleep(0))
            await fill_up(server, ann)
            await until_logged(server, "socket_closed", f"code={int(CloseCode.SLOW)}", "user=ann", "address=127.0.0.1")
            reading.cancel()


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
