"""Brings the Trade screen's panes up to date from the desk: only what is dirty, only when it looks different.

It reads selectors and writes to widgets; it neither hears keys nor sends anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from textual.dom import DOMNode

from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.market import INTERVALS, Market, Ticker
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.context import Context
from tradeterm.tui.desk.day import Day, day_of
from tradeterm.tui.desk.port import Dirty, LinkState
from tradeterm.tui.desk.valuation import is_stale
from tradeterm.tui.drawing.bars import account_bar, account_lines, link_lines, status_bar
from tradeterm.tui.drawing.cells import Row
from tradeterm.tui.drawing.chart.candle_plot import Plot
from tradeterm.tui.drawing.chart.overlays import Mark
from tradeterm.tui.drawing.chart.seen_prices import SeenPrices
from tradeterm.tui.drawing.chart.title import chart_title
from tradeterm.tui.drawing.columns import columns
from tradeterm.tui.drawing.hint_bar import hint_bar, line_hint_bar, notice_bar
from tradeterm.tui.drawing.kept_rows import KeptRows
from tradeterm.tui.drawing.ladder.own_orders import own_orders
from tradeterm.tui.drawing.ladder.view import LadderView
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
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.panes import Pane, Shown
from tradeterm.tui.drawing.parts import Line
from tradeterm.tui.drawing.tape import summed
from tradeterm.tui.drawing.tones import sign_tone
from tradeterm.tui.drawing.words.ticket import ticket_text
from tradeterm.tui.format import shortest_quantity, signed_money
from tradeterm.tui.orders.levels import level_of
from tradeterm.tui.screens.trade.ladder_deck import LadderDeck
from tradeterm.tui.widgets.chart import CandleChart
from tradeterm.tui.widgets.grid.view import GridView
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.order_line import OrderLine
from tradeterm.tui.widgets.ticket import Ticket
from tradeterm.tui.widgets.titles import resubtitle, retitle

FLASH = timedelta(milliseconds=300)
FLASH_GAP = timedelta(milliseconds=334)
GRID_PANES = (Pane.WATCH, Pane.ORDERS, Pane.POSITIONS, Pane.FILLS, Pane.EVENTS, Pane.TAPE, Pane.ALERTS)
TAPE_ROWS = 100
SHORT_NAMES = {Pane.ORDERS: "Ord", Pane.FILLS: "Fill", Pane.EVENTS: "Ev", Pane.TAPE: "Tape", Pane.ALERTS: "Alrt"}
SLOW_EVERY = 5  # ticks: what only ages is looked at twice a second


class Painter:
    """One tick of the clock paints; everything else follows from what is dirty."""

    def __init__(self, screen: DOMNode, context: Context, deck: LadderDeck) -> None:
        self._screen = screen
        self._deck = deck
        self._ctx = context
        self._desk = context.desk
        self._seen = SeenPrices()
        self._lasts: dict[str, Decimal] = {}
        self._ways: dict[str, Tone] = {}  # which way each price went last
        self._charted: Decimal | None = None  # the last price in the chart
        self._flashes: dict[str, tuple[datetime, Tone]] = {}
        self._ticks = 0
        self._day = Day()
        self._order_rows, self._fill_rows = KeptRows(self._order_row), KeptRows(_fill_row)
        self._grids: dict[Pane, GridView] = {}
        self._hints: dict[Pane, Line] = {}
        self._titled: tuple[Shown, Mapping[Pane, int]] | None = None  # what the lower panes' titles say
        self.tape_from = ZERO  # the least size that the tape shows

    def paint(self, dirty: Dirty, symbol: str, interval: str, shown: Shown) -> None:
        for _ in self.strokes(dirty, symbol, interval, shown):
            pass

    def strokes(self, dirty: Dirty, symbol: str, interval: str, shown: Shown) -> Iterator[None]:
        """The same in three parts that take about as long: lists, ladders, and what shows one market and its money. They are
        few, for each turn of the loop between them costs too."""
        now = self._ctx.clocks.now()
        self._ticks += 1
        is_slow_tick = dirty.everything or self._ticks % SLOW_EVERY == 0
        self._paint_lists(dirty, symbol, now, shown, is_slow_tick=is_slow_tick)
        yield
        self._paint_ladders(dirty, symbol, now, shown, is_due=dirty.orders or is_slow_tick)
        yield
        if (symbol in dirty.candles or is_slow_tick or self._has_traded(symbol)) and Pane.CHART in shown.visible:
            self.paint_chart(symbol, interval, now)
        if dirty.fills or is_slow_tick:
            self._day = day_of(self._desk.fills(), now)
        self._paint_bars(symbol, now)
        self.paint_ticket(symbol)
        self._paint_link(dirty, now)

    def _paint_lists(self, dirty: Dirty, symbol: str, now: datetime, shown: Shown, *, is_slow_tick: bool) -> None:
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

    @property
    def _is_old(self) -> bool:
        """Is what one sees not the present: no link, or a terminal that is late with it?"""
        return self._desk.link().state is not LinkState.LIVE or self._ctx.is_terminal_late

    # -- tables -------------------------------------------------------------------------------------------------------

    def _grid(self, pane: Pane) -> GridView:
        if pane not in self._grids:
            self._grids[pane] = self._screen.query_one(f"#{pane}", GridView)
        return self._grids[pane]

    def _paint_watch(self, dirty: Dirty, symbol: str, now: datetime, shown: Shown) -> None:
        grid, markets = self._grid(Pane.WATCH), self._desk.markets()
        watched = self._ctx.watchlist.shown(markets)
        for name in dirty.tickers:
            if (ticker := self._desk.ticker(name)) is not None:
                self._see(ticker, now)
        if (ticker := self._desk.ticker(symbol)) is not None:
            self._seen.see(ticker)
        self._flashes = {name: flash for name, flash in self._flashes.items() if now - flash[0] < FLASH_GAP}
        grid.show_rows([self._watch_row(markets[name], now, shown) for name in watched])
        grid.mark(symbol)
        retitle(grid, f"1 Watch  {len(watched)}")

    def _watch_row(self, market: Market, now: datetime, shown: Shown) -> Row:
        flash = self._flashes.get(market.symbol)
        tone = flash[1] if flash is not None and now - flash[0] < FLASH else None
        ticker = self._desk.ticker(market.symbol)
        closes = self._desk.closes(market.symbol)
        return watch_row(market, ticker, now, tone, is_wide=shown.is_wide, closes=closes)

    def _see(self, ticker: Ticker, now: datetime) -> None:
        """Tint a price that turned round, at most three times a second; one that goes on its way is not news."""
        before, last = self._lasts.get(ticker.symbol), ticker.last
        if last is None:
            return
        self._lasts[ticker.symbol] = last
        if before is None or before == last:
            return
        way = Tone.FLASH_UP if last > before else Tone.FLASH_DOWN
        has_turned = self._ways.get(ticker.symbol, way) is not way
        self._ways[ticker.symbol] = way
        if has_turned and self._ctx.habits.flashes and ticker.symbol not in self._flashes:
            self._flashes[ticker.symbol] = (now, way)

    def _paint_orders(self, shown: Shown) -> None:
        markets = self._desk.markets()
        rows = [
            sent_row(sent, markets[sent.request.symbol], is_wide=shown.has_room(Pane.ORDERS))
            for sent in self._ctx.trading.sender.outbox
            if sent.request.symbol in markets
        ]
        known = [(one, markets[one.symbol]) for one in self._desk.open_orders() if one.symbol in markets]
        rows += self._order_rows.rows(known, is_wide=shown.has_room(Pane.ORDERS))
        self._grid(Pane.ORDERS).show_rows(rows)
        self._title_lower(shown)

    def _order_row(self, order: Order, market: Market, is_wide: bool) -> Row:
        return order_row(order, market, is_wide=is_wide, names_holder=not self._ctx.label.is_paper)

    def _paint_positions(self, now: datetime, shown: Shown) -> None:
        markets, orders = self._desk.markets(), self._desk.open_orders()
        rows, is_down = [], self._is_old
        for position in self._desk.positions():
            if (market := markets.get(position.symbol)) is not None:
                ticker = self._desk.ticker(position.symbol)
                is_old = is_down or ticker is None or is_stale(ticker, now)
                stop = stop_of(position, orders)
                rows.append(position_row(position, market, stop, is_wide=shown.has_room(Pane.POSITIONS), is_old=is_old))
        self._grid(Pane.POSITIONS).show_rows(rows)
        self._title_lower(shown)
        self._show_total(orders)

    def _paint_tape(self, symbol: str) -> None:
        market = self._ctx.trading.market(symbol)
        if market is not None:
            prints = summed(self._desk.prints(symbol), self.tape_from)
            rows = [tape_row(one, market) for one in prints[:TAPE_ROWS]]
            self._grid(Pane.TAPE).show_rows(rows)

    def _paint_alerts(self) -> None:
        markets = self._desk.markets()
        rows = [
            alert_row(alert, markets[alert.symbol], self._desk.ticker(alert.symbol))
            for alert in self._desk.alerts()
            if alert.symbol in markets
        ]
        self._grid(Pane.ALERTS).show_rows(rows)

    def _paint_fills(self, shown: Shown) -> None:
        markets = self._desk.markets()
        fills = [(one, markets[one.symbol]) for one in self._desk.fills() if one.symbol in markets]
        self._grid(Pane.FILLS).show_rows(self._fill_rows.rows(fills, is_wide=shown.has_room(Pane.FILLS)))

    def _title_lower(self, shown: Shown) -> None:
        positions = self._desk.positions()
        counts = {
            Pane.POSITIONS: len(positions),
            Pane.ORDERS: len(self._grid(Pane.ORDERS).row_ids),
            Pane.ALERTS: len(self._desk.alerts()),
        }
        if self._titled == (shown, counts):
            return
        self._titled = shown, counts
        for pane in shown.lower_panes:
            is_roomy = shown.is_wide or shown.zoomed is pane
            names = {} if is_roomy else SHORT_NAMES
            tabs = [(_tab(tab, counts.get(tab, 0), names), tab is pane) for tab in shown.lower_panes]
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
            is_wide = shown.is_wide if pane is Pane.WATCH else shown.has_room(pane)
            self._grid(pane).show_columns(columns(pane, is_wide=is_wide))

    # -- the market ---------------------------------------------------------------------------------------------------

    def _paint_ladders(self, dirty: Dirty, page: str, now: datetime, shown: Shown, *, is_due: bool) -> None:
        moved = dirty.tickers | dirty.books | dirty.prints
        symbols = self._deck.symbols(shown, page)
        for number, symbol in enumerate(symbols, 1):
            if is_due or symbol in moved:
                name = self._ladder_name(number, symbol) if len(symbols) > 1 else ""
                self._paint_ladder(self._deck.numbered(number), symbol, now, name)

    def _ladder_name(self, number: int, symbol: str) -> str:
        return f"{symbol} pinned" if self._ctx.habits.pins.is_pinned(number) else symbol

    def _paint_ladder(self, ladder: Ladder, symbol: str, now: datetime, name: str) -> None:
        market, depth = self._ctx.trading.market(symbol), self._desk.depth(symbol)
        if market is None:
            return
        ticker = self._desk.ticker(symbol)
        ladder.show_size(f"B S i d I D  {self._ctx.trading.describe_size(symbol)}")
        quiet = depth is None or depth.stale or self._is_old
        ladder.show(
            LadderView(
                market=market,
                bids=depth.bids if depth is not None else (),
                asks=depth.asks if depth is not None else (),
                last=ticker.last if ticker is not None else None,
                own=own_orders(self._ctx.trading.working(symbol), self._desk.queue()),
                prints=self._desk.prints(symbol),
                position=self._ctx.trading.position(symbol),
                now=now,
                is_stale=quiet or (ticker is not None and is_stale(ticker, now)),
                name=name,
            )
        )

    def _has_traded(self, symbol: str) -> bool:
        """Whether the bar above is about to show another last price than the chart does."""
        ticker = self._desk.ticker(symbol)
        return ticker is not None and ticker.last != self._charted

    def paint_chart(self, symbol: str, interval: str, now: datetime) -> None:
        chart, market = self._screen.query_one(CandleChart), self._ctx.trading.market(symbol)
        if market is None:
            return
        ticker, candles = self._desk.ticker(symbol), self._desk.candles(symbol, interval)
        is_trail = not candles
        seconds = 1 if is_trail else INTERVALS[interval]
        self._charted = last = ticker.last if ticker is not None else None
        tone = Tone.STALE if ticker is None or is_stale(ticker, now) else sign_tone(ticker.change_percent_24h)
        plot = Plot(
            candles=candles or self._seen.candles(symbol),
            seconds=seconds,
            decimals=market.price_decimals,
            last=last,
            last_tone=tone,
            marks=self._marks(symbol),
            is_hollow=self._ctx.palette.is_mono,
        )
        chart.show(plot, f"No price of {symbol} yet.", market.tick)
        newest = plot.candles[-1] if plot.candles else None
        named = "last price" if is_trail else interval
        retitle(chart, chart_title(market, named, chart.view.times, newest, chart.view.vwap, chart.size.width - 4))

    def _marks(self, symbol: str) -> tuple[Mark, ...]:
        orders = [
            Mark(at, order.side, label=f"{order.side.value[0].upper()}{_left(order)} ")
            for order in self._ctx.trading.working(symbol)
            if (at := level_of(order)) is not None
        ]
        fills = [Mark(t.price, t.side, t.executed_at) for t in self._desk.fills() if t.symbol == symbol]
        held = self._ctx.trading.position(symbol)
        alerts = [
            Mark(one.price, Side.BUY, label=f"alert {one.condition} ", rule="·", tone=Tone.ALERT)
            for one in self._desk.alerts()
            if one.symbol == symbol
        ]
        return (*([_entry(held)] if held is not None else []), *orders, *alerts, *fills)

    # -- bars, ticket, link -------------------------------------------------------------------------------------------

    def _paint_bars(self, symbol: str, now: datetime) -> None:
        desk, width = self._desk, self._screen.app.size.width
        market, modes = self._ctx.trading.market(symbol), self._ctx.trading.modes
        positions = desk.positions()
        net = total_net(positions) if all(one.current_price is not None for one in positions) else None
        left = modes.left(self._ctx.clocks.steady())
        bar = account_bar(
            *(self._ctx.label, modes.mode, market, desk.ticker(symbol), desk.account(), now, width),
            net=net,
            armed_for=left,
        )
        self._screen.query_one("#account-bar", Lines).show([bar])
        newest = next(iter(desk.events()), None)
        self._screen.query_one("#status-bar", Lines).show(
            [status_bar(desk.link(), newest, now, width, self._ctx.terminal_lag(), desk.venue())]
        )

    def paint_foot(self, pane: Pane) -> None:
        """What has to be said; where there is nothing, the keys of the order line while it is open, or of the focused pane."""
        notice = self._ctx.notices.current(self._ctx.clocks.steady())
        if notice is not None:
            line = notice_bar(notice.text, notice.is_alert)
        elif self._screen.query_one(OrderLine).is_open:
            line = line_hint_bar(self._ctx.keymap)
        else:
            line = self._hints[pane] = self._hints.get(pane) or hint_bar(self._ctx.keymap, pane)
        self._screen.query_one("#hint-bar", Lines).show([line])

    def paint_ticket(self, symbol: str) -> None:
        ticket = self._screen.query_one(Ticket)
        if ticket.draft is None:
            ticket.show_summary(account_lines(self._desk.account(), self._desk.positions(), symbol, self._day))
        else:
            ticket.show_text(ticket_text(ticket.draft, self._ctx.trading))

    def _paint_link(self, dirty: Dirty, now: datetime) -> None:
        link = self._desk.link()
        is_down = link.state is not LinkState.LIVE
        box = self._screen.query_one("#link-box", Lines)
        self._screen.set_class(self._is_old, "-down")
        box.display = is_down
        if is_down:
            retitle(box, "Not connected")
            box.show(link_lines(link, len(self._desk.open_orders()), now))


def _fill_row(trade: Trade, market: Market, is_wide: bool) -> Row:
    return fill_row(trade, market, is_wide=is_wide)


def _left(order: Order) -> str:
    return shortest_quantity(order.quantity - order.filled_quantity, 8)


def _entry(position: Position) -> Mark:
    """The line of a position: its side and what it has made."""
    is_long = position.side is PositionSide.LONG
    label = f"{position.side.upper()} {signed_money(position.net_total_pnl)} "
    return Mark(position.entry_price, Side.BUY if is_long else Side.SELL, label=label, rule="─")


def _tab(pane: Pane, count: int, names: Mapping[Pane, str] = MappingProxyType({})) -> str:
    return f"{pane.number} {names.get(pane, pane.capitalize())}" + (f" {count}" if count else "")
