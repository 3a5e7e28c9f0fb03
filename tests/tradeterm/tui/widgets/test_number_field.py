"""The ticket's fields keep what was typed, take what is clear, and say what is not."""

from decimal import Decimal

import pytest
from textual.events import Paste

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, painted, press, typed
from tradeterm.tui.habits import Habits
from tradeterm.tui.orders.soft_limits import SoftLimits
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.widgets.field import Field
from tradeterm.tui.widgets.lines import Lines

D = Decimal


@pytest.mark.parametrize(
    ("keys", "size"), [("1,5", "1.5"), ("0,5", "0.5"), ("1 000,25", "1000.25"), ("1,000.5", "1000.5"), (".5", "0.5")]
)
async def test_a_typed_size_is_sent_as_it_was_meant(keys: str, size: str) -> None:
    """A decimal comma is one."""
    console = Console(habits=Habits(limits=SoftLimits(leverage=D(0), slippage_pct=D(0))))  # whatever it is worth
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", *keys, "enter", "y")
    (sent,) = console.desk.sent
    assert sent.quantity == D(size)


@pytest.mark.parametrize("keys", ["2'5", "1 5", "1e1", "1,000", "--5", "5x"])
async def test_a_size_that_is_not_clear_stays_and_is_explained(keys: str) -> None:
    """Nothing is swallowed: the text stands there, the fault under it while it is typed, and there is no review."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", *keys)
        assert console.app.screen.query_one("#quantity", Field).value == keys
        painted(console)
        assert "!" in console.app.screen.query_one("#ticket-facts", Lines).text
        await press(console, pilot, "enter")
        assert not isinstance(console.app.screen, ReviewDialog)
    assert console.desk.sent == []


async def test_a_comma_in_a_price_is_a_decimal_comma() -> None:
    """45000,5 is no tenfold of it."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t", "ctrl+u", *"45000,5", "enter", "y")
    (sent,) = console.desk.sent
    assert sent.price == D("45000.5")


@pytest.mark.parametrize(
    ("pasted", "value"),
    [("45,000.50", "45000.50"), (" 45000 ", "45000"), (" 0.02\n", "0.02"), ("\n1,000.5", "1000.5"), ("0.1\t", "0.1")],
)
async def test_a_pasted_number_loses_only_what_has_no_meaning(pasted: str, value: str) -> None:
    """Blanks round it and thousands marks in it."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b")
        await console.app.on_event(Paste(pasted))
        await console.app.keys.done()
        assert console.app.screen.query_one("#quantity", Field).value == value


async def test_pasted_words_stand_in_the_field_and_are_refused() -> None:
    """One line of them, and a sentence."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b")
        await console.app.on_event(Paste("sell\neverything"))
        await console.app.keys.done()
        assert console.app.screen.query_one("#quantity", Field).value == "sell everything"
        assert "not a number" in console.app.screen.query_one("#ticket-facts", Lines).text


async def test_a_fault_is_said_whole_and_its_field_is_typed_anew() -> None:
    """At 80 columns both prices near an off-tick one can be read; the next digit replaces the text."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t", "ctrl+u", *"44985.3", "enter")
        text = " ".join(console.app.screen.query_one("#ticket-facts", Lines).text.split())
        assert "44,985.00 or 44,985.50" in text
        await press(console, pilot, *"44985.5")
        assert console.app.screen.query_one("#price", Field).value == "44985.5"


async def test_a_number_typed_at_once_is_whole() -> None:
    """A comma in a packet of keys."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        await typed(console, "b", *"1,5")
        await console.app.keys.done()
        assert console.app.screen.query_one("#quantity", Field).value == "1,5"
