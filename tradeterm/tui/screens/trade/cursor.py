"""What the trade-wide keys act on: the market at the focused pane's cursor, where it has one."""

from textual.dom import DOMNode

from tradeterm.tui.desk.port import DeskReads
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.orders.in_flight import Outbox
from tradeterm.tui.widgets.grid.view import GridView

_BY_SYMBOL = (Pane.WATCH, Pane.POSITIONS)  # their rows have the symbol for an id
HIDDEN = "The filter hides the row at the cursor: j and k go to one that is shown."
AWAY = "The cursor was out of view, and is shown now: the same key again means its row."


class CursorGone(Exception):
    """The row that the cursor meant is not to be seen; the text says why."""


def _gone(grid: GridView) -> str:
    """In an empty table nothing is left to move to: the cursor is taken off, and the next key means the page's market."""
    if grid.row_ids:
        return "The row at the cursor has gone: j and k move it."
    grid.take_cursor_off()
    return "The row at the cursor has gone: the same key again means the market on the page."


def row_at_cursor(grid: GridView) -> str | None:
    """The id of the row that a key means: one that is seen, or one that has gone. Raises CursorGone for another."""
    if grid.hides_cursor:
        raise CursorGone(HIDDEN)
    if grid.is_cursor_away:
        grid.show_cursor()
        raise CursorGone(AWAY)
    return grid.cursor_id


def symbol_at_cursor(screen: DOMNode, desk: DeskReads, outbox: Outbox, pane: Pane) -> str | None:
    """The market that the highlighted row is about; None where no row is. Raises CursorGone."""
    if pane not in (*_BY_SYMBOL, Pane.ORDERS, Pane.FILLS, Pane.ALERTS):
        return None
    grid = screen.query_one(f"#{pane}", GridView)
    row_id = row_at_cursor(grid)
    if row_id is None:
        return None
    if grid.row(row_id) is None:
        raise CursorGone(_gone(grid))
    if pane in _BY_SYMBOL:
        return row_id
    if pane is Pane.ALERTS:
        return next((alert.symbol for alert in desk.alerts() if alert.id == row_id), None)
    if pane is Pane.FILLS:
        return next((fill.symbol for fill in desk.fills() if fill.id == row_id), None)
    order = desk.order_of(row_id) or desk.order(row_id)
    if order is not None:
        return order.symbol
    return next((sent.request.symbol for sent in outbox if sent.id == row_id), None)
