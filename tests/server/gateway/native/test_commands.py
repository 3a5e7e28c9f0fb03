"""From a message's data to a command: what is about one thing never becomes about all."""

import pytest

from server.domain.commands import CancelAll, CloseAllPositions, ClosePosition
from server.gateway.commands.from_body import BadRequest
from server.gateway.native.commands import command_of
from server.gateway.native.decisions import CommandOp, Perform


def perform(op: CommandOp, **data: object) -> Perform:
    return Perform(1, op, data, None)


@pytest.mark.parametrize("op", [CommandOp.ORDERS_CANCEL_ALL, CommandOp.POSITION_CLOSE])
@pytest.mark.parametrize("symbol", [None, "", 5, [], "x" * 129])
def test_a_symbol_that_is_none_is_refused(op: CommandOp, symbol: object) -> None:
    """Null too: a program that lost its symbol does not mean everything."""
    with pytest.raises(BadRequest, match="symbol must be"):
        command_of("ann", perform(op, symbol=symbol), ())


def test_without_a_symbol_everything_is_meant() -> None:
    assert command_of("ann", perform(CommandOp.ORDERS_CANCEL_ALL), ()) == (CancelAll("ann"), True)
    assert command_of("ann", perform(CommandOp.POSITION_CLOSE), ()) == (CloseAllPositions("ann"), True)
    closing, _ = command_of("ann", perform(CommandOp.POSITION_CLOSE, symbol="ETH/USD"), ())
    assert isinstance(closing, ClosePosition)
