"""Commands write themselves in their shortest unambiguous form."""

from decimal import Decimal

from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.orders.order_line.commands import Anchor, Distance, Flag, OrderWords, Price, Size, SizeUnit, Unit


def test_an_order_is_written_in_one_order_of_words() -> None:
    """Whatever order it was typed in; numbers without exponents."""
    away = Distance(Decimal("-1E-1"), Unit.PERCENT)
    words = OrderWords(
        *(Side.BUY, Size(Decimal("1E+3"), SizeUnit.QUOTE), "btc", Price(Anchor.BID, None, away)),
        flags=frozenset({Flag.REDUCE, Flag.POST}),
    )
    assert words.text == "buy 1000usd btc @ bid-0.1% post reduce"
