"""Brings the lists of the Trade screen up to date: watch, orders, positions, fills, events, tape, alerts, and their titles."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from textual.dom import DOMNode

from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.market import Market, Print
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import Dirty
from tradeterm.tui.desk.valuation import is_stale
from tradeterm.tui.drawing.away import away_share, away_text, share_between
from tradeterm.tui.drawing.cells import Column, Row
from tradeterm.tui.drawing.columns import columns
from tradeterm.tui.drawing.flashes import Flashes
from tradeterm.tui.drawing.kept_rows import KeptRows
from tradeterm.tui.drawing.market_rows import alert_row, tape_row, watch_row
from tradeterm.tui.drawing.order_rows import (
    cover_words,
    event_row,
    fill_row,
    order_row,
    position_row,
    sent_row,
    stop_of,
    total_net,
)
from tradeterm.tui.drawing.panes import Pane, Shown
from tradeterm.tui.drawing.sorting import Sort, Sorting, Value
from tradeterm.tui.drawing.tape import summed
from tradeterm.tui.format import signed_money
from tradeterm.tui.orders.in_flight import Fate
from tradeterm.tui.orders.levels import level_of
from tradeterm.tui.watchlist import Group
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.titles import resubtitle, retitle

GRID_PANES = (Pane.WATCH, Pane.ORDERS, Pane.POSITIONS, Pane.FILLS, Pane.EVENTS, Pane.TAPE, Pane.ALERTS)
TAPE_ROWS = 100
SHORT_NAMES = {Pane.ORDERS: "Ord", Pane.FILLS: "Fill", Pane.EVENTS: "Ev", Pane.TAPE: "Tape", Pane.ALERTS: "Alrt"}


_NO_MARKET = {
    Group.ALL: "No markets yet.",
    Group.FAVOURITES: "No favourite yet: * marks one. w shows all.",
    Group.HELD: "No position in a watched market. w shows all.",
}


class ListPainter:
    """Draws rows from the desk's selectors into the grids."""

    def __init__(self, screen: DOMNode, context: Context) -> None:
        self._screen = screen
        self._ctx, self._desk = context, context.desk
        self._flashes = Flashes(is_wanted=context.habits.flashes)
        self._order_rows, self._fill_rows = KeptRows(self._order_row), KeptRows(_fill_row)
        self._grids: dict[Pane, GridView] = {}
        self._orders = self._unknown = 0  # that work or are under way, filtered or not; whose outcome nobody knows
        self._titled: tuple[Shown, Mapping[Pane, int], int] | None = None  # what the lower panes' titles say
        self.tape_from = ZERO  # the least size that the tape shows
        self.sorting = Sorting()

    def paint(self, dirty: Dirty, symbol: str, now: datetime, shown: Shown, *, is_slow_tick: bool) -> None:
        """What is dirty of them; on a slow tick also what only ages."""
        if self._ctx.trading.sender.outbox.sweep(now, self._desk.order_of) or dirty.orders or is_slow_tick:
            self._paint_orders(shown)
        if dirty.tickers or self._flashes or is_slow_tick:
            self._paint_watch(dirty, symbol, now, shown)
        if dirty.positions or dirty.orders or dirty.markets or is_slow_tick:
            self._paint_positions(now, shown)
        if (dirty.fills or dirty.everything) and Pane.FILLS in shown.visible:
            self._paint_fills(shown)
        if (dirty.events or dirty.everything) and Pane.EVENTS in shown.visible:
            self._grid(Pane.EVENTS).show_rows([event_row(line) for line in self._desk.events()])
        if (symbol in dirty.prints or dirty.everything) and Pane.TAPE in shown.visible:
            self._paint_tape(symbol)
        if is_slow_tick and Pane.ALERTS in shown.visible:
            self._paint_alerts()

    def _grid(self, pane: Pane) -> GridView:
        if pane not in self._grids:
            self._grids[pane] = self._screen.query_one(f"#{pane}", GridView)
        return self._grids[pane]

    def _paint_watch(self, dirty: Dirty, symbol: str, now: datetime, shown: Shown) -> None:
        grid, markets = self._grid(Pane.WATCH), self._desk.markets()
        watchlist = self._ctx.watchlist
        watched = watchlist.seen(markets, [position.symbol for position in self._desk.positions()])
        for name in dirty.tickers:
            if (ticker := self._desk.ticker(name)) is not None:
                self._flashes.see(ticker, now)
        self._flashes.forget(now)
        ordered = self.sorting.sorted(Pane.WATCH, watched, self._watch_value)
        grid.show_rows([self._watch_row(markets[name], now, shown) for name in ordered])
        grid.mark(symbol)
        grid.say_when_empty(_NO_MARKET[watchlist.group])
        group = "" if watchlist.group is Group.ALL else f"{watchlist.group} "
        retitle(grid, f"1 Watch  {group}{len(watched)}")

    def _watch_value(self, symbol: str, title: str) -> Value:
        ticker = self._desk.ticker(symbol)
        return symbol if title == "Sym" else None if ticker is None else ticker.change_percent_24h

    def _watch_row(self, market: Market, now: datetime, shown: Shown) -> Row:
        ticker, tone = self._desk.ticker(market.symbol), self._flashes.tone(market.symbol, now)
        closes, is_favourite = self._desk.closes(market.symbol), market.symbol in self._ctx.watchlist.favourites
        return watch_row(*(market, ticker, now, tone), is_wide=shown.is_wide, closes=closes, is_favourite=is_favourite)

    def _paint_orders(self, shown: Shown) -> None:
        markets, is_wide = self._desk.markets(), shown.has_room(Pane.ORDERS)
        rows = [
            sent_row(sent, markets[sent.request.symbol], is_wide=is_wide)
            for sent in self._ctx.trading.sender.outbox
            if sent.request.symbol in markets
        ]
        known = [(one, markets[one.symbol]) for one in self._desk.open_orders() if one.symbol in markets]
        ordered = self.sorting.sorted(Pane.ORDERS, known, self._order_value)
        told = [(one, market, self._away(one, market)) for one, market in ordered]
        rows += self._order_rows.rows(told, is_wide=is_wide)
        self._orders = len(rows)
        self._unknown = sum(sent.fate is Fate.UNKNOWN for sent in self._ctx.trading.sender.outbox)
        self._unknown += sum(order.unconfirmed for order, _ in known)
        self._grid(Pane.ORDERS).show_rows(rows)
        self._title_lower(shown)

    def _order_value(self, listed: tuple[Order, Market], title: str) -> Value:
        order, _ = listed
        if title == "Away":
            return away_share(order, self._desk.ticker(order.symbol))
        values: Mapping[str, Value] = {"Sym": order.symbol, "Side": order.side, "Price": level_of(order)}
        return values[title]

    def _away(self, order: Order, market: Market) -> str:
        return away_text(order, market, self._desk.ticker(order.symbol))

    def _order_row(self, order: Order, market: Market, away: str, is_wide: bool) -> Row:
        return order_row(order, market, away, is_wide=is_wide, names_holder=not self._ctx.label.is_paper)

    def _paint_positions(self, now: datetime, shown: Shown) -> None:
        markets, orders = self._desk.markets(), self._desk.open_orders()
        rows, is_down = [], self._ctx.is_old
        for position in self.sorting.sorted(Pane.POSITIONS, self._desk.positions(), _position_value):
            if (market := markets.get(position.symbol)) is not None:
                ticker = self._desk.ticker(position.symbol)
                is_old = is_down or ticker is None or is_stale(ticker, now)
                stop = stop_of(position, orders)
                rows.append(position_row(position, market, stop, is_wide=shown.has_room(Pane.POSITIONS), is_old=is_old))
        self._grid(Pane.POSITIONS).show_rows(rows)
        self._title_lower(shown)
        self._show_total(orders)

    def tape(self, symbol: str) -> list[Print]:
        """The lines of this market's tape, newest first."""
        return summed(self._desk.prints(symbol), self.tape_from)[:TAPE_ROWS]

    def _paint_tape(self, symbol: str) -> None:
        market = self._ctx.trading.market(symbol)
        if market is not None:
            rows = [tape_row(one, market) for one in self.tape(symbol)]
            self._grid(Pane.TAPE).show_rows(rows)

    def _paint_alerts(self) -> None:
        markets = self._desk.markets()
        alerts = [alert for alert in self._desk.alerts() if alert.symbol in markets]
        rows = [
            alert_row(alert, markets[alert.symbol], self._desk.ticker(alert.symbol))
            for alert in self.sorting.sorted(Pane.ALERTS, alerts, self._alert_value)
        ]
        self._grid(Pane.ALERTS).show_rows(rows)

    def _alert_value(self, alert: Alert, title: str) -> Value:
        ticker = self._desk.ticker(alert.symbol)
        away = share_between(alert.price, None if ticker is None else ticker.last)
        values: Mapping[str, Value] = {"Sym": alert.symbol, "Price": alert.price, "Away": away}
        return values[title]

    def _paint_fills(self, shown: Shown) -> None:
        markets = self._desk.markets()
        known = [one for one in self._desk.fills() if one.symbol in markets]
        fills = [(one, markets[one.symbol], "") for one in self.sorting.sorted(Pane.FILLS, known, _fill_value)]
        self._grid(Pane.FILLS).show_rows(self._fill_rows.rows(fills, is_wide=shown.has_room(Pane.FILLS)))

    def _title_lower(self, shown: Shown) -> None:
        positions = self._desk.positions()
        counts = {
            Pane.POSITIONS: len(positions),
            Pane.ORDERS: self._orders,
            Pane.ALERTS: len(self._desk.alerts()),
        }
        wanted = shown, counts, self._unknown
        if self._titled == wanted:
            return
        self._titled = wanted
        doubts = {Pane.ORDERS: self._unknown}  # seen whichever of the tabs is in front
        for pane in shown.lower_panes:
            is_roomy = shown.is_wide or shown.zoomed is pane
            names = {} if is_roomy else SHORT_NAMES
            tabs = [
                (_tab(tab, counts.get(tab, 0), names, doubts.get(tab, 0)), tab is pane) for tab in shown.lower_panes
            ]
            retitle(self._grid(pane), "", tabs, is_tight=not is_roomy)
        alone = {Pane.POSITIONS, Pane.TAPE, Pane.ALERTS} - set(shown.lower_panes)
        for pane in alone:
            retitle(self._grid(pane), _tab(pane, counts.get(pane, 0)))

    def _show_total(self, orders: Sequence[Order]) -> None:
        """What all positions have made, at the foot of their pane, nothing while a mark is missing; and after it of which
        one the stop does not cover all: that at the cursor, or the first."""
        grid, positions = self._grid(Pane.POSITIONS), self._desk.positions()
        if grid.filter:
            return
        covers = {one.symbol: cover_words(one.symbol, stop_of(one, orders)) for one in positions}
        cover = covers.get(grid.cursor_id or "") or next(filter(None, covers.values()), "")
        is_known = positions and all(position.current_price is not None for position in positions)
        total = f"net {signed_money(total_net(positions))}" if is_known else ""
        resubtitle(grid, "  ".join(filter(None, (total, f"! {cover}" if cover else ""))))

    def show_columns(self, shown: Shown) -> None:
        """Give the tables the columns of this width; `paint` with everything must follow."""
        for pane in GRID_PANES:
            table = _columns(pane, shown)
            self.sorting.forget_hidden(pane, table)
            self._grid(pane).show_columns(self.sorting.marked(pane, table))

    def sort_next(self, pane: Pane, shown: Shown) -> Sort | None:
        """The list's next order; to be painted with everything."""
        by = self.sorting.next(pane, _columns(pane, shown))
        self.show_columns(shown)
        return by


def _columns(pane: Pane, shown: Shown) -> tuple[Column, ...]:
    return columns(pane, is_wide=shown.is_wide if pane is Pane.WATCH else shown.has_room(pane))


def _position_value(position: Position, title: str) -> Value:
    if title == "Sym":
        return position.symbol
    return None if position.current_price is None else position.net_total_pnl


def _fill_value(trade: Trade, title: str) -> Value:
    values: Mapping[str, Value] = {"Sym": trade.symbol, "Price": trade.price, "Fee": trade.fee}
    return values.get(title, trade.realized_pnl)


def _fill_row(trade: Trade, market: Market, _: str, is_wide: bool) -> Row:
    return fill_row(trade, market, is_wide=is_wide)


def _tab(pane: Pane, count: int, names: Mapping[Pane, str] = MappingProxyType({}), unknown: int = 0) -> str:
    """`4 Orders 2 ?1`."""
    text = f"{pane.number} {names.get(pane, pane.capitalize())}"
    return text + (f" {count}" if count else "") + (f" ?{unknown}" if unknown else "")
