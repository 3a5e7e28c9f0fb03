"""A connection is counted and bounded from when it is accepted, not from when its TLS handshake is made."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import uvloop

from server.gateway import limits
from server.gateway.limits import GatewayLimits
from server.gateway.transport import tls_handshake
from tests.certificates import make_certificate, needs_openssl
from tests.e2e.rawlines import raw_line
from tests.eventually import PATIENCE_S, in_time
from tests.server.gateway.rest.rig import Rig
from tests.server.gateway.served import Served, served

pytestmark = needs_openssl
LINGER_S = 25.0  # a second is meant, on any machine; TLS by itself waits for thirty


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "server")


@pytest.fixture
def context(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


async def health(server: Served, files: tuple[Path, Path], times: int = 1) -> list[int]:
    """What a client that trusts the certificate is answered on one connection."""
    trust = ssl.create_default_context(cafile=str(files[0]))
    async with httpx.AsyncClient(base_url=server.url, verify=trust, trust_env=False, timeout=PATIENCE_S) as http:
        return [(await http.get("/healthz")).status_code for _ in range(times)]


async def test_connections_that_say_nothing_give_way(context: ssl.SSLContext, files: tuple[Path, Path]) -> None:
    """They count for their address, and keep nobody out who means business."""
    rig = Rig(GatewayLimits(connections_per_address=8))
    async with served(rig, context) as server, AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(raw_line(server.port))
        assert await health(server, files, times=3) == [200] * 3
        assert b'turned_away_total{what="made_room"} 13.0' in rig.services.metrics.text()


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], ids=["nothing", "a beginning"])
async def test_a_handshake_that_does_not_come_is_ended(
    monkeypatch: pytest.MonkeyPatch, context: ssl.SSLContext, sent: bytes
) -> None:
    monkeypatch.setattr(tls_handshake, "HANDSHAKE_S", 0.3)
    rig = Rig()
    async with served(rig, context) as server, raw_line(server.port) as client:
        await client.say(sent)
        await client.until_end()
        await in_time(lambda: b"tradeterm_connections 0.0" in rig.services.metrics.text())


async def test_what_is_no_handshake_is_closed(context: ssl.SSLContext, files: tuple[Path, Path]) -> None:
    """Plain HTTP on a port that speaks TLS; who speaks TLS is served beside it and after it."""
    async with served(Rig(), context) as server, raw_line(server.port) as client:
        await client.say(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"HTTP" not in await client.until_end()
        assert await health(server, files) == [200]


async def test_handshakes_of_an_address_come_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, context: ssl.SSLContext, files: tuple[Path, Path]
) -> None:
    """Each costs everybody a millisecond: a flood waits for its turn, and past a handshake's time it is turned away."""
    monkeypatch.setattr(limits, "HANDSHAKES_AT_ONCE", 2)
    monkeypatch.setattr(limits, "HANDSHAKES_PER_S", 10)
    rig = Rig()
    async with served(rig, context) as server:
        assert await asyncio.gather(*(health(server, files) for _ in range(6))) == [[200]] * 6
        assert rig.limits.handshake("127.0.0.1") == pytest.approx(0.5)
        monkeypatch.setattr(tls_handshake, "HANDSHAKE_S", 0.05)
        with pytest.raises((httpx.ConnectError, httpx.ReadError)):
            await health(server, files)
        rig.clock.advance(1)
        monkeypatch.setattr(tls_handshake, "HANDSHAKE_S", PATIENCE_S)
        assert await health(server, files) == [200]


async def test_a_request_right_behind_the_handshake_is_answered(
    context: ssl.SSLContext, files: tuple[Path, Path]
) -> None:
    """What comes in the same piece as the end of the handshake is not lost: many at once, each on its own connection."""
    async with served(Rig(), context) as server:
        answers = await asyncio.gather(*(health(server, files) for _ in range(20)))
        assert answers == [[200]] * 20


LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}  # the server runs on the second


class EarlyClient:
    """Speaks TLS by hand. It connects, and sends the first `at_once` bytes, before the server's loop has turned once: on
    the very same thread, so it is always so."""

    def __init__(self, port: int, files: tuple[Path, Path], at_once: int | None) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        trust = ssl.create_default_context(cafile=str(files[0]))
        self._secure = trust.wrap_bio(self._in, self._out, server_hostname="127.0.0.1")
        with pytest.raises(ssl.SSLWantReadError):
            self._secure.do_handshake()
        self._hello = self._out.read()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(self._hello[:at_once])
        self._hello = b"" if at_once is None else self._hello[at_once:]
        self._socket.setblocking(False)

    async def shake(self, pieces: int = 65_536) -> None:
        """The rest of the hello in pieces of so many bytes, and the handshake."""
        loop = asyncio.get_running_loop()
        for start in range(0, len(self._hello), pieces):
            await loop.sock_sendall(self._socket, self._hello[start : start + pieces])
            await asyncio.sleep(0)
        while True:
            try:
                self._secure.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._in.write(await loop.sock_recv(self._socket, 65_536))
        await loop.sock_sendall(self._socket, self._out.read())

    async def ask(self, request: bytes) -> bytes:
        """What is answered, as far as it has come with the end of its head."""
        loop, got = asyncio.get_running_loop(), b""
        self._secure.write(request)
        await loop.sock_sendall(self._socket, self._out.read())
        while b"\r\n\r\n" not in got:
            self._in.write(await loop.sock_recv(self._socket, 65_536))
            with contextlib.suppress(ssl.SSLWantReadError):
                got += self._secure.read(65_536)
        return got

    async def until_cut(self) -> None:
        """Take what comes and say nothing, until the other end has closed the connection itself."""
        with contextlib.suppress(ConnectionError):
            while await asyncio.get_running_loop().sock_recv(self._socket, 65_536):
                pass

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("at_once", [None, 1, 100, 0], ids=["whole", "its first byte", "a part", "nothing"])
@pytest.mark.parametrize("turn_s", [0.0, 0.05], ids=["its turn", "waits for its turn"])
def test_a_client_quicker_than_the_server(
    context: ssl.SSLContext,
    files: tuple[Path, Path],
    loop: Callable[[], asyncio.AbstractEventLoop],
    at_once: int | None,
    turn_s: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it sends before somebody is there to make the handshake is part of the handshake."""
    rig = Rig()
    monkeypatch.setattr(rig.limits, "handshake", lambda address: turn_s)

    async def shake() -> bytes:
        async with served(rig, context) as server, asyncio.timeout(PATIENCE_S):
            with contextlib.closing(EarlyClient(server.port, files, at_once)) as client:
                await client.shake(pieces=1)
                return await client.ask(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(shake()).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_who_says_no_good_bye_is_cut_off(
    context: ssl.SSLContext,
    files: tuple[Path, Path],
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """A connection that was closed to make room holds a descriptor for a second at most, not for the half minute that TLS
    is patient."""

    async def linger() -> None:
        rig = Rig(GatewayLimits(connections_per_address=2))
        async with served(rig, context) as server, asyncio.timeout(LINGER_S), AsyncExitStack() as stack:
            clients = []
            for _ in range(3):
                clients.append(EarlyClient(server.port, files, None))
                stack.callback(clients[-1].close)
                await clients[-1].shake()
            await clients[0].until_cut()
            assert b'turned_away_total{what="made_room"} 1.0' in rig.services.metrics.text()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(linger())
