"""What the tests of the money rules share: settings without what they are not about, and a few steps on a desk."""

from decimal import Decimal
from typing import Any

import orjson

from server.domain.risk import CoreSettings
from server.ports import Answer
from tests.builders import Desk
from tradeterm.protocol.vocabulary import TradingState

FREE = CoreSettings(paper_cash=Decimal(1_000_000), collar_pct=Decimal(0), liquidation=False)


def body(answer: Answer) -> dict[str, Any]:
    """The answer's value."""
    assert answer.body is not None, answer.message
    found: dict[str, Any] = orjson.loads(answer.body)
    return found


def opened(settings: CoreSettings = FREE, *names: str) -> Desk:
    """A desk with accounts of ann and bob, or of `names`."""
    desk = Desk(settings)
    desk.open(*(names or ("ann", "bob")))
    return desk


def go_long(desk: Desk, quantity: str = "1", price: str = "100.0", name: str = "ann") -> None:
    """Buy from the flow."""
    desk.flow("sell", quantity, price)
    assert body(desk.order(name, "buy", quantity))["status"] == "filled"


def exits(desk: Desk, name: str = "ann") -> dict[str, str]:
    """Open orders: type to what is left."""
    return {order["type"]: order["leavesQuantity"] for order in desk.open_orders(name)}


def refused(answer: Answer) -> str:
    """Why an order came back rejected."""
    order = body(answer)
    assert order["status"] == "rejected", order["status"]
    return str(order["rejectReason"])


def state(desk: Desk, name: str = "ann") -> TradingState:
    return desk.account(name).trading_state
