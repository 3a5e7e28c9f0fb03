"""Bytes that are no WebSocket: closed with the right code, said in the log, and nobody else notices."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.e2e.bystanders import logged, unharmed
from tests.e2e.rawlines import handshake, masked, raw_line
from tests.e2e.servers import Server, Trader, running

PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1002, 1007, 1009
MALFORMED = 4501


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(
        tmp_path_factory.mktemp("garbage"), users=("ann", "bob"), TRADETERM_LIMITS__SOCKETS_PER_MIN="0"
    ) as started:
        yield started


@pytest.fixture(scope="module")
def ann(server: Server) -> Trader:
    return server.sign_in("ann")


@pytest.fixture(scope="module")
def bob(server: Server) -> Trader:
    return server.sign_in("bob")


FRAMES = {
    "unmasked": (b'\x81\x05{"a":', PROTOCOL_ERROR),
    "reserved-bit": (masked(b"{}", 0xC1), PROTOCOL_ERROR),
    "reserved-opcode": (masked(b"{}", 0x83), PROTOCOL_ERROR),
    "zeros": (bytes(4096), PROTOCOL_ERROR),
    "random": (b"\x8f" + Random(5).randbytes(4096), PROTOCOL_ERROR),
    "http": (b"GET / HTTP/1.1\r\n\r\n", PROTOCOL_ERROR),
    "long-ping": (masked(b"x" * 126, 0x89), PROTOCOL_ERROR),
    "ping-in-parts": (masked(b"x", 0x09), PROTOCOL_ERROR),
    "part-of-nothing": (masked(b"x", 0x80), PROTOCOL_ERROR),
    "text-within-a-text": (masked(b"{", 0x01) + masked(b"{}"), PROTOCOL_ERROR),
    "close-of-one-byte": (masked(b"x", 0x88), PROTOCOL_ERROR),
    "close-with-a-code-of-nobody": (masked(b"\x03\xed", 0x88), PROTOCOL_ERROR),
    "not-utf8": (masked(b"\xff\xfe"), NOT_UTF8),
    "not-utf8-in-parts": (masked(b"\xe2\x82", 0x01) + masked(b"x", 0x80), NOT_UTF8),
    "four-gigabytes-announced": (b"\x81\xff\x00\x00\x00\x01\x00\x00\x00\x00" + bytes(4), TOO_BIG),
    "parts-without-end": (masked(b"x" * 60_000, 0x01) + masked(b"x" * 60_000, 0x00), TOO_BIG),
    "binary": (masked(b"{}", 0x82), MALFORMED),
    "no-json": (masked(b"garbage"), MALFORMED),
    "no-object": (masked(b"[1,2]"), MALFORMED),
    "deep": (masked(b"[" * 20_000), MALFORMED),
}


@pytest.mark.parametrize("kind", FRAMES)
async def test_garbage_after_the_handshake_closes_with_its_code(
    server: Server, ann: Trader, bob: Trader, kind: str
) -> None:
    """The close frame comes first, with a reason, and the end of the connection soon after it."""
    garbage, code = FRAMES[kind]
    async with unharmed(server, bob), raw_line(server.port) as line:
        await line.upgrade(ann.token)
        await line.say(garbage)
        # Who breaks the protocol is not waited for; who is told by our own code has a moment to answer.
        closed, reason = await line.until_closed(answer=code == MALFORMED)
        assert closed == code
        assert reason
    assert logged(server, "socket_closed", f"code={code}", "user=ann", "address=127.0.0.1")
    assert "Traceback" not in server.log


REQUESTS = {
    "zeros": bytes(4096),
    "random": Random(6).randbytes(4096),
    "endless-header": b"GET /ws HTTP/1.1\r\nX: " + b"x" * 200_000,
    "many-headers": b"GET /ws HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "frames-without-a-handshake": masked(b"{}") * 10,
    "handshake-with-a-bad-key": handshake(None).replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"x"),
    "handshake-of-another-version": handshake(None).replace(b"Version: 13", b"Version: 7"),
}


@pytest.mark.parametrize("kind", REQUESTS)
async def test_garbage_instead_of_a_handshake_ends_the_connection(server: Server, bob: Trader, kind: str) -> None:
    """Refused with an answer of 4xx or none, and the connection is closed; no traceback."""
    async with unharmed(server, bob), raw_line(server.port) as line:
        await line.say(REQUESTS[kind])
        answer = await line.until_end()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:80]
    assert "Traceback" not in server.log
