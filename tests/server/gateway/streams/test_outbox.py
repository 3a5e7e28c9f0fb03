"""What must not be lost waits in front of a wire that refuses: in its order, up to a size, with nothing overtaking it."""

from hypothesis import given
from hypothesis import strategies as st

from server.gateway.streams.outbox import Outbox
from server.gateway.transport.frames import text_frame
from tests.server.gateway.rig import MemoryWire


class Box:
    """An outbox in front of a wire that the test opens and shuts."""

    def __init__(self, size: int = 1_000) -> None:
        self.wire, self.complaints = MemoryWire(), 0
        self.outbox = Outbox(self.wire, size, self._full)

    def _full(self) -> None:
        self.complaints += 1


@given(st.lists(st.sampled_from(["send", "write", "shut", "open"]), max_size=30))
def test_what_is_sent_comes_once_and_in_order(steps: list[str]) -> None:
    """And what is only written comes, or is refused, and never before what waits."""
    box, taken = Box(10_000), []
    for number, step in enumerate(steps):
        frame = text_frame(b"%d" % number)
        if step == "send":
            box.outbox.send(frame)
            taken.append(b"%d" % number)
        elif step == "write" and box.outbox.write(frame):
            taken.append(b"%d" % number)
        elif step in {"shut", "open"}:
            box.wire.ready = step == "open"
            box.outbox.drain()
        assert box.wire.written == taken[: len(box.wire.written)]
        assert box.outbox.ready is (box.wire.ready and box.wire.written == taken)
    box.wire.ready = True
    assert box.outbox.drain()
    assert box.wire.written == taken


def test_more_than_may_wait_is_said_and_not_lost() -> None:
    """What to do about it is decided by whoever is told."""
    box, frame = Box(100), text_frame(b"x" * 40)
    box.wire.ready = False
    for _ in range(2):
        box.outbox.send(frame)
    assert box.complaints == 0
    box.outbox.send(frame)
    assert box.complaints == 1
    assert box.outbox.emptied() == frame * 3
    box.outbox.send(frame)
    assert box.complaints == 1
    box.outbox.clear()
    assert box.outbox.emptied() == b""
