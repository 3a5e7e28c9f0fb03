"""Forms and reviews of the exits of a position."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, reviewed
from tests.tradeterm.tui.desks import FakeDesk, order, position, stop_order
from tradeterm.protocol.vocabulary import PositionSide, Reason, Side
from tradeterm.tui.screens.form import FormDialog
from tradeterm.tui.widgets.field import NumberField
from tradeterm.tui.widgets.lines import Lines

D = Decimal


# ---------------------------------------------------------------- protection


async def test_p_protects_the_position_at_the_cursor() -> None:
    """Stop and target in one form; the review says what each makes with its last fee, in money and of equity."""
    console = Console(FakeDesk(held=[position()]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "5", "p", *"44000", "tab", *"46,000.5", "enter")
        text = reviewed(console)
        assert "-498.20" in text
        assert "% of equity" in text
        await press(console, pilot, "y")
        await pilot.pause()
    assert console.desk.log == [("protect", ("BTC/USD", D(44_000), D("46000.5")))]


async def test_a_stop_on_the_wrong_side_is_a_fault_and_stays_in_the_form() -> None:
    """A long's stop is below the market."""
    console = Console(FakeDesk(held=[position()]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "p", *"46000", "enter")
        dialog = console.app.screen
        assert isinstance(dialog, FormDialog)
        assert "is below" in dialog.query_one("#form-fault", Lines).text
        await press(console, pilot, "escape")
    assert console.desk.log == []


@pytest.mark.parametrize(("typed", "trail"), [("1.5%", {"trail_percent": D("1.5")}), ("250", {"trail_amount": D(250)})])
async def test_a_stop_that_trails_is_an_exit_of_the_whole_position(typed: str, trail: dict[str, Decimal]) -> None:
    """By percent or amount, and it only ever reduces."""
    console = Console(FakeDesk(held=[position("SOL/USD", PositionSide.SHORT, "3")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "5", "p", "tab", "tab", *typed, "enter")
        assert "trails the best price by" in reviewed(console)
        await press(console, pilot, "y")
        await pilot.pause()
    (sent,) = console.desk.sent
    assert (sent.side, sent.quantity, sent.reduce_only) == (Side.BUY, D(3), True)
    assert {name: getattr(sent, name) for name in trail} == trail


async def test_a_second_stop_is_refused_in_the_form() -> None:
    """Fixed and trailing at once would be cut to nothing, one of them."""
    console = Console(FakeDesk(held=[position()]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "p", *"44000", "tab", "tab", *"1%", "enter")
        dialog = console.app.screen
        assert isinstance(dialog, FormDialog)
        assert "One stop is enough" in dialog.query_one("#form-fault", Lines).text
    assert console.desk.log == []


async def test_a_trailing_stop_waits_for_the_fixed_one_to_go() -> None:
    """Its field was emptied, but the stop is still there, and the venue would refuse a second one for want of room."""
    console = Console(FakeDesk(held=[position()], orders=[stop_order(8, "44000")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "p", "ctrl+u", "tab", "tab", *"1%", "enter")
        dialog = console.app.screen
        assert isinstance(dialog, FormDialog)
        assert "The stop at 44,000.00 is still there" in dialog.query_one("#form-fault", Lines).text
    assert console.desk.log == []


async def test_the_stop_goes_to_break_even_and_the_target_stays() -> None:
    """On the tick that loses nothing."""
    take = order(8, Side.SELL, "0.5", "47000").model_copy(update={"reduce_only": True, "reason": Reason.PROTECTION})
    console = Console(FakeDesk(held=[position()], orders=[take]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "equals_sign", "y")
        await pilot.pause()
    assert console.desk.log == [("protect", ("BTC/USD", D("44999.0"), D(47_000)))]


async def test_exits_made_by_hand_are_named_in_the_form_and_not_offered_again() -> None:
    """Before anything is typed, and again when it is written once more."""
    console = Console(FakeDesk(held=[position()], orders=[stop_order(8, "44000")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "p")
        for _ in range(2):
            form = console.app.screen
            assert "Beside it stays stop 44,000.00 of 0.5: made by hand" in form.query_one("#form-note", Lines).text
            assert form.query_one("#stop", NumberField).value == ""
            await press(console, pilot, "tab", *"47000", "enter", "e")
    assert console.desk.log == []
