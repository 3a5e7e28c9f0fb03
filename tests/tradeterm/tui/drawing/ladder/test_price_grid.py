"""The ladder's prices: grouping never shows a price that is too good, and loses no size."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import depth
from tradeterm.tui.drawing.ladder.price_grid import fitting_step, grouped, middle, steps_of

D = Decimal
TICK = D("0.5")
quotes = st.lists(st.tuples(st.integers(1, 10_000).map(lambda n: TICK * n), st.integers(1, 1000).map(D)), max_size=30)


@given(quotes, quotes, st.sampled_from(steps_of(TICK)))
def test_grouping_keeps_every_size_and_worsens_prices_only(
    bids: list[tuple[Decimal, Decimal]], asks: list[tuple[Decimal, Decimal]], step: Decimal
) -> None:
    """Bids go down and offers up, and the sums stay."""
    levels = grouped(bids, asks, step)
    assert sum(levels.bids.values()) == sum(size for _, size in bids)
    assert sum(levels.asks.values()) == sum(size for _, size in asks)
    assert all(any(key <= price < key + step for price, _ in bids) for key in levels.bids)
    assert all(any(key - step < price <= key for price, _ in asks) for key in levels.asks)


def test_the_step_fits_the_book_to_the_lines() -> None:
    """A quiet book is shown tick by tick, a wide one coarser."""
    book = depth()
    assert fitting_step(book.bids, book.asks, TICK, 40) == TICK
    assert fitting_step(book.bids, book.asks, TICK, 8) > TICK
    assert fitting_step((), (), TICK, 8) == TICK


def test_the_middle_is_the_best_bid_or_what_else_is_known() -> None:
    """Without a book the last price, without that nothing."""
    assert middle(D("45012.5"), D(45_013), None, D(1)) == D(45_012)
    assert middle(None, None, D(45_000), D(1)) == D(45_000)
    assert middle(None, None, None, D(1)) is None
