"""The book round recorded trades: always there, never crossed, the recording's prices and nobody's chance."""

from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from server.marketdata.book_mirror import Mirror
from server.marketdata.invented_book import LEVELS, InventedBook
from server.ports import PrintReport
from tests.builders import market
from tests.server.marketdata.test_book_mirror import BUY, SELL, SYMBOL, Outside, printed
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import TimeInForce


class Invented(Outside):
    """An invented book on a paper venue, with one user."""

    def __init__(self) -> None:
        super().__init__()
        self.book = InventedBook(self.market, self.mirror)


def test_a_trade_is_enough_for_a_book() -> None:
    """Both sides stand round it, one tick apart at the touch, deeper behind."""
    outside = Invented()
    outside.do(outside.book.trade(BUY, Decimal(45_000), Decimal("0.5")))
    bids, asks = outside.venue.depth(SYMBOL, 100)
    assert (bids[0][0], asks[0][0]) == (Decimal("44999.5"), Decimal(45_000))
    assert len(bids) > 10
    assert len(asks) > 10
    assert all(size % outside.market.lot == 0 and price % outside.market.tick == 0 for price, size in bids + asks)


prices = st.lists(st.tuples(st.integers(-60, 60), st.integers(1, 30), st.booleans()), min_size=1, max_size=60)


@given(prices)
def test_the_tape_is_the_recording_and_the_book_keeps_round_it(steps: list[tuple[int, int, bool]]) -> None:
    """Whatever is traded is printed in full at its price; the touch is never crossed, near, and never empty."""
    outside, price = Invented(), Decimal(45_000)
    for move, lots, buys in steps:
        price += move * outside.market.tick
        taker, quantity = (BUY if buys else SELL), lots * outside.market.lot
        reports = outside.do(outside.book.trade(taker, price, quantity))
        assert printed(reports) == quantity
        assert {one.price for one in reports if type(one) is PrintReport} == {price}
        bid, ask = outside.venue.best_bid(SYMBOL), outside.venue.best_ask(SYMBOL)
        assert bid is not None
        assert ask is not None
        assert bid < ask
        assert abs(price - (ask if buys else bid)) == 0
        assert ask - bid <= 5
        assert max(len(side) for side in outside.venue.depth(SYMBOL, 1000)) < 80


def test_what_a_user_took_of_the_ladder_is_not_quoted_again_at_once() -> None:
    """A level behind the touch that somebody emptied stays empty while trades go on elsewhere."""
    outside = Invented()
    outside.do(outside.book.trade(BUY, Decimal(45_000), Decimal("0.5")))
    second = outside.venue.depth(SYMBOL, 2)[1][1]
    outside.user(BUY, "100", str(second[0]), TimeInForce.IOC)
    outside.do(outside.book.trade(SELL, Decimal("44999.5"), Decimal("0.01")))
    assert second[0] not in dict(outside.venue.depth(SYMBOL, 100)[1])


def test_prices_of_its_own_may_be_rounded_where_money_may_not() -> None:
    """Under the context that refuses inexact results."""
    with localcontext(MONEY):
        InventedBook(market(), Mirror(market())).trade(BUY, Decimal("45123.5"), Decimal("0.00007"))


def test_the_same_trades_make_the_same_book() -> None:
    """Deeper behind, of the sizes that are traded; what is far from the touch is out of view."""
    shapes = []
    for _ in range(2):
        one = Invented()
        for number, price in enumerate((45_000, 45_001, 45_050, 44_000, 45_000)):
            one.do(one.book.trade(BUY if number % 2 else SELL, Decimal(price), Decimal("0.5")))
        shapes.append(one.shape())
    assert shapes[0] == shapes[1]
    for side in one.venue.depth(SYMBOL, 100):
        assert side[1][1] < side[-1][1]
        assert LEVELS <= len(side) <= LEVELS + 2
