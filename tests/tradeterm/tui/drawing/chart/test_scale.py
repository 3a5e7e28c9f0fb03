"""Where prices and candles lie."""

from decimal import Decimal

from tests.tradeterm.tui.desks import candles
from tradeterm.tui.drawing.chart.scale import Places, Scale, scale_of

D = Decimal


def test_the_ends_of_the_scale_are_the_first_and_the_last_row() -> None:
    """In half-cells, and in rows of two."""
    scale = Scale(D(100), D(200), 10)
    assert (scale.half(D(200)), scale.half(D(100))) == (0, 19)
    assert (scale.row(D(200)), scale.row(D(100))) == (0, 9)
    assert scale.holds(D(100))
    assert not scale.holds(D("200.1"))
    assert scale.price_of_a_row == 10


def test_a_margin_leaves_a_row_free_at_both_ends() -> None:
    """For what stands beside the candles."""
    some = candles(20)
    scale = scale_of(some, None, 2, 30, margin=True)
    assert scale.row(max(one.high for one in some)) >= 1
    assert scale.row(min(one.low for one in some)) <= scale.rows - 2


def test_one_price_alone_has_a_scale_too() -> None:
    """A tick round it."""
    one = candles(1)[0].model_copy(update=dict.fromkeys(("open", "high", "low", "close"), D(5)))
    scale = scale_of([one], None, 2, 30, margin=False)
    assert scale.low < 5 < scale.high


def test_the_newest_candle_stands_at_the_right() -> None:
    """Each so many cells before the next; a wide one by its wick."""
    assert [Places(40, 3, 2).of(n) for n in range(3)] == [34, 36, 38]
    assert Places(40, 3, 3).of(2) == 38
