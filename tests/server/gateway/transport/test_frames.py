"""Text frames as bytes: what RFC 6455 has a server send."""

import pytest
from websockets.frames import Opcode
from websockets.protocol import CLIENT, Protocol, State

from server.gateway.transport.frames import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_another_implementation_reads_the_text(size: int) -> None:
    """At every border of the length's own length, and not a byte more."""
    text = b"x" * size
    reader = Protocol(CLIENT, state=State.OPEN, max_size=None)
    reader.receive_data(text_frame(text))
    (frame,) = reader.events_received()
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, text)  # type: ignore[union-attr]
