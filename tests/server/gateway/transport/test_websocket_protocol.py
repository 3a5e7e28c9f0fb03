"""A WebSocket as a wire, without a socket: bytes of a real client's protocol in, and what that client makes of the answers."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from server.gateway.transport import websocket_protocol
from server.gateway.transport.asgi import Receive, Scope, Send, refuse
from server.gateway.transport.connections import Connections
from server.gateway.transport.frames import plain_text, text_frame
from server.gateway.transport.websocket_protocol import EXTENSION, MAX_REASON, GatewaySocket
from tests.eventually import in_time, turns
from tests.server.gateway.transport.lines import MemoryTransport
from tradeterm.protocol.vocabulary import CloseCode


class Ear:
    """Whom the wire tells of what comes."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pinged(self) -> None:
        self.told.append("pinged")

    def drained(self) -> None:
        self.told.append("drained")

    def failed(self, code: int, reason: str) -> None:
        self.told.append(f"failed {code}")


class Line:
    """A client and the wire that the server has for it; `heard` is what went to the app."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]] | None = None) -> None:
        config = Config(app or self._app, interface="asgi3", ws_ping_interval=None, log_config=None)
        config.load()
        self.connections = Connections(0, 0, 1_000)
        self.wire = GatewaySocket(config, ServerState(), {}, connections=self.connections)
        self.wire.listener = self.ear = Ear()
        self.transport = MemoryTransport()
        self.client = ClientProtocol(parse_uri("ws://127.0.0.1/"))
        self.heard: list[Any] = []
        self.events: list[Any] = []

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        assert scope["extensions"][EXTENSION]["wire"] is self.wire
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            self.heard.append(message.get("text") or message.get("bytes"))

    async def open(self) -> None:
        self.wire.connection_made(self.transport)
        self.client.send_request(self.client.connect())
        self.say()
        await in_time(lambda: self.transport.written)
        self.read()
        await turns()

    def say(self) -> None:
        """What the client has to say goes to the server."""
        for data in self.client.data_to_send():
            if data:
                self.wire.data_received(data)

    @property
    def closed(self) -> tuple[int, str] | None:
        """How the server closed, as the client was told."""
        told = self.client.close_rcvd
        return None if told is None else (told.code, told.reason)

    def read(self) -> list[Frame]:
        """What the client got since the last time."""
        written, self.transport.written = self.transport.written, b""
        self.client.receive_data(written)
        return [one for one in self.client.events_received() if isinstance(one, Frame)]


@pytest.fixture
async def line() -> Line:
    made = Line()
    await made.open()
    return made


async def test_texts_are_heard_at_once_where_somebody_hears_and_else_by_the_app(line: Line) -> None:
    """One that came before anybody listened is not overtaken by the next."""
    at_once: list[str] = []
    line.client.send_text(b"first")
    line.say()
    line.wire.on_text = at_once.append
    line.client.send_text(b"second")
    line.say()
    assert at_once == []
    await turns()
    assert line.heard == ["first", "second"]
    line.client.send_text("dritté".encode())
    line.client.send_binary(b"\x00")
    line.say()
    await turns()
    assert (at_once, line.heard[2:]) == (["dritté"], [b"\x00"])


async def test_a_text_that_is_none_ends_the_line_with_a_word(line: Line) -> None:
    """Nobody hears of its contents; what still comes is thrown away."""
    at_once: list[str] = []
    line.wire.on_text = at_once.append
    line.client.send_text(b"\xff\xfe")
    line.client.send_text(b"later")
    line.say()
    (closing,) = line.read()
    assert (closing.opcode, line.closed) == (Opcode.CLOSE, (1007, "a text frame is UTF-8"))
    assert (line.ear.told, at_once, line.wire.ready) == (["failed 1007"], [], False)
    await turns()
    assert line.heard == []


def some_frames(chance: Random) -> bytes:
    """What a client may say, mostly texts of every length; now and then what nobody may."""
    data = (
        chance.randbytes(3) if chance.random() < 0.003 else b"x\xc3\xa9" * chance.choice((0, 1, 41, 42, 43, 300, 500))
    )
    kinds = Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.CONT
    (opcode,) = chance.choices(kinds, (100, 5, 10, 0.3))
    is_whole = opcode is not Opcode.TEXT or chance.random() < 0.95
    frame = Frame(opcode, data[:99] if opcode is Opcode.PING else data, fin=is_whole)
    said = frame.serialize(mask=chance.random() < 0.998)
    if not is_whole:
        said += Frame(Opcode.CONT, data).serialize(mask=True)
    if chance.random() < 0.01:
        said = (
            said[:1] + bytes((0xFF, *[0] * 6, 0, 9)) + chance.randbytes(4) + said[2:11]
        )  # a size longer than it must be
    return said


async def test_texts_read_without_the_library_are_those_that_it_would_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes, however it is cut: the same is heard in the same order, and the same is answered."""
    chance, quick = Random(5), list[int]()

    def counted(data: bytes, at: int, longest: int) -> tuple[str, int] | None:
        found = plain_text(data, at, longest)
        quick.append(found is not None)
        return found

    for _ in range(60):
        pieces = [b"".join(some_frames(chance) for _ in range(chance.choice((1, 1, 2, 5)))) for _ in range(40)]
        if chance.random() < 0.5:
            pieces = [
                part for one in pieces for at in [chance.randrange(len(one))] for part in (one[:at], one[at:]) if part
            ]
        outcomes = []
        for plain in (counted, lambda *_: None):
            monkeypatch.setattr(websocket_protocol, "plain_text", plain)
            line, texts = Line(), list[str]()
            await line.open()
            line.wire.on_text = texts.append
            for piece in pieces:
                line.wire.data_received(piece)
            await turns()
            outcomes.append((texts, line.heard, line.ear.told, line.transport.written, line.transport.closed))
            line.wire.connection_lost(None)
            await turns()
        # What comes at once with something wrong behind it the library lets go of, and nobody hears it.
        sooner, later = (one[0] for one in outcomes)
        assert sooner[: len(later)] == later
        assert sooner == later or outcomes[0][2]
        assert outcomes[0][1:] == outcomes[1][1:]
    assert sum(quick) > 300


async def test_a_write_is_refused_while_the_reader_is_behind(line: Line) -> None:
    """And the listener hears when it takes more; the last word is written all the same."""
    assert line.wire.write(text_frame(b"one"))
    line.wire.pause_writing()
    assert not line.wire.write(text_frame(b"two"))
    line.wire.write_last(text_frame(b"three"))
    line.wire.resume_writing()
    assert line.ear.told == ["drained"]
    assert line.wire.write(text_frame(b"four"))
    assert [bytes(one.data) for one in line.read()] == [b"one", b"three", b"four"]


async def test_a_ping_is_a_sign_of_life_and_answered_where_the_answer_is_read(line: Line) -> None:
    """Who pings and does not read fills no memory with pongs."""
    line.client.send_ping(b"a")
    line.client.send_pong(b"b")
    line.say()
    assert [(one.opcode, bytes(one.data)) for one in line.read()] == [(Opcode.PONG, b"a")]
    line.wire.pause_writing()
    for _ in range(100):
        line.client.send_ping(b"c" * 100)
    line.say()
    assert line.read() == []
    assert line.ear.told == ["pinged"] * 102


@pytest.mark.parametrize("reason", ["x" * 500, "ü" * 500, "a" + "→" * 500], ids=["one byte", "two", "three"])
async def test_a_close_has_a_reason_that_fits_in_its_frame(line: Line, reason: str) -> None:
    """Cut between two characters; and it is said once, whoever closes again."""
    line.wire.close(CloseCode.SLOW, reason)
    line.wire.close(CloseCode.STOPPING, "again")
    line.wire.write_last(text_frame(b"after"))
    (closing,) = line.read()
    assert closing.opcode is Opcode.CLOSE
    assert line.closed is not None
    code, said = line.closed
    assert code == CloseCode.SLOW
    assert reason.startswith(said)
    assert MAX_REASON - 3 < len(said.encode()) <= MAX_REASON
    assert not line.wire.write(text_frame(b"late"))


async def test_who_does_not_answer_a_close_is_cut_off(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """And who closes first is let go of when they have read what was on its way, or after the same time."""
    timed: list[float] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(line.wire, "loop", Timing(loop, timed))
    line.wire.close(CloseCode.SLOW, "behind")
    assert timed == [websocket_protocol.ABORT_AFTER_S]
    assert line.transport.closed


class Timing:
    """A loop whose timers are over at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timed: list[float]) -> None:
        self._loop, self._timed = loop, timed

    def call_later(self, delay: float, callback: Callable[..., object], *arguments: Any) -> asyncio.TimerHandle:
        self._timed.append(delay)
        callback(*arguments)
        return self._loop.call_later(0, lambda: None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


async def test_a_client_that_closes_is_answered_and_takes_nothing_more(line: Line) -> None:
    line.client.send_close(1000)
    line.say()
    assert [one.opcode for one in line.read()] == [Opcode.CLOSE]
    assert not line.wire.write(text_frame(b"late"))
    assert line.ear.told == []


async def test_a_server_that_stops_says_so_to_who_is_connected(line: Line) -> None:
    line.wire.shutdown()
    line.read()
    assert line.closed == (CloseCode.STOPPING, "the server is stopping")


async def test_only_an_accepted_handshake_is_a_socket() -> None:
    """One that was refused is answered whole, in the one shape, and its place is free again."""

    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await refuse(send, 403)

    accepted, refused = Line(), Line(refusing)
    for line in (accepted, refused):
        line.connections.admit(line.transport, "192.0.2.1")
    await accepted.open()
    refused.wire.connection_made(refused.transport)
    refused.client.send_request(refused.client.connect())
    refused.say()
    await in_time(lambda: b"FORBIDDEN" in refused.transport.written)
    assert refused.transport.written.startswith(b"HTTP/1.1 403")
    assert (accepted.wire.ready, refused.wire.ready) == (True, False)
    for line in (accepted, refused):
        line.wire.connection_lost(None)
        assert len(line.connections) == 0


async def test_a_handshake_that_is_none_is_refused_in_our_words() -> None:
    """The library's own name its versions and its classes."""
    line = Line()
    line.wire.connection_made(line.transport)
    line.wire.data_received(
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 1\r\n\r\n"
    )
    await turns()
    assert line.transport.written.startswith(b"HTTP/1.1 4")
    assert b'"code":' in line.transport.written
    assert b"Sec-WebSocket-Key" not in line.transport.written
