"""What shows one market: its ladder and its chart, with what is one's own in it."""

from dataclasses import replace
from decimal import Decimal

from tests.tradeterm.tui.apps import WIDE, Console, painted, screen
from tests.tradeterm.tui.desks import order, position, ticker
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.desk.port import EVERYTHING, Dirty
from tradeterm.tui.drawing.chart.candle_plot import Plot
from tradeterm.tui.drawing.chart.overlays import Mark
from tradeterm.tui.widgets.chart import CandleChart
from tradeterm.tui.widgets.ladder import Ladder

BTC = "BTC/USD"


def tick(console: Console, dirty: Dirty) -> None:
    console.desk.dirty = dirty
    console.app.tick()


def plotted(console: Console) -> Plot:
    drawn = screen(console).query_one(CandleChart)._drawn
    assert drawn is not None
    return drawn[0]


def marks(console: Console) -> tuple[Mark, ...]:
    return tuple(plotted(console).marks)


async def test_an_order_that_works_stands_in_the_chart_with_what_is_left_of_it() -> None:
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        console.desk.orders.append(order(77, Side.BUY, "0.25", "44000"))
        tick(console, EVERYTHING)
        assert any(one.price == Decimal(44_000) and one.label == "B0.25 " for one in marks(console))
        console.desk.orders.clear()
        tick(console, EVERYTHING)
        assert not any(one.price == Decimal(44_000) for one in marks(console))


async def test_a_position_is_a_line_at_its_entry_that_says_what_it_made() -> None:
    console = Console()
    async with console.app.run_test(size=WIDE):
        console.desk.held.append(position(BTC))
        painted(console)
        line = next(one for one in marks(console) if one.price == Decimal("44765.6"))
        assert line.label.startswith("LONG ")


async def test_the_chart_follows_the_bar_when_only_the_price_has_moved() -> None:
    """No candle came, no slow tick: what stands in the bar above stands in the chart too."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        console.desk.tickers[BTC] = ticker(BTC, "45123.0", "1.0", "0.5")
        tick(console, replace(Dirty(), tickers=frozenset({BTC})))
        assert plotted(console).last == Decimal("45123.0")


async def test_a_ladder_is_old_when_its_ticker_is() -> None:
    """Its depth may come on while nothing trades, or stand while the feed is silent: then it is not shown as the present."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        ladder = screen(console).query_one(Ladder)
        assert ladder._view is not None
        assert not ladder._view.is_stale
        console.desk.tickers[BTC] = console.desk.tickers[BTC].model_copy(update={"stale": True})
        tick(console, EVERYTHING)
        assert ladder._view.is_stale
