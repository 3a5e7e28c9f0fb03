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


@pytest.mark.parametrize("key", ["client_order_id", "time_in_force", "x\x1b[2Jy" * 50])
def test_a_key_that_there_is_not_is_refused_in_a_short_clean_sentence(key: str) -> None:
    """The wire's names are the only ones, on sockets as in REST."""
    good = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "1"}
    for op, data in ((CommandOp.ORDER_CREATE, good), (CommandOp.ORDER_CANCEL, {"id": "a"})):
        with pytest.raises(BadRequest, match="there is no key") as refused:
            command_of("ann", perform(op, **data, **{key: "a"}), ())
        assert len(refused.value.text) < 100
        assert refused.value.text.isprintable()
