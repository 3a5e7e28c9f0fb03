"""What a session can decide: values that say all that is to be done, each of which somebody carries out."""

from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from server.gateway.commands.from_body import BadRequest
from server.gateway.native.commands import command_of
from server.gateway.native.decisions import Action, Close, CommandOp, Perform, Send
from tests.server.gateway.rig import GatewayRig
from tradeterm.protocol.vocabulary import CloseCode


@pytest.mark.parametrize("op", CommandOp)
def test_every_command_of_a_socket_is_one_of_the_executor_s(op: CommandOp) -> None:
    """Or its data are refused: none is passed over in silence."""
    try:
        command, _ = command_of("ann", Perform(1, op, {}, None), ())
    except BadRequest:
        return
    assert command.account == "ann"


def test_every_decision_has_somebody_who_carries_it_out() -> None:
    """A kind that the connection does not know would be done by nobody."""
    peer, _ = GatewayRig().connect()
    kinds = {one.__name__ for one in get_args(Action)}
    known = {name for code in _codes(type(peer)) for name in code}
    assert kinds <= known


def _codes(kind: type) -> list[tuple[str, ...]]:
    return [one.__code__.co_names for one in vars(kind).values() if hasattr(one, "__code__")]


def test_a_decision_that_was_made_stays_as_it_is() -> None:
    """Two that say the same are the same."""
    closing = Close(CloseCode.SLOW, "behind")
    with pytest.raises(FrozenInstanceError):
        closing.reason = "another"  # type: ignore[misc]
    assert closing == Close(CloseCode.SLOW, "behind")
    assert Send(b"a") != Send(b"b")
