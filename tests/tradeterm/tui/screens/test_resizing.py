"""Dialogs while the terminal changes its size: they stay what they were, with what was typed, whole on the screen, and send
nothing; below the least size they wait."""

from textual.pilot import Pilot

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, busy_console, painted, press, screen
from tradeterm.tui.screens.quit import QuitDialog
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.small import TooSmallScreen
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.ticket import Ticket

HUGE, TINY = (200, 50), (60, 12)
SIZES = (NARROW, TINY, HUGE)
DIALOGS = (
    ("question_mark",),
    ("ctrl+p", "f", "l"),
    ("ctrl+q",),
    ("5", "p", *"44000"),
    ("f12",),
)


def state(console: Console) -> tuple[object, ...]:
    """What a dialog is, what has its focus, and what was typed into it."""
    shown = console.app.screen
    fields = [(field.id, getattr(field, "value", None)) for field in shown.query("Field")]
    return type(shown), fields, console.app.focused.id if console.app.focused is not None else None


async def resized(console: Console, pilot: Pilot[int], size: tuple[int, int]) -> None:
    await pilot.resize_terminal(*size)
    await pilot.pause()
    painted(console)
    await pilot.pause()


async def test_a_dialog_stays_what_it_was_at_every_size() -> None:
    """Help, palette, quit, form and kill: whole on the screen where that is enough, deaf where it is not, and still answered
    by Escape at the end."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        for keys in DIALOGS:
            await press(console, pilot, *keys)
            before = state(console)
            assert before[0] is not TradeScreen
            for size in SIZES:
                await resized(console, pilot, size)
                if size == TINY:
                    assert isinstance(console.app.screen, TooSmallScreen)
                    await press(console, pilot, "y", "enter", "escape")
                    continue
                assert state(console) == before, (keys, size)
                for dialog in console.app.screen.query("#dialog"):
                    assert console.app.screen.region.contains_region(dialog.region), (keys, size, dialog.region)
            await press(console, pilot, "escape")
            assert isinstance(console.app.screen, TradeScreen), keys
    assert console.desk.log == []


async def test_a_ticket_and_its_review_keep_their_order_at_every_size() -> None:
    """The ticket's fields and focus, as a pane of its own and in another's place; then `y` sends that order, once."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+u", *"0.02", "ctrl+t", "ctrl+u", *"45000", "tab", *"44")
        for size in SIZES:
            await resized(console, pilot, size)
            if size != TINY:
                ticket = screen(console).query_one(Ticket)
                assert (console.app.focused.id if console.app.focused else None) == "stop", size
                assert console.app.screen.region.contains_region(ticket.region), size
        await press(console, pilot, *"000", "enter")
        for size in (NARROW, TINY, WIDE):
            await resized(console, pilot, size)
        assert isinstance(console.app.screen, ReviewDialog)
        await press(console, pilot, "y", "y")
        await pilot.pause()
    (sent,) = console.desk.sent
    assert (str(sent.quantity), str(sent.price)) == ("0.02", "45000")
    assert sent.stop_loss is not None
    assert str(sent.stop_loss.stop_price) == "44000"


async def test_quitting_is_asked_on_a_small_terminal_and_not_forgotten_on_a_large_one() -> None:
    """The dialog comes over the notice; when there is room again the notice is gone from under it, and no second one came."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await resized(console, pilot, TINY)
        await press(console, pilot, "ctrl+q")
        assert isinstance(console.app.screen, QuitDialog)
        await resized(console, pilot, (61, 12))
        assert isinstance(console.app.screen, QuitDialog)
        await resized(console, pilot, WIDE)
        await press(console, pilot, "escape")
        assert isinstance(console.app.screen, TradeScreen)
        await resized(console, pilot, TINY)
        await press(console, pilot, "ctrl+q", "escape")
        assert isinstance(console.app.screen, TooSmallScreen)
