"""Brings what shows one market up to date: its ladders and its chart."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from textual.dom import DOMNode

from tradeterm.protocol.market import INTERVALS
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import Dirty
from tradeterm.tui.desk.valuation import is_stale
from tradeterm.tui.drawing.chart.candle_plot import ChartType, Plot
from tradeterm.tui.drawing.chart.overlays import Mark
from tradeterm.tui.drawing.chart.seen_prices import SeenPrices
from tradeterm.tui.drawing.chart.title import chart_title
from tradeterm.tui.drawing.keymap import shown_keys
from tradeterm.tui.drawing.ladder.own_orders import own_orders
from tradeterm.tui.drawing.ladder.view import LadderView
from tradeterm.tui.drawing.order_rows import row_id
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.panes import Shown
from tradeterm.tui.drawing.tones import sign_tone
from tradeterm.tui.format import shortest_quantity, signed_money
from tradeterm.tui.orders.levels import level_of
from tradeterm.tui.screens.trade.ladder_deck import LadderDeck
from tradeterm.tui.widgets.chart import CandleChart
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.titles import retitle


class MarketPainter:
    """Reads the desk's selectors, and writes to the ladders and the chart."""

    def __init__(self, screen: DOMNode, context: Context, deck: LadderDeck) -> None:
        self._screen, self._deck = screen, deck
        self._ctx, self._desk = context, context.desk
        self._seen = SeenPrices()
        self._home = shown_keys(context.keymap, "ladder.recentre").split()[0]
        self._charted: Decimal | None = None  # the last price in the chart

    def see(self, symbol: str) -> None:
        """Remember the price of the market that one looks at: see `SeenPrices`."""
        if (ticker := self._desk.ticker(symbol)) is not None:
            self._seen.see(ticker)

    def paint_ladders(self, dirty: Dirty, page: str, now: datetime, shown: Shown, *, is_due: bool) -> None:
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
        if ladder.held is not None and not any(row_id(one) == ladder.held.row_id for one in self._working(symbol)):
            ladder.put_back()
            self._ctx.tell("The order in the hand has ended: there is nothing to put down.", is_alert=True)
        quiet = depth is None or depth.stale or self._ctx.is_old
        ladder.show(
            LadderView(
                market=market,
                bids=depth.bids if depth is not None else (),
                asks=depth.asks if depth is not None else (),
                last=ticker.last if ticker is not None else None,
                own=own_orders(self._working(symbol), self._desk.queue()),
                prints=self._desk.prints(symbol),
                position=self._ctx.trading.position(symbol),
                now=now,
                is_stale=quiet or (ticker is not None and is_stale(ticker, now)),
                name=name,
                home=self._home,
            )
        )
        ladder.show_size(self._ctx.trading.describe_size(symbol, is_stop=ladder.is_stop))

    def _working(self, symbol: str) -> Sequence[Order]:
        return self._ctx.trading.working(symbol)

    def has_traded(self, symbol: str) -> bool:
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
            look=ChartType.HOLLOW if self._ctx.palette.is_mono else ChartType.CANDLES,
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


def _left(order: Order) -> str:
    return shortest_quantity(order.quantity - order.filled_quantity, 8)


def _entry(position: Position) -> Mark:
    """The line of a position: its side and what it has made."""
    is_long = position.side is PositionSide.LONG
    label = f"{position.side.upper()} {signed_money(position.net_total_pnl)} "
    return Mark(position.entry_price, Side.BUY if is_long else Side.SELL, label=label, rule="─")
