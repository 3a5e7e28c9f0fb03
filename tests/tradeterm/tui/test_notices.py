"""What is said stands on one line for a while, and covers nothing that is traded by."""

from datetime import timedelta

from tests.tradeterm.tui.apps import NARROW, Console, busy_console, painted, press, screen
from tests.tradeterm.tui.desks import trade
from tradeterm.tui.notices import Notices
from tradeterm.tui.widgets.lines import Lines


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def shown(notices: Notices, seconds: float) -> str:
    current = notices.current(at(seconds))
    return "" if current is None else current.text


def test_a_word_is_over_after_four_seconds_and_an_alert_after_twelve() -> None:
    """The newer one is read."""
    notices = Notices()
    notices.tell("one", at(0))
    notices.tell("two", at(1))
    assert shown(notices, 2) == "two"
    assert shown(notices, 5) == ""
    notices.tell("refused", at(10), is_alert=True)
    assert shown(notices, 21) == "refused"
    assert shown(notices, 22) == ""


def test_an_alert_that_is_no_longer_true_gives_way() -> None:
    """To what is so by now, and to nothing else: no line says that a link is lost which is there."""
    notices = Notices()
    notices.tell("the link is lost", at(0), is_alert=True, about="link")
    notices.tell("filled", at(1))
    assert shown(notices, 1) == "the link is lost"
    notices.tell("the link is back", at(2), about="link")
    assert shown(notices, 2) == "the link is back"


def test_an_alert_gives_way_to_alerts_only() -> None:
    """A fill does not hide a refusal; both are kept."""
    notices = Notices()
    notices.tell("refused", at(0), is_alert=True)
    notices.tell("filled", at(1))
    assert shown(notices, 2) == "refused"
    notices.tell("lost", at(2), is_alert=True)
    assert shown(notices, 3) == "lost"
    assert notices.told == ["refused", "filled", "lost"]


async def test_a_refusal_stands_over_the_hints_until_the_next_key() -> None:
    """And neither ladder nor ticket nor status row is covered by it."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, "f")
        foot = screen(console).query_one("#hint-bar", Lines)
        assert "nothing to flatten" in foot.text
        assert not list(console.app.screen.query("Toast"))
        await press(console, pilot, "j")
        painted(console)
        assert "ladder:" in foot.text


async def test_a_fill_is_one_line() -> None:
    """Merged for its order."""
    console = busy_console()
    async with console.app.run_test(size=NARROW):
        painted(console)
        console.clock.advance(1)
        console.desk.trades = [trade(50, at=console.clock.wall), *console.desk.trades]
        painted(console)
        console.app.tick()
        assert "✔ Filled BUY 0.5 BTC/USD" in screen(console).query_one("#hint-bar", Lines).text
