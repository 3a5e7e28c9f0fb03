"""What one tick paints: what is dirty, what only ages now and then, and nothing that looks the same."""

from dataclasses import replace
from decimal import Decimal

from tests.eventually import in_time
from tests.tradeterm.tui.apps import NARROW, WIDE, Console, painted, press, screen
from tests.tradeterm.tui.desks import NOON, order
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.desk.port import EVERYTHING, DeskLinkState, Dirty
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.orders.sendable import Close
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.trade.painter import SLOW_EVERY
from tradeterm.tui.widgets.chart import CandleChart
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.lines import Lines

D = Decimal
NOTHING = Dirty()


def rows(console: Console, pane: Pane) -> list[str]:
    return list(screen(console).query_one(f"#{pane}", GridView).row_ids)


def tick(console: Console, dirty: Dirty) -> None:
    console.desk.dirty = dirty
    console.app.tick()


def until_just_after_a_slow_tick(console: Console) -> None:
    """So that the next ticks look at nothing but what is dirty."""
    painter = screen(console)._painter
    while painter._ticks % SLOW_EVERY:
        tick(console, NOTHING)


async def test_a_pane_is_painted_when_it_is_dirty_and_not_before() -> None:
    """An order that came is not looked for: the desk says so."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        before = rows(console, Pane.ORDERS)
        until_just_after_a_slow_tick(console)
        console.desk.orders.append(order(77, Side.BUY, "0.1", "44000"))
        tick(console, replace(NOTHING, tickers=frozenset({"BTC/USD"})))
        assert rows(console, Pane.ORDERS) == before
        tick(console, replace(NOTHING, orders=True))
        assert len(rows(console, Pane.ORDERS)) == len(before) + 1


async def test_what_only_ages_is_looked_at_now_and_then() -> None:
    """A desk that forgot to say so is shown right within half a second."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        before = len(rows(console, Pane.ORDERS))
        console.desk.orders.append(order(77, Side.BUY, "0.1", "44000"))
        for _ in range(SLOW_EVERY):
            tick(console, NOTHING)
        assert len(rows(console, Pane.ORDERS)) == before + 1


async def test_a_link_that_is_down_is_said_over_panes_that_stay() -> None:
    """What was known is still read, and marked as old."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        shown, link = rows(console, Pane.WATCH), console.desk.link()
        box = screen(console).query_one("#link-box", Lines)
        assert not box.display
        console.desk.line = replace(link, state=DeskLinkState.DOWN, since=NOON)
        tick(console, replace(NOTHING, link=True))
        assert box.display
        assert screen(console).has_class("-down")
        assert rows(console, Pane.WATCH) == shown
        console.desk.line = link
        tick(console, replace(NOTHING, link=True))
        assert not box.display
        assert not screen(console).has_class("-down")


async def test_another_market_chosen_in_the_middle_of_a_paint_is_the_one_that_stands() -> None:
    """A key comes between two parts of it: what is painted after that is of what one looks at now."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        for parts in range(1, 4):
            strokes = screen(console).strokes(EVERYTHING)
            for _ in range(parts):
                next(strokes, None)
            screen(console).action_step_symbol(1)
            chosen = screen(console).symbol
            for _ in strokes:
                pass
            bar, ladder = screen(console).query_one("#account-bar", Lines), screen(console).query_one(Ladder)
            assert f" {chosen} " in bar.text
            assert ladder.symbol == chosen
            assert f"2 {chosen} " in str(screen(console).query_one(CandleChart).border_title)


async def test_a_review_that_opens_in_the_middle_of_a_paint_is_left_until_it_is_there() -> None:
    """A key pushes it between two parts, and it has nothing yet to write figures in."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        context = screen(console)._ctx
        for parts in range(1, 4):
            strokes = console.app._ticked()
            for _ in range(parts):
                next(strokes, None)
            dialog = ReviewDialog(context, Close("BTC/USD", "0" * 32))
            console.app.push_screen(dialog)
            assert not dialog.is_mounted
            for _ in strokes:
                pass
            await pilot.pause()
            assert dialog.is_mounted
            console.app.pop_screen()
            await pilot.pause()


async def test_the_timer_paints_part_by_part() -> None:
    """Whoever has to run meanwhile does: with everything moved, the lists are new before the bar is."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        told = console.desk.tickers["BTC/USD"]
        console.desk.tickers["BTC/USD"] = told.model_copy(update={"last": D("45111.00")})
        console.desk.dirty = EVERYTHING
        console.app._on_beat()
        bar, watch = screen(console).query_one("#account-bar", Lines), screen(console).query_one("#watch", GridView)
        row = watch.row("BTC/USD")
        assert row is not None
        assert "45,111.00" in row.cells[1].text
        assert "45,111.00" not in bar.text
        await in_time(lambda: "45,111.00" in bar.text)


async def test_a_long_sentence_stands_whole_over_the_feet_of_the_panes() -> None:
    """At 80 columns a refusal is longer than the last row. No pane gives way to it; the next key takes it off."""
    said = "BUY 500 BTC/USD rejected: value 22,781,500.00 is above 100 % of the equity: 100,011.29"
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await pilot.pause()
        before = [pane.region for pane in screen(console).query("#panes > *") if pane.display]
        console.app._ctx.tell(said, is_alert=True)
        painted(console)
        await pilot.pause()
        over = screen(console).query_one("#notice", Lines)
        assert " ".join(over.text.split()) == f"! {said}"
        assert over.region.height == 2
        assert over.region.bottom == screen(console).query_one("#status-bar").region.y
        shown = [pane.region for pane in screen(console).query("#panes > *") if pane.display and pane is not over]
        assert shown == before
        await press(console, pilot, "3")
        painted(console)
        assert not over.display


async def test_a_long_sentence_leaves_the_order_line_to_be_read() -> None:
    """It stands above it."""
    console = Console()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        await press(console, pilot, "colon")
        console.app._ctx.tell("a word " * 30, is_alert=True)
        painted(console)
        await pilot.pause()
        over, line = screen(console).query_one("#notice", Lines), screen(console).query_one("#order-line")
        assert over.display
        assert over.region.bottom == line.region.y
