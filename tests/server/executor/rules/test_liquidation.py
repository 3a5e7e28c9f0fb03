"""A margin call step by step: who is closed first, what counts as flat, and what happens when nobody buys."""

from dataclasses import replace
from decimal import Decimal

from server.domain.commands import ClosePosition, Deposit
from server.domain.risk import CoreSettings
from server.executor import turn
from server.ports import Place
from tests.builders import Desk, market
from tests.server.executor.desks import body
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce

SETTINGS = CoreSettings(paper_cash=Decimal(1_000), collar_pct=Decimal(0))
A, B = "AAA/USD", "BBB/USD"


class TwoMarkets(Desk):
    """ann holds two things; the flow stands in either market as it is told."""

    def __init__(self, settings: CoreSettings = SETTINGS) -> None:
        super().__init__(settings, [market(symbol, lot=Decimal("0.01")) for symbol in (A, B)])
        self.open("ann")

    def offer(self, symbol: str, side: str, quantity: str, price: str) -> None:
        self._flow_orders += 1
        place = Place(
            *(f"flow-{self._flow_orders}", "", symbol, Side(side), Decimal(quantity), Decimal(price), TimeInForce.GTC)
        )
        turn.take_flow(self.core, self.line, [place], self.now)
        self._take_batch()

    def buy(self, symbol: str, quantity: str, price: str) -> None:
        self.offer(symbol, "sell", quantity, price)
        assert body(self.order("ann", "buy", quantity, symbol=symbol))["status"] == "filled"

    def print_at(self, symbol: str, price: str) -> None:
        self.offer(symbol, "sell", "0.01", price)
        self.offer(symbol, "buy", "0.01", price)

    def beats(self, count: int) -> None:
        for _ in range(count):
            self.beat()

    def held(self, symbol: str) -> Decimal:
        return self.account("ann").held(symbol)

    def closes(self) -> list[str]:
        """Symbols of the liquidating orders so far."""
        return [
            order.symbol
            for batch in self.batches
            for order in batch.orders.values()
            if b'"reason":"LIQUIDATION"' in order.payload and order.status in ("filled", "expired", "cancelled")
        ]


def test_market_without_bids_is_passed_over() -> None:
    """The larger position finds nobody: the smaller one is sold, and no order is made in vain."""
    desk = TwoMarkets()
    desk.buy(A, "30", "100.0")
    desk.buy(B, "10", "100.0")
    desk.print_at(A, "75.0")
    desk.offer(B, "buy", "100", "99.0")
    desk.beats(4)
    assert desk.held(A) == 30
    assert desk.held(B) < 10
    assert set(desk.closes()) == {B}


def test_nothing_is_journaled_while_nobody_buys() -> None:
    """An empty book: told once that it is so, then silence; when a bid comes the account is closed as it should be."""
    desk = TwoMarkets()
    desk.buy(A, "40", "100.0")
    desk.print_at(A, "80.0")
    desk.beats(4)
    assert "NO_LIQUIDITY" in desk.last("ann", "account:updated")["account"]["warnings"]
    desk.events.clear()
    desk.beats(1_000)
    assert desk.events == []
    desk.offer(A, "buy", "100", "80.0")
    desk.beats(250)
    assert desk.held(A) < 40
    assert "NO_LIQUIDITY" not in desk.last("ann", "account:updated")["account"].get("warnings", [])


def test_order_that_finds_nobody_is_tried_again_later_and_later() -> None:
    """A bid that may not be traded with (off the band) looks like one: 0.25 s, then twice as long each time, to 60 s."""
    desk = TwoMarkets()
    desk.buy(A, "40", "100.0")
    desk.print_at(A, "80.0")
    desk.venue.set_band(A, Decimal(75), Decimal(125))
    desk.offer(A, "buy", "100", "70.0")
    desk.beats(2_000)
    assert 8 <= len(desk.closes()) <= 16
    desk.venue.set_band(A, Decimal(60), Decimal(125))
    desk.beats(241)
    assert desk.held(A) < 40


def test_account_below_zero_is_closed_at_once() -> None:
    """Not in quarters: every position whole, and the insurance pays what is missing to exactly nothing."""
    desk = TwoMarkets()
    desk.buy(A, "20", "100.0")
    desk.buy(B, "20", "100.0")
    for symbol in (A, B):
        desk.offer(symbol, "buy", "100", "50.0")
        desk.print_at(symbol, "50.0")
    desk.beats(1)
    ann = desk.account("ann")
    assert (ann.positions, ann.cash, str(ann.trading_state)) == ({}, Decimal(0), "halted")
    assert len(desk.closes()) == 2


def test_dust_counts_as_flat() -> None:
    """What fees in base currency left below a lot is no position: the insurance pays, the account is halted, silence."""
    desk = TwoMarkets(replace(SETTINGS, base_fees=True))
    desk.buy(A, "1", "100.0")
    desk.offer(A, "buy", "5", "99.0")
    assert body(desk.order("ann", "sell", "0.99", symbol=A))["status"] == "filled"
    assert 0 < desk.held(A) < Decimal("0.01")
    desk.buy(B, "40", "100.0")
    desk.offer(B, "buy", "100", "50.0")
    desk.print_at(B, "50.0")
    desk.beats(4)
    ann = desk.account("ann")
    assert desk.held(B) < Decimal("0.11")
    assert (ann.cash, str(ann.trading_state)) == (Decimal(0), "halted")
    desk.events.clear()
    desk.beats(400)
    assert desk.events == []
    desk.do(Deposit("ann", Decimal(10)))
    assert str(ann.trading_state) == "active"


def test_short_without_asks_is_passed_over_too() -> None:
    """The same the other way round."""
    desk = TwoMarkets()
    desk.offer(A, "buy", "40", "100.0")
    assert body(desk.order("ann", "sell", "40", symbol=A, type=OrderType.MARKET))["status"] == "filled"
    desk.print_at(A, "120.0")
    desk.beats(40)
    assert desk.closes() == []
    desk.offer(A, "sell", "100", "120.0")
    desk.beats(2)
    assert desk.held(A) > -40


def test_loss_elsewhere_is_looked_at() -> None:
    """What another position lost counts at the next look, although what is held has not traded since."""
    desk = TwoMarkets()
    desk.buy(A, "20", "100.0")
    desk.offer(A, "buy", "100", "99.0")
    desk.buy(B, "20", "100.0")
    desk.beats(1)
    assert desk.closes() == []
    desk.offer(B, "buy", "20", "60.0")
    assert desk.do(ClosePosition("ann", B, None)).status == 201
    assert desk.held(A) == 20
    desk.beats(1)
    assert desk.held(A) < 20
