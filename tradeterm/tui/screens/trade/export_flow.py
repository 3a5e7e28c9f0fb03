"""What `E` does: all that is known of the rows that a list shows, in their order, goes into a file of the trader's."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.csv_table import csv_table
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.format import counted
from tradeterm.tui.screens.trade.painter import Painter

Fields = Mapping[str, object]


class ExportFlow:
    """One for a screen. `say` shows a sentence."""

    def __init__(self, context: Context, painter: Painter, say: Callable[[str, bool], None]) -> None:
        self._ctx, self._desk, self._painter, self._say = context, context.desk, painter, say

    async def export(self, pane: Pane, row_ids: Sequence[str], symbol: str) -> None:
        """Write these rows of the list; the tape's are those of `symbol`."""
        known = self._known(pane, symbol)
        rows = [known[row_id] for row_id in row_ids if row_id in known]
        if not rows:
            self._say(f"{pane.capitalize()}: there is no row to export.", True)
            return
        name = f"{pane}-{self._ctx.clocks.now():%Y%m%d-%H%M%S}"
        try:
            file = await asyncio.to_thread(self._ctx.habits.export, name, csv_table(rows))
        except OSError as error:
            self._say(f"{pane.capitalize()} could not be exported: {error}", True)
        else:
            self._say(f"{counted(len(rows), 'row')} of {pane} in {file}", False)

    def _known(self, pane: Pane, symbol: str) -> Mapping[str, Fields]:
        """By the ids that the list's rows have, what can be told of each."""
        desk = self._desk
        if pane is Pane.EVENTS:
            return {line.id: {"time": line.time.isoformat(), "text": line.text} for line in desk.events()}
        if pane is Pane.WATCH:
            return {at: one.fields() for at in desk.markets() if (one := desk.ticker(at)) is not None}
        if pane is Pane.ORDERS:
            return {row: one.fields() for one in desk.open_orders() for row in (one.client_order_id, one.id) if row}
        if pane is Pane.POSITIONS:
            return {one.symbol: one.fields() for one in desk.positions()}
        if pane is Pane.FILLS:
            return {trade.id: trade.fields() for trade in desk.fills()}
        if pane is Pane.ALERTS:
            return {alert.id: alert.fields() for alert in desk.alerts()}
        return {line.id: line.fields() for line in self._painter.tape(symbol)}
