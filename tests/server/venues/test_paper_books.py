"""The paper venue's books: what is undone, what a band holds back, and how much who may only reduce may trade."""

from collections.abc import Sequence
from decimal import Decimal

from server.ports import FillReport, Place
from server.venues.paper_books import PaperBooks, limit_of
from tests.builders import market
from tradeterm.protocol.vocabulary import Side, TimeInForce

SYMBOL = "BTC/USD"


def order(name: str, price: str, *, side: Side = Side.SELL, quantity: str = "1", reduces: bool = False) -> Place:
    size, limit = Decimal(quantity), Decimal(price)
    return Place(name, "ann", SYMBOL, side, size, limit, TimeInForce.GTC, reduce_only=reduces)


def books(held: str | None = None) -> PaperBooks:
    """With `held`, everybody holds so much."""

    def positions(account: str, symbol: str, fills: Sequence[FillReport]) -> Decimal:
        return Decimal(held or 0)

    return PaperBooks({SYMBOL: market(SYMBOL)}, 41, None if held is None else positions)


def rested(of: PaperBooks, placed: Place, at: str | None = None) -> None:
    of.touch(SYMBOL)
    assert placed.price is not None
    of.rest(placed, placed.quantity, placed.price if at is None else Decimal(at))


def test_what_was_done_since_it_was_kept_is_undone() -> None:
    """The books, the numbers of trades, and what users hold of the flow."""
    of = books()
    rested(of, order("a", "100"))
    of.users_hold[SYMBOL] = Decimal(3)
    assert of.next_trade() == "42"
    of.keep()
    assert of.take_out(SYMBOL, "a")
    rested(of, order("b", "101"))
    of.users_hold[SYMBOL] = Decimal(9)
    assert of.next_trade() == "43"
    of.undo()
    assert [rest.order_id for rest in of.by_symbol[SYMBOL]] == ["a"]
    assert (of.users_hold[SYMBOL], of.next_trade()) == (Decimal(3), "43")


def test_symbols_that_moved_are_told_once() -> None:
    of = books()
    of.touch(SYMBOL)
    assert (of.take_touched(), of.take_touched()) == ({SYMBOL}, set())


def test_what_is_not_there_is_not_taken_out() -> None:
    assert not books().take_out(SYMBOL, "nobody")


def test_an_exit_rests_at_the_edge_of_its_band_and_is_freed_with_it() -> None:
    """Told once a move; one that the band did not reach, or that has gone, is not; undone, it is told again."""
    of = books()
    of.set_band(SYMBOL, Decimal(90), Decimal(110))
    assert (of.within_band(SYMBOL, Side.SELL, Decimal(80)), of.within_band(SYMBOL, Side.BUY, Decimal(80))) == (
        Decimal(90),
        Decimal(80),
    )
    assert [*of.take_freed()] == []
    for name in ("a", "gone"):
        rested(of, order(name, "80", reduces=True), at="90")
    of.keep()
    of.touch(SYMBOL)
    of.take_out(SYMBOL, "gone")
    assert [*of.take_freed()] == []
    of.set_band(SYMBOL, Decimal(85), Decimal(110))
    assert [(rest.order_id, limit_of(rest)) for _, rest in of.take_freed()] == [("a", Decimal(80))]
    assert [*of.take_freed()] == []
    of.undo()
    assert {rest.order_id for _, rest in of.take_freed()} == {"a", "gone"}


def test_who_only_reduces_trades_no_more_than_is_held() -> None:
    """On the side that reduces; a reverse may open so much beyond it. Where nobody knows, nothing binds."""
    of = books("5")
    assert (of.room(SYMBOL, "ann", Side.SELL), of.room(SYMBOL, "ann", Side.BUY)) == (Decimal(5), Decimal(0))
    assert of.room(SYMBOL, "ann", Side.SELL, Decimal(2)) == 7
    assert books().room(SYMBOL, "ann", Side.SELL) == Decimal("Infinity")
    free, exit_ = order("free", "100"), order("exit", "100", reduces=True)
    rested(of, order("rests", "100", reduces=True))
    rested(of, order("rests free", "100"))
    resting, free_one = of.by_symbol[SYMBOL]
    assert (of.bound(free, resting), of.bound(exit_, free_one), of.bound(free, free_one)) == (
        Decimal(5),
        Decimal(5),
        Decimal("Infinity"),
    )
