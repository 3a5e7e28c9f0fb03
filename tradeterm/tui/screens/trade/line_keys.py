"""The order line on the Trade screen: opened by a key, previewed while it is typed, and done when it is meant."""

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.drawing.words.order_line import alerts_line, order_preview, refusal_lines
from tradeterm.tui.format import short_id, size_text
from tradeterm.tui.orders.order_line import commands as said
from tradeterm.tui.orders.order_line.completion import candidates
from tradeterm.tui.orders.order_line.parsing import parse
from tradeterm.tui.orders.order_line.reading import Refusal
from tradeterm.tui.orders.order_line.resolving import Unfit, request_of
from tradeterm.tui.screens.trade.line_acts import LineActs
from tradeterm.tui.screens.trade.mode_keys import ModeKeys
from tradeterm.tui.widgets.order_line import OFFSET, OrderLine

# Lines of which it can be told beforehand whether there is anything that they are about.
FOUND_OUT = (said.CancelWords, said.MoveWords, said.LeaveWords, said.ProtectWords, said.UnalertWords)


class LineKeys(ModeKeys):
    """The part of the Trade screen that reads lines. Enter opens a review where money is at stake, and never sends."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._acts = LineActs(self, context, self._line_again)
        self._before_line = Pane.LADDER
        self._entered = ""

    def action_order_line(self) -> None:
        self._before_line = self.focused_pane
        self.query_one(OrderLine).open()

    def _line_again(self) -> None:
        """What was meant last, to be written anew."""
        self.query_one(OrderLine).open(self._entered)

    def on_alert_grid_added(self) -> None:
        """An alert is a line: it is begun here."""
        market = self._trading.market(self.symbol)
        self._before_line = self.focused_pane
        self.query_one(OrderLine).open(f"alert {market.base.lower()} " if market is not None else "alert ")

    def on_order_line_closed(self) -> None:
        """Back to the pane of before, if it is still there."""
        pane = self._before_line
        self._focus(pane if pane in self.shown.visible else self.shown.visible[0])

    def on_order_line_completing(self, event: OrderLine.Completing) -> None:
        ids = [short_id(order.id) for order in self._trading.working()]
        self.query_one(OrderLine).offer(candidates(event.text, self._ctx.desk.markets(), ids))

    def on_order_line_changed(self, event: OrderLine.Changed) -> None:
        self.query_one(OrderLine).show(self._preview(event.text))

    def _preview(self, text: str) -> list[Line]:
        if not text.strip():
            return [[Part("buy 0.5 btc @ bid-2t stop -2%   c all   alert btc > 46000   arm 10m", Tone.MUTED)]]
        parsed = parse(text)
        if isinstance(parsed, Refusal):
            return self._beside_alerts(text, refusal_lines(parsed.at, parsed.text, OFFSET))
        try:
            if isinstance(parsed.command, said.OrderWords):
                return order_preview(request_of(parsed.command, self._trading, self.symbol), self._trading)
            if isinstance(parsed.command, FOUND_OUT):
                self._acts.act_of(parsed)  # what would not be done is said before Enter
        except Unfit as unfit:
            return self._beside_alerts(text, refusal_lines(parsed.columns.get(unfit.part, 0), unfit.text, OFFSET))
        return self._beside_alerts(text, [[Part(f"enter: {parsed.command.written(size_text)}", Tone.MUTED)]])

    def _beside_alerts(self, text: str, lines: list[Line]) -> list[Line]:
        """Where the line is about alerts, with those that wait."""
        return [*lines, alerts_line(self._ctx.desk.alerts())] if "alert" in text else lines

    def on_order_line_entered(self, event: OrderLine.Entered) -> None:
        line, parsed = self.query_one(OrderLine), parse(event.text)
        if isinstance(parsed, Refusal):
            line.show(refusal_lines(parsed.at, parsed.text, OFFSET))
            return
        try:
            act = self._acts.act_of(parsed)
        except Unfit as unfit:
            line.show(refusal_lines(parsed.columns.get(unfit.part, 0), unfit.text, OFFSET))
            return
        self._entered = event.text
        line.done()
        act()
