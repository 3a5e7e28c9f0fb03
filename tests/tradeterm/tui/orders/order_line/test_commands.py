"""Commands write themselves in their shortest unambiguous form."""

from decimal import Decimal

from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.format import size_text
from tradeterm.tui.orders.order_line.commands import (
    Anchor,
    Distance,
    Flag,
    MoveWords,
    OrderWords,
    Price,
    ProtectWords,
    Size,
    SizeUnit,
)
from tradeterm.tui.orders.typed_level import Level, Unit


def test_an_order_is_written_in_one_order_of_words() -> None:
    """Whatever order it was typed in; numbers without exponents."""
    away = Distance(Decimal("-1E-1"), Unit.PERCENT)
    words = OrderWords(
        *(Side.BUY, Size(Decimal("1E+3"), SizeUnit.QUOTE), "btc", Price(Anchor.BID, None, away)),
        flags=frozenset({Flag.REDUCE, Flag.POST}),
    )
    assert words.text == "buy 1000usd btc @ bid-0.1% post reduce"


def test_numbers_can_be_written_as_they_are_read() -> None:
    """Grouped in the echo, and only there; the end of an order's id is no number."""
    moved = MoveWords("900594", Price(Anchor.FIXED, Decimal(45_000)), Decimal("12345.5"))
    assert moved.written(size_text) == "mv 900594 @ 45,000 qty 12,345.5"
    assert moved.text == "mv 900594 @ 45000 qty 12345.5"
    levels = ProtectWords("btc", Level(Decimal(44_000)), Level(Decimal(2), Unit.RISK))
    assert levels.written(size_text) == "protect btc stop 44,000 tp 2r"
