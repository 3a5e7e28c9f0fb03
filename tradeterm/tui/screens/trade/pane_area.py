"""The body of the Trade screen: which widget each pane is, and where it lies."""

from collections.abc import Iterable

from textual.containers import Container
from textual.geometry import Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from tradeterm.tui.drawing.columns import columns
from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.drawing.panes import Pane, Shown, arranged, ladder_id
from tradeterm.tui.drawing.sorting import SORTS
from tradeterm.tui.pins import MOST_LADDERS
from tradeterm.tui.widgets.alerts import AlertGrid
from tradeterm.tui.widgets.chart import CandleChart
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.ticket import Ticket
from tradeterm.tui.widgets.watch import WatchGrid

_EMPTY = {
    Pane.WATCH: "No markets yet.",
    Pane.ORDERS: "No working order. b buys, s sells; ^t in the ticket makes a limit.",
    Pane.POSITIONS: "No position. b buys, s sells.",
    Pane.FILLS: "No fill yet. A fill is a trade of yours.",
    Pane.EVENTS: "Nothing has happened yet.",
    Pane.TAPE: "No trade in this market yet.",
    Pane.ALERTS: "No alert. a sets one.",
}


LINE_HEIGHT = 6  # of the order line: its frame, three lines of what it would do, and the text


class PaneLayout(Layout):
    """Places the panes by `arranged`, the box about the link over the middle, and over the foot the order line and, above
    that, a sentence that is too long for the last row."""

    name = "panes"

    def __init__(self) -> None:
        self.shown = Shown()

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        regions = arranged(self.shown, size.width, size.height)
        box_width = min(62, size.width - 4)
        regions["link-box"] = Region((size.width - box_width) // 2, size.height // 3, box_width, 5)
        regions["order-line"] = Region(0, size.height - LINE_HEIGHT, size.width, LINE_HEIGHT)
        heights = {
            child.id: child.get_content_height(size, size, size.width) for child in children if child.id == "notice"
        }
        foot = size.height - LINE_HEIGHT * any(child.id == "order-line" for child in children)
        height = min(heights.get("notice", 0), foot)
        regions["notice"] = Region(0, foot - height, size.width, height)
        none = size.region.reset_offset.offset
        return [
            WidgetPlacement(regions[child.id], none, child.styles.margin, child)
            for child in children
            if child.id is not None and child.id in regions
        ]


class PaneArea(Container):
    """The body of the screen, laid out by its own PaneLayout."""

    def __init__(self) -> None:
        super().__init__(id="panes")
        self.pane_layout = PaneLayout()

    @property
    def layout(self) -> Layout:
        return self.pane_layout


def pane_widgets(palette: Palette) -> Iterable[Widget]:
    """One widget a pane, under the pane's name; the ladders that may stand beside the first come with it."""
    for pane in Pane:
        match pane:
            case Pane.CHART:
                yield CandleChart(palette, widget_id=pane)
            case Pane.LADDER:
                yield from (Ladder(palette, widget_id=ladder_id(n + 1)) for n in range(MOST_LADDERS))
            case Pane.TICKET:
                yield Ticket(palette, widget_id=pane)
            case Pane.WATCH:
                yield WatchGrid(columns(pane, is_wide=True), palette, empty=_EMPTY[pane], widget_id=pane)
            case Pane.ALERTS:
                yield AlertGrid(columns(pane, is_wide=True), palette, empty=_EMPTY[pane], widget_id=pane)
            case _:
                table = columns(pane, is_wide=True)
                yield GridView(table, palette, empty=_EMPTY[pane], widget_id=pane, follows=pane in SORTS)
