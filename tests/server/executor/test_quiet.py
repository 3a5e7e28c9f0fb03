"""Once everything that was on its way has arrived, core and venue know the same of every order, however it came about."""

from decimal import Decimal, localcontext
from typing import Any

import pytest

from server.domain.orders import Order
from server.venues.delayed import DelayedVenue
from tests.server.executor.test_fuzz import CONFIGURATIONS, SEED, SOAK, USERS, Configuration, Fuzzer, loud
from tradeterm.protocol.arithmetic import MONEY

__all__ = ["loud"]
pytestmark = pytest.mark.no_cover  # what decides is reached by tests that mean it, not by chance
STEPS = 40 * SOAK
FAR = [one for one in CONFIGURATIONS if one.latency is not None] + [
    Configuration("far and cash", {"cash_account": True, "liquidation": False}, latency="5-400", refuses=0.1),
    Configuration("far and base fees", {"base_fees": True, "collar_pct": Decimal(0)}, latency="50,250,250"),
    Configuration("far and limits", {"limits": {"dayLossPct": Decimal(2)}}, latency="100-300", refuses=0.1),
]
NEAR = [one for one in CONFIGURATIONS if one.latency is None and not one.synthetic]


class Quieting(Fuzzer):
    """Bursts of commands and flow, a band now and then, and between them silence until nothing is on its way."""

    def burst(self) -> None:
        for _ in range(self.chance.randint(1, 12)):
            if self.chance.random() < 0.05:
                self.move_band()
            self.step()
        self.settle()

    def move_band(self) -> None:
        low, high = (Decimal(one) / 2 for one in self.configuration.prices)
        middle = low + (high - low) * Decimal(self.chance.randint(2, 8)) / 10
        self.rig.paper.set_band(
            self.chance.choice(("BTC/USD", "DOGE/USD")), middle * Decimal("0.95"), middle * Decimal("1.05")
        )

    def settle(self) -> None:
        for number in range(100):
            self.rig.beat(0.25)
            self.rig.arrive(0.25)
            if number > 4 and not self.underway():
                break
        self.catch_up()
        assert not self.underway(), "something is on its way for ever"

    def underway(self) -> bool:
        return self.rig.delayed is not None and bool(self.rig.delayed._underway)

    # ------------------------------------------------------------ what must hold

    def check_quiet(self) -> None:
        ledger = self.rig.core.ledger
        assert not ledger.requests
        assert not ledger.urgent_requests
        for order in ledger.orders.values():
            self.check_order(order)
        for symbol in self.rig.markets:
            for rest in self.rig.paper._books.by_symbol[symbol]:
                assert not rest.account or rest.order_id in ledger.orders, "what rests is somebody's open order"
        if self.rig.delayed is not None:
            self.check_legs(self.rig.delayed)
        with localcontext(MONEY):
            for name in USERS:
                for symbol in self.rig.markets:
                    self.check_together(name, symbol)

    def check_order(self, order: Order) -> None:
        rest = self.rig.paper._books.by_symbol[order.symbol].get(order.id)
        assert order.cancel_reason is None, order
        assert order.replacing is None, order
        assert order.aside == 0, order
        if order.awaits_trigger:
            assert rest is None
            return
        assert rest is not None, f"the venue does not have {order}"
        price = order.venue_price if order.venue_price is not None else order.price
        here = order.leaves, order.filled, price, order.rests_at, order.place
        limit, at = (rest.price, None) if rest.limit is None else (rest.limit, rest.price)
        assert here == (rest.leaves, rest.filled, limit, at, rest.place), order

    def check_legs(self, far: DelayedVenue) -> None:
        """Of pairs the venue remembers what is open, with what is left of it."""
        orders = self.rig.core.ledger.orders
        paired = {one.id: one.leaves for one in orders.values() if one.oco_id and not one.awaits_trigger}
        known = {leg.order_id: leg.leaves for leg in far._legs._legs.values() if not leg.is_over}
        assert known == paired
        assert all(any(one in paired for one in legs) for legs in far._legs._pairs.values()), (
            "a pair that is over is forgotten"
        )

    def check_together(self, name: str, symbol: str) -> None:
        ledger = self.rig.core.ledger
        account = ledger.accounts[name]
        held, mine = account.held(symbol), account.exits.get(symbol, {}).values()
        for is_stop in (True, False):
            largest: dict[str, Decimal] = {}
            for order in mine:
                assert held * order.side.sign < 0, "an exit has something to close"
                if not order.reduce_only or order.is_stop == is_stop:
                    key = order.oco_id or order.id
                    largest[key] = max(largest.get(key, Decimal(0)), order.leaves)
            assert sum(largest.values()) <= abs(held), "exits never exceed the position"


@pytest.mark.parametrize("configuration", [*FAR, *NEAR], ids=lambda one: one.name.replace(" ", "_"))
def test_when_nothing_is_on_its_way_everybody_knows_the_same(configuration: Configuration, loud: list[Any]) -> None:
    """Every open order waits for its trigger or rests, as large as it is said to be; nothing is asked and not answered."""
    walk = Quieting(configuration, SEED)
    for _ in range(STEPS):
        walk.burst()
        walk.check()
        walk.check_quiet()
        assert not loud
    assert walk.trades > 5, "and it traded"
