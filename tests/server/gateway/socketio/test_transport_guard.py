"""What a Socket.IO client's WebSocket may send: so much in a time, and what is a packet."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from server.gateway.limits import SessionLimits
from server.gateway.socketio.transport_guard import TransportGuard, counted, is_packet
from tests.fakes import ManualClock
from tests.server.gateway.rig import MemoryWire
from tradeterm.protocol.vocabulary import CloseCode

BOUND = 10_000


class Watched:
    """A guard on a wire in memory."""

    def __init__(self) -> None:
        self.clock, self.wire = ManualClock(), MemoryWire()
        self.guard = TransportGuard(self.wire, SessionLimits(), self.clock.monotonic)  # type: ignore[arg-type]

    def until_closed(self) -> int:
        """How many control frames went through."""
        for count in range(BOUND):
            if self.wire.closed is not None:
                return count
            self.guard.pinged()
        raise AssertionError("there is no bound")

    async def hear(self, message: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        async def receive() -> MutableMapping[str, Any]:
            return message

        return await counted(receive, self.guard)()


def test_too_many_frames_close_the_socket() -> None:
    """Control frames count like messages: they cost as much to read."""
    watched = Watched()
    assert watched.until_closed() > 1
    assert watched.wire.closed is not None
    assert watched.wire.closed[0] == CloseCode.TOO_MANY_MESSAGES


def test_time_lets_more_through() -> None:
    patient, hasty = Watched(), Watched()
    bound = hasty.until_closed()
    for _ in range(3 * bound):
        patient.guard.pinged()
        patient.clock.advance(1.0)
    assert patient.wire.closed is None


async def test_messages_are_counted_and_passed_on() -> None:
    """As they came; what is no message costs nothing."""
    watched = Watched()
    message = {"type": "websocket.receive", "text": "2"}
    assert await watched.hear(message) is message
    for _ in range(BOUND):
        await watched.hear({"type": "websocket.connect"})
    assert watched.wire.closed is None
    for _ in range(BOUND):
        await watched.hear(message)
    assert watched.wire.closed is not None
    assert watched.wire.closed[0] == CloseCode.TOO_MANY_MESSAGES


@pytest.mark.parametrize("text", ["", "x", "²", "bA", "4" + "[" * 60_000], ids=["", "x", "²", "bA", "deep"])
async def test_what_is_no_packet_is_heard_as_the_end(text: str) -> None:
    """engineio would end in a traceback on it; the client is told why."""
    watched = Watched()
    heard = await watched.hear({"type": "websocket.receive", "text": text})
    assert heard == {"type": "websocket.disconnect", "code": CloseCode.MALFORMED}
    assert watched.wire.closed is not None
    assert watched.wire.closed[0] == CloseCode.MALFORMED


@pytest.mark.parametrize("text", ["2", "3probe", "40", '42["subscribe",{"channel":"trading"}]'])
def test_what_a_client_s_library_sends_is_a_packet(text: str) -> None:
    assert is_packet(text)


def test_who_writes_is_told_when_there_is_room_again() -> None:
    """Whoever that is by then; before anybody does, nobody is."""
    watched, told = Watched(), []
    watched.guard.drained()
    watched.guard.on_drained = lambda: told.append("room")
    watched.guard.drained()
    assert told == ["room"]
