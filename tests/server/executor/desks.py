"""What the tests of the money rules share: settings without what they are not about, and a few steps on a desk."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import orjson

from server.domain.markets import Market
from server.domain.risk import CoreSettings
from server.executor import turn
from server.ports import Answer
from server.venues.delayed import DelayedVenue, delays_of
from tests.builders import START, Desk
from tradeterm.protocol.arithmetic import MONEY
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


class DeskClock:
    """ports.Clock by a desk's time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def now(self) -> datetime:
        return self._desk.now

    def monotonic(self) -> float:
        return (self._desk.now - START).total_seconds()


class FarDesk(Desk):
    """A desk whose venue is some way off: a request takes `delay` ms, its answer as long; time passes when it is waited."""

    pace = timedelta(0)

    def __init__(self, delay: int = 250, settings: CoreSettings = FREE, markets: Iterable[Market] = ()) -> None:
        super().__init__(replace(settings, answers_later=True), markets)
        self.delay, self._steps = delay, 0
        self.far = DelayedVenue(self.venue, self._untold, delays_of(f"0,{delay},{delay}"), DeskClock(self), 1)
        self.line = self.far

    def wait(self, seconds: float) -> None:
        """Time passes: what has arrived is taken, at its time, and four times a second the core looks at the clock."""
        for _ in range(round(seconds / 0.05)):
            self.now += timedelta(seconds=0.05)
            self._steps += 1
            with localcontext(MONEY):
                turn.take_arrivals(self.core, self.far, self.far.arrived(), self.now)
            self._take_batch()
            if not self._steps % 5:
                self.beat(0)

    def settle(self) -> None:
        """Everything that is on its way arrives, and what that brings about."""
        self.wait(8 * self.delay / 1000)


def state(desk: Desk, name: str = "ann") -> TradingState:
    return desk.account(name).trading_state
