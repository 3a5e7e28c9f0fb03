"""A Socket.IO session as a wire: through its queue while it polls, and past it once the upgrade is through."""

from collections.abc import Iterator

import pytest
from engineio import AsyncServer
from engineio.async_socket import AsyncSocket

from server.gateway.socketio.engineio_wire import QUEUE_BYTES, EngineIoWire, payloads
from server.gateway.transport.frames import text_frame
from tests.eventually import turns
from tests.server.gateway.rig import MemoryWire
from tests.server.gateway.socketio.polls import HERE

ONE, TWO = text_frame(b'42["one"]'), text_frame(b'42["two"]')


class Session:
    """engineio's session, its wire, and the socket that it is upgraded to."""

    def __init__(self) -> None:
        self.engine = AsyncSocket(AsyncServer(async_mode="asgi"), "a session")
        self.socket, self.drained = MemoryWire(), 0
        self.wire = EngineIoWire(self.engine, HERE, lambda: self.socket, self._told)  # type: ignore[arg-type, return-value]

    def _told(self) -> None:
        self.drained += 1

    def leave_queue(self, *, to_poll: bool) -> Iterator[str]:
        """What engineio's writer takes, and where to."""
        while not self.engine.queue.empty():
            yield self.engine.queue.get_nowait().encode(b64=to_poll)


@pytest.fixture
async def session() -> Session:
    return Session()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 200_000])
def test_payloads_come_out_of_frames_as_they_went_in(size: int) -> None:
    """Of each of the three lengths that a frame can have."""
    first, second = b"4" + b"x" * size, b"4y"
    assert [*payloads(text_frame(first) + text_frame(second))] == [first, second]


async def test_before_an_upgrade_messages_wait_for_a_poll(session: Session) -> None:
    assert session.wire.write(ONE + TWO)
    assert session.wire.kind == "socketio-polling"
    assert [*session.leave_queue(to_poll=True)] == ['42["one"]', '42["two"]']
    assert session.socket.written == []


MANY = [f'42["{number}"]' for number in range(100)]


async def test_a_poll_takes_no_more_packets_than_every_client_takes(session: Session) -> None:
    """Python's clients break off at more than sixteen; the others follow with the next polls, in their order."""
    assert session.wire.write(b"".join(text_frame(one.encode()) for one in MANY))
    heard: list[str] = []
    while len(heard) < len(MANY):
        taken = [*session.leave_queue(to_poll=True)]
        assert 0 < len(taken) <= 12
        heard += taken
        await turns(2)
    assert heard == MANY
    assert session.wire.ready


@pytest.mark.parametrize("is_closed", [False, True])
async def test_what_waits_for_a_poll_goes_out_with_the_upgrade_and_before_the_end(
    session: Session, is_closed: bool
) -> None:
    assert session.wire.write(b"".join(text_frame(one.encode()) for one in MANY))
    if is_closed:
        session.wire.close(4000, "stopping")
        await turns(3)
    else:
        session.engine.upgraded = True
        assert not session.wire.ready
    assert [*session.leave_queue(to_poll=is_closed)] == [*MANY, "1" if is_closed else "6"]


async def test_who_was_refused_is_told_when_there_is_room(session: Session) -> None:
    """Once; who was refused nothing is told nothing."""
    big = text_frame(b"4" + b"x" * QUEUE_BYTES)
    assert session.wire.write(big)
    assert not session.wire.write(ONE)
    [*session.leave_queue(to_poll=True)]
    await turns(3)
    assert (session.wire.ready, session.drained) == (True, 1)
    assert session.wire.write(ONE)
    [*session.leave_queue(to_poll=True)]
    await turns(3)
    assert session.drained == 1


async def test_after_an_upgrade_nothing_overtakes_what_was_queued(session: Session) -> None:
    """It is refused until the queue's last packet has left for the socket; from then on it goes past the queue."""
    assert session.wire.write(ONE)
    session.engine.upgraded = True
    assert not session.wire.write(TWO)
    assert session.socket.written == []
    left = [*session.leave_queue(to_poll=False)]
    assert left[0] == '42["one"]'
    await turns(3)
    assert session.drained >= 1
    assert session.wire.write(TWO)
    assert session.socket.written == [b'42["two"]']
    assert session.engine.queue.empty()
    assert session.wire.kind == "socketio-websocket"


async def test_a_poll_that_still_waited_does_not_end_the_queue(session: Session) -> None:
    """It took the mark: the socket's writer has not come to it yet."""
    session.engine.upgraded = True
    assert not session.wire.write(ONE)
    [*session.leave_queue(to_poll=True)]
    assert not session.wire.write(ONE)
    [*session.leave_queue(to_poll=False)]
    assert session.wire.write(ONE)
    assert session.socket.written == [b'42["one"]']


async def test_closing_goes_to_the_socket_once_there_is_one(session: Session) -> None:
    """With its code, which a poll has no word for."""
    session.engine.upgraded = True
    session.wire.close(4009, "the reader is behind")
    assert session.socket.closed == (4009, "the reader is behind")
