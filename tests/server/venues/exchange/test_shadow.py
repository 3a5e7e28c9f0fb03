"""Each order at the exchange beside its twin on paper: what they came to, and that nothing hangs on it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from server.ports import Amend, Cancel, FillReport, Place, Report, Request
from server.venues.exchange.shadow import KEPT, Shadow, Twins
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.fakes import ManualClock
from tradeterm.protocol.vocabulary import Liquidity, Side, TimeInForce

SYMBOL, USER = "BTC/USD", "ann"
MARKETS = {SYMBOL: replace(market(SYMBOL), maker_fee=Decimal("0.001"), taker_fee=Decimal("0.002"))}


def shown(side: Side, price: str, quantity: str = "10") -> Place:
    """What the market shows."""
    return Place(f"{side.value}{price}", "", SYMBOL, side, Decimal(quantity), Decimal(price), TimeInForce.GTC)


def order(number: str, side: Side, price: str, quantity: str = "1", **more: Any) -> Place:
    return Place(number, USER, SYMBOL, side, Decimal(quantity), Decimal(price), TimeInForce.GTC, **more)


def fill(number: str, side: Side, price: str, quantity: str, fee: str | None, currency: str = "USD") -> FillReport:
    paid = None if fee is None else Decimal(fee)
    terms = (number, USER, SYMBOL, side, Decimal(quantity), Decimal(price), Liquidity.TAKER, "t")
    return FillReport(*terms, paid, currency)


class Bench:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.shadow = Shadow(PaperVenue(MARKETS), MARKETS, self.clock)

    def turn(self, *sent: Request, shows: tuple[Request, ...] = ()) -> None:
        for request in shows:
            self.shadow.flow(request)
        self.shadow.keep(sent)

    def pair(self, number: str) -> Twins:
        (found,) = [one for one in self.shadow.pairs if one.place.order_id == number]
        return found


def test_price_fee_and_time_are_compared_for_what_both_have_traded() -> None:
    """Above zero it was worse at the exchange: a buy that paid more, a sell that got less."""
    bench = Bench()
    bench.turn(shows=(shown(Side.SELL, "100"), shown(Side.BUY, "99")))
    bench.turn(order("a", Side.BUY, "101"), order("b", Side.SELL, "99"))
    bench.clock.advance(0.25)
    bench.shadow.heard(fill("a", Side.BUY, "100.5", "0.4", "0.001", "BTC"))
    bench.shadow.heard(fill("b", Side.SELL, "98.5", "1", "0.3"))
    bought, sold = bench.pair("a"), bench.pair("b")
    assert (bought.both, bought.price_difference, bought.value_difference) == (
        Decimal("0.4"),
        Decimal("0.5"),
        Decimal("0.2"),
    )
    # 0.001 BTC at 100.5, and 0.2 % of 40 on paper.
    assert bought.fee_difference == Decimal("0.1005") - Decimal("0.08")
    assert (sold.price_difference, sold.value_difference) == (Decimal("0.5"), Decimal("0.5"))
    assert sold.fee_difference == Decimal("0.3") - Decimal("0.198")
    assert bought.time_difference_s == 0.25


def test_until_both_have_traded_nothing_is_compared() -> None:
    """And a fee in another coin is worth what nobody here knows."""
    bench = Bench()
    bench.turn(order("a", Side.BUY, "90"))
    bench.shadow.heard(fill("a", Side.BUY, "90", "1", "0.01", "BNB"))
    pair = bench.pair("a")
    assert (pair.price_difference, pair.fee_difference, pair.time_difference_s) == (None, None, None)
    assert (pair.value_difference, pair.exchange.fee) == (Decimal(0), None)
    bench.turn(shows=(shown(Side.SELL, "90"),))
    assert (pair.price_difference, pair.fee_difference) == (Decimal(0), None)


def test_a_twin_is_changed_and_cancelled_with_its_order() -> None:
    """And waits in the queue as the market goes on; reduce-only and pairs bind nothing there."""
    bench = Bench()
    bench.turn(order("a", Side.BUY, "90", reduce_only=True, pair="p"), order("b", Side.BUY, "91"))
    bench.turn(Amend("a", SYMBOL, Decimal(2), Decimal(92), filled=Decimal(0)), Cancel("b", SYMBOL))
    bench.turn(shows=(shown(Side.SELL, "91", "5"),))
    assert (bench.pair("a").paper.quantity, bench.pair("b").paper.quantity) == (Decimal(2), Decimal(0))
    assert bench.pair("a").paper.cost == Decimal(184)


def test_a_turn_that_failed_showed_nothing() -> None:
    """Its market comes again with the next."""
    bench = Bench()
    bench.shadow.flow(shown(Side.SELL, "100"))
    bench.shadow.undo()
    bench.turn(order("a", Side.BUY, "100"))
    assert not bench.pair("a").paper.quantity


def test_the_last_orders_are_kept() -> None:
    """One that is dropped leaves the paper book too."""
    bench = Bench()
    bench.turn(*(order(str(number), Side.BUY, "90", "0.1") for number in range(KEPT + 5)))
    assert [one.place.order_id for one in bench.shadow.pairs][:: KEPT - 1] == ["5", str(KEPT + 4)]
    bench.shadow.heard(fill("0", Side.BUY, "90", "0.1", None))


def test_what_goes_wrong_in_it_ends_it_and_nothing_else() -> None:
    """No order of a user waits for it."""

    class Broken(PaperVenue):
        def execute(self, request: Request) -> Iterator[Report]:
            raise KeyError(request.symbol)

    shadow = Shadow(Broken(MARKETS), MARKETS, ManualClock())
    shadow.keep([order("a", Side.BUY, "100")])
    assert shadow.is_over
    shadow.flow(shown(Side.SELL, "100"))
    shadow.keep([order("b", Side.BUY, "100")])
    assert [one.place.order_id for one in shadow.pairs] == ["a"]
