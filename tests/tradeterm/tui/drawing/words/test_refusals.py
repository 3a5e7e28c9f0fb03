"""Refusals that can be read."""

import pytest

from tests.tradeterm.tui.desks import FakeDesk, account
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.words.refusals import with_the_most
from tradeterm.tui.format import readable
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.orders.intent import Trading


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (
            "value 4546150.00 is above 100 % of the equity: 99879.960928519 (orderNotionalPct)",
            "value 4,546,150.00 is above 100 % of the equity: 99,879.96",
        ),
        ("price 0.08123 is off the tick of DOGE/USD; 0.081 and 0.082 are on it", None),
        ("order 0192f0c0-0000 is gone", None),
        ("at most 20 orders (each)", None),
    ],
)
def test_large_numbers_are_grouped_and_settings_are_not_named(raw: str, read: str | None) -> None:
    """What may be a price of many decimals stays as it is; so do ids."""
    assert readable(raw) == (read or raw)


def test_who_asked_for_too_much_is_told_the_most() -> None:
    """As the ticket's `max` would write it."""
    desk = FakeDesk(money=account().model_copy(update={"limits": {"orderNotionalPct": "100", "leverage": "5"}}))
    trading = Trading(desk, desk.clock.clocks())
    draft = Draft("BTC/USD", Side.BUY, quantity="100")
    assert with_the_most("too large", draft, trading) == "too large; the most is 2.20101 BTC"
    assert with_the_most("too large", Draft("BTC/USD", Side.BUY, quantity="1"), trading) == "too large"
