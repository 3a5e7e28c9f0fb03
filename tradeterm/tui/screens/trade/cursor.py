"""What the trade-wide keys act on: the market at the focused pane's cursor, where it has one."""

from textual.dom import DOMNode

from tradeterm.tui.desk.port import DeskReads
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.orders.in_flight import Outbox
from tradeterm.tui.widgets.grid.view import GridView

_BY_SYMBOL = (Pane.WATCH, Pane.POSITIONS)  # their rows have the symbol for an id


HIDDEN = "The filter hides the row at the cursor: j and k go to one that is shown."


class CursorGone(Exception):
    """The row that the cursor meant is no longer there; the text says so."""


def _gone(grid: GridView) -> str:
    """In an empty table nothing is left to move to: the cursor is taken off, and the next key means the page's market."""
    if grid.row_ids:
        return "The row at the cursor has gone: j and k move it."
    grid.take_cursor_off()
    return "The row at the cursor has gone: the same key again means the market on the page."


def symbol_at_cursor(screen: DOMNode, desk: DeskReads, outbox: Outbox, pane: Pane) -> str | None:
    """The market that the highlighted row is about; None where no row is. Raises CursorGone."""
    if pane not in (*_BY_SYMBOL, Pane.ORDERS, Pane.FILLS, Pane.ALERTS):
        return None
    grid = screen.query_one(f"#{pane}", GridView)
    if grid.hides_cursor:
        raise CursorGone(HIDDEN)
    row_id = grid.cursor_id
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
