"""Alerts on the Trade screen: seen, set, taken away and set again by keys; the server keeps them."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.apps import NARROW, WIDE, Console, busy_console, painted, press, screen, toasts, typed
from tests.tradeterm.tui.desks import NOON, FakeDesk
from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.vocabulary import AlertCondition, AlertStatus
from tradeterm.tui.desk.port import Refused
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.screens.trade.alert_flow import AlertFlow
from tradeterm.tui.widgets.alerts import AlertGrid
from tradeterm.tui.widgets.order_line import OrderLine

D = Decimal


def alert(alert_id: str, symbol: str, condition: AlertCondition, price: str) -> Alert:
    return Alert(
        id=alert_id,
        symbol=symbol,
        condition=condition,
        price=D(price),
        status=AlertStatus.WAITING,
        created_at=NOON,
    )


def watching() -> Console:
    console = busy_console()
    console.desk.waiting = [
        alert("a1", "BTC/USD", AlertCondition.ABOVE, "45200"),
        alert("a2", "AVAX/USD", AlertCondition.BELOW, "34.5"),
    ]
    return console


def grid(console: Console) -> AlertGrid:
    return screen(console).query_one(f"#{Pane.ALERTS}", AlertGrid)


@pytest.mark.parametrize("size", [WIDE, NARROW, (200, 50)])
async def test_what_waits_is_listed_with_how_far_away_it_is(size: tuple[int, int]) -> None:
    """One key away at every size; counted in its title."""
    console = watching()
    async with console.app.run_test(size=size) as pilot:
        painted(console)
        await press(console, pilot, "0")
        painted(console)
        lines = [grid(console).render_line(y).text for y in (1, 2)]
        assert lines[0][1:].split()[:4] == ["BTC", ">", "45,200.00", "+187.50"]
        assert lines[1][1:].split()[:4] == ["AVAX", "<", "34.50", "-0.60"]
        assert " 2" in str(grid(console).border_title)


async def test_the_one_at_the_cursor_is_taken_away_and_set_again() -> None:
    """`d`, then `u`."""
    console = watching()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "0", "j", "d")
        assert ("delete alert", "a2") in console.desk.log
        assert "No alert any more at AVAX/USD below 34.50: u sets it again." in toasts(console)
        await press(console, pilot, "u")
        assert ("alert", ("AVAX/USD", "below", D("34.5"))) in console.desk.log


async def test_one_that_has_rung_meanwhile_is_said_to_be_gone() -> None:
    """A refusal is shown; nothing is there to undo."""
    console = watching()
    console.desk.answer = Refused("That alert has rung.")
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "0", "d")
        assert "That alert has rung." in toasts(console)
        console.desk.waiting = []
        await press(console, pilot, "d")
        assert "That alert has gone" in toasts(console)


async def test_one_is_begun_as_a_line_and_enter_goes_to_a_market() -> None:
    """`a` opens the order line with the market in it."""
    console = watching()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "0", "j", "enter")
        assert screen(console).symbol == "AVAX/USD"
        await press(console, pilot, "0", "a")
        line = screen(console).query_one(OrderLine)
        assert line.is_open
        await press(console, pilot, "greater_than_sign", *" 36", "enter")
        assert ("alert", ("AVAX/USD", "above", D(36))) in console.desk.log
        assert screen(console).focused_pane is Pane.ALERTS


async def test_a_price_is_said_as_it_stands_in_the_list() -> None:
    """With its marks."""
    said: list[str] = []
    flow = AlertFlow(FakeDesk(), lambda words, is_alert: said.append(words))
    await flow.set("BTC/USD", AlertCondition.ABOVE, D(45_380))
    assert said == ["Alert: BTC/USD above 45,380.00."]


async def test_d_takes_no_alert_away_that_the_filter_hides() -> None:
    """It says so, and a moved cursor is on one that is shown."""
    console = watching()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "0", "slash")
        await typed(console, *"AVAX")
        await console.app.keys.done()
        await press(console, pilot, "enter", "d")
        assert "The filter hides the row" in toasts(console)
        assert console.desk.log == []
        await press(console, pilot, "j", "d")
        await pilot.pause()
    assert [what for _, what in console.desk.log] == ["a2"]
