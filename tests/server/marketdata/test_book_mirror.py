"""An outside market in the paper book: users rest in its queues and fill by its trades."""

from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from server.marketdata.book_mirror import Mirror, levels_on_tick, nearest_tick, quote_tick, whole_lots
from server.ports import FillReport, Place, PrintReport, Report, Request
from server.venues.paper import PaperVenue
from tests.builders import market
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import Side, TimeInForce

SYMBOL = "BTC/USD"
BUY, SELL = Side.BUY, Side.SELL


class Outside:
    """A mirror on a paper venue, with one user."""

    def __init__(self) -> None:
        self.market = market()
        self.venue = PaperVenue({SYMBOL: self.market})
        self.mirror = Mirror(self.market)

    def do(self, requests: list[Request]) -> list[Report]:
        with localcontext(MONEY):
            return [report for request in requests for report in self.venue.execute(request)]

    def show(self, side: Side, price: str, size: str) -> list[Report]:
        return self.do(self.mirror.show(side, Decimal(price), Decimal(size)))

    def trade(self, taker: Side, price: str, quantity: str) -> list[Report]:
        return self.do(self.mirror.trade(taker, Decimal(price), Decimal(quantity)))

    def user(self, side: Side, quantity: str, price: str, force: TimeInForce = TimeInForce.GTC) -> list[Report]:
        order = Place("mine", "ann", SYMBOL, side, Decimal(quantity), Decimal(price), force)
        return self.do([order])

    def shape(self) -> tuple[list[str], list[str]]:
        bids, asks = self.venue.depth(SYMBOL, 100)
        return [f"{size} @ {price}" for price, size in bids], [f"{size} @ {price}" for price, size in asks]


def filled(reports: list[Report]) -> list[tuple[str, str]]:
    """What the user got, (quantity, price)."""
    mine = [one for one in reports if type(one) is FillReport and one.account == "ann"]
    return [(str(one.quantity), str(one.price)) for one in mine]


def printed(reports: list[Report]) -> Decimal:
    return sum((one.quantity for one in reports if type(one) is PrintReport), Decimal(0))


# ---------------------------------------------------------------- the queue


def test_a_user_behind_a_displayed_size_fills_when_it_has_traded() -> None:
    """100 shown at the best bid, our 50 join; sells of 80, 30 and 50 there fill 0, 10 and 40."""
    outside = Outside()
    outside.show(BUY, "45000", "100")
    outside.user(BUY, "50", "45000")
    assert [filled(outside.trade(SELL, "45000", quantity)) for quantity in ("80", "30", "50")] == [
        [],
        [("10", "45000")],
        [("40", "45000")],
    ]


def test_a_recorded_trade_prints_its_whole_quantity_whatever_users_took() -> None:
    """The tape is the recording's, also where a user emptied the level."""
    outside = Outside()
    outside.show(SELL, "100", "5")
    assert filled(outside.user(BUY, "5", "100", TimeInForce.IOC)) == [("5", "100")]
    assert printed(outside.trade(BUY, "100", "3")) == 3
    assert outside.shape() == ([], [])


def test_without_users_each_trade_is_one_print_at_its_price() -> None:
    """As long as the queue at the price is one order; nothing else is left behind."""
    outside = Outside()
    outside.show(SELL, "100", "5")
    reports = [one for one in outside.trade(BUY, "100", "3") if type(one) is PrintReport]
    assert [(one.price, one.quantity, one.side) for one in reports] == [(Decimal(100), Decimal(3), BUY)]
    assert outside.shape() == ([], ["2 @ 100"])


def test_a_trade_through_a_users_price_fills_them_at_that_price() -> None:
    """Sells below our bid meet us first."""
    outside = Outside()
    outside.user(BUY, "2", "100")
    assert filled(outside.trade(SELL, "99", "5")) == [("2", "100")]


# ---------------------------------------------------------------- taken stays taken


def test_size_that_was_taken_stays_taken_while_the_level_stands() -> None:
    """The same size told again brings nothing back; more brings the difference alone."""
    outside = Outside()
    outside.show(SELL, "100", "10")
    outside.user(BUY, "6", "100", TimeInForce.IOC)
    outside.show(SELL, "100", "10")
    assert outside.shape() == ([], ["4 @ 100"])
    outside.show(SELL, "100", "12")
    assert outside.shape() == ([], ["6 @ 100"])


def test_a_level_that_shrinks_shows_what_stands_outside() -> None:
    """From then on it is what is told."""
    outside = Outside()
    outside.show(SELL, "100", "10")
    outside.user(BUY, "6", "100", TimeInForce.IOC)
    outside.show(SELL, "100", "3")
    assert outside.shape() == ([], ["3 @ 100"])


def test_a_level_that_vanished_comes_back_whole() -> None:
    """A new level is a new size."""
    outside = Outside()
    outside.show(SELL, "100", "10")
    outside.user(BUY, "6", "100", TimeInForce.IOC)
    outside.show(SELL, "100", "0")
    assert outside.shape() == ([], [])
    outside.show(SELL, "100", "10")
    assert outside.shape() == ([], ["10 @ 100"])


def test_growth_queues_behind_the_user_and_shrinking_leaves_from_the_back() -> None:
    """Nobody gets before us by adding, and who gives up is taken to have stood behind us."""
    outside = Outside()
    outside.show(BUY, "100", "10")
    outside.user(BUY, "1", "100")
    outside.show(BUY, "100", "15")
    assert filled(outside.trade(SELL, "100", "11")) == [("1", "100")]
    outside = Outside()
    outside.show(BUY, "100", "10")
    outside.user(BUY, "1", "100")
    outside.show(BUY, "100", "15")
    outside.show(BUY, "100", "10")
    assert filled(outside.trade(SELL, "100", "9")) == []


# ---------------------------------------------------------------- moving


def test_a_quote_that_crosses_the_other_side_replaces_it() -> None:
    """Outside books are never crossed: what would be is gone there, and the flow does not trade with itself."""
    outside = Outside()
    outside.show(SELL, "100", "5")
    assert printed(outside.show(BUY, "101", "2")) == 0
    assert outside.shape() == (["2 @ 101"], [])


def test_a_quote_that_comes_to_a_users_price_fills_them() -> None:
    """Our ask at 100 and an outside bid of 100.5 trade, at our price."""
    outside = Outside()
    outside.user(SELL, "1", "100")
    assert filled(outside.show(BUY, "100.5", "2")) == [("1", "100")]


def test_a_new_best_price_takes_better_ones_away() -> None:
    """The touch is where it is told to be."""
    outside = Outside()
    for price in ("98", "99", "100"):
        outside.show(BUY, price, "1")
    outside.do(outside.mirror.best(BUY, Decimal(99), Decimal(4)))
    assert outside.shape() == (["4 @ 99", "1 @ 98"], [])


def test_a_whole_side_is_replaced_by_its_difference() -> None:
    """What is not told is gone, what is the same is not touched."""
    outside = Outside()
    outside.do(outside.mirror.replace(BUY, {Decimal(100): Decimal(1), Decimal(99): Decimal(2)}))
    requests = outside.mirror.replace(BUY, {Decimal(99): Decimal(2), Decimal(98): Decimal(3)})
    assert len(requests) == 2
    outside.do(requests)
    assert outside.shape() == (["2 @ 99", "3 @ 98"], [])


told = st.lists(
    st.tuples(
        st.sampled_from(["show", "trade", "best"]),
        st.sampled_from([BUY, SELL]),
        st.integers(90, 110),
        st.integers(0, 9),
    ),
    max_size=40,
)


@given(told)
def test_without_users_the_paper_book_is_the_outside_book(steps: list[tuple[str, Side, int, int]]) -> None:
    """After any news the venue holds exactly what the mirror was told, uncrossed, and traded what was traded."""
    outside = Outside()
    for what, side, price, size in steps:
        if what == "trade":
            wanted = Decimal(size + 1)
            assert printed(outside.do(outside.mirror.trade(side, Decimal(price), wanted))) == wanted
        else:
            tell = outside.mirror.show if what == "show" else outside.mirror.best
            assert printed(outside.do(tell(side, Decimal(price), Decimal(size)))) == 0
        bids, asks = outside.venue.depth(SYMBOL, 100)
        for own, levels in ((BUY, bids), (SELL, asks)):
            assert {one: level.size for one, level in outside.mirror.sides[own].items() if level.size} == dict(levels)
        assert not bids or not asks or bids[0][0] < asks[0][0]


# ---------------------------------------------------------------- on tick and lot


def test_prices_and_sizes_are_brought_on_tick_and_lot() -> None:
    """Trades to the nearest tick; bids down and asks up; sizes to the nearest lot, at least one."""
    half, lot = Decimal("0.5"), Decimal("0.001")
    assert nearest_tick(Decimal("100.26"), half) == Decimal("100.5")
    assert nearest_tick(Decimal("0.1"), half) == half
    assert (quote_tick(BUY, Decimal("100.4"), half), quote_tick(SELL, Decimal("100.1"), half)) == (
        Decimal(100),
        Decimal("100.5"),
    )
    assert (whole_lots(Decimal("0.0004"), lot), whole_lots(Decimal("1.0016"), lot)) == (lot, Decimal("1.002"))


def test_rounding_prices_is_allowed_where_money_may_not_be_rounded() -> None:
    """Also under the context that refuses inexact results."""
    with localcontext(MONEY):
        assert nearest_tick(Decimal("100.26"), Decimal("0.3")) == Decimal("100.2")


def test_outside_levels_within_one_tick_are_one_level() -> None:
    """With their sizes together, best first, no more than asked for."""
    levels = [(Decimal("100.4"), Decimal(1)), (Decimal("100.1"), Decimal(2)), (Decimal("99.9"), Decimal(4))]
    assert levels_on_tick(BUY, levels, market(), 5) == {Decimal(100): Decimal(3), Decimal("99.5"): Decimal(4)}
    assert levels_on_tick(BUY, levels, market(), 1) == {Decimal(100): Decimal(3)}
