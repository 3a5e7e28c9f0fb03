"""One native socket, apart from its commands and its trading channel: what closes it, and what does not."""

import pytest
import structlog

from tests.server.gateway.rig import GatewayRig
from tradeterm.protocol.vocabulary import CloseCode


async def test_a_message_that_meets_a_fault_of_ours_closes_its_socket_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Straight from the wire: an exception there would end in uvicorn."""
    rig = GatewayRig()
    peer, wire = rig.connect()
    other, its_wire = rig.connect()

    def fault(account: str) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(rig.journal, "head", fault)
    with structlog.testing.capture_logs() as logged:
        peer.hear('{"op":"subscribe","id":1,"channel":"trading"}')
    assert wire.closed == (CloseCode.INTERNAL, "the server made a mistake")
    assert "socket_failed" in [one["event"] for one in logged]
    other.hear('{"op":"pong"}')
    assert its_wire.closed is None
