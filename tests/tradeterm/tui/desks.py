"""A desk without a server: fixed markets and books, and a log of everything that was asked of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.balances import Account
from tradeterm.protocol.market import Candle, Market, Print, Ticker, VenueStatus
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import (
    AlertCondition,
    MarketState,
    OrderStatus,
    OrderType,
    PositionSide,
    PositionStatus,
    Reason,
    Side,
    TimeInForce,
    TradeType,
    TradingState,
)
from tradeterm.tui.desk.port import (
    EVERYTHING,
    Answer,
    DeskDepth,
    DeskLink,
    DeskLinkState,
    Dirty,
    Done,
    EventLine,
    Label,
    Refused,
    View,
)
from tradeterm.tui.orders.intent import Clocks

NOON = datetime(2026, 1, 5, 12, 31, 7, tzinfo=UTC)
D = Decimal
_MARKETS = (
    ("BTC", "0.5", "0.00001", 2, "45012.50", "0.42"),
    ("ETH", "0.01", "0.0001", 2, "2451.12", "-1.57"),
    ("SOL", "0.01", "0.01", 2, "101.25", "2.40"),
    ("XRP", "0.0001", "1", 4, "0.5321", "0.40"),
    ("BNB", "0.01", "0.001", 2, "310.34", "-0.17"),
    ("DOGE", "0.00001", "1", 5, "0.08123", "-2.22"),
    ("ADA", "0.0001", "1", 4, "0.4417", "-1.12"),
    ("AVAX", "0.01", "0.01", 2, "35.10", "2.61"),
    ("LINK", "0.001", "0.01", 3, "14.620", "-2.28"),
    ("DOT", "0.001", "0.01", 3, "6.912", "0.00"),
    ("LTC", "0.01", "0.001", 2, "70.11", "2.40"),
    ("UNI", "0.001", "0.01", 3, "7.412", "-2.68"),
)


@dataclass
class ManualClock:
    """Both clocks of the console; a test moves them by hand."""

    wall: datetime = NOON
    elapsed: timedelta = timedelta(seconds=10)

    def advance(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.elapsed += timedelta(seconds=seconds)

    def clocks(self) -> Clocks:
        ids = count(1)
        return Clocks(lambda: self.wall, lambda: self.elapsed, lambda: f"{next(ids):032x}")


def market(base: str, tick: str, lot: str, decimals: int) -> Market:
    return Market(
        symbol=f"{base}/USD",
        base=base,
        quote="USD",
        tick=D(tick),
        lot=D(lot),
        min_quantity=D(lot),
        min_notional=D(1),
        price_decimals=decimals,
        maker_fee=D("0.001"),
        taker_fee=D("0.0026"),
        state=MarketState.OPEN,
    )


def order(number: int, side: Side, quantity: str, price: str, *, filled: str = "0", symbol: str = "BTC/USD") -> Order:
    return Order(
        id=f"0192f0c0-0000-7000-8000-{number:012x}",
        client_order_id=f"{number:032x}",
        symbol=symbol,
        side=side,
        type=OrderType.LIMIT,
        quantity=D(quantity),
        price=D(price),
        status=OrderStatus.PARTIALLY_FILLED if D(filled) else OrderStatus.ACCEPTED,
        filled_quantity=D(filled),
        created_at=NOON - timedelta(seconds=20 * number),
        time_in_force=TimeInForce.GTC,
    )


def stop_order(number: int, stop_price: str, reason: Reason | None = None) -> Order:
    """An exit of 0.5 that waits for its trigger; without a reason somebody made it by hand."""
    what = {"type": OrderType.STOP, "price": None, "stop_price": D(stop_price), "reduce_only": True, "reason": reason}
    return order(number, Side.SELL, "0.5", "1").model_copy(update=what)


def position(symbol: str = "BTC/USD", side: PositionSide = PositionSide.LONG, quantity: str = "0.5") -> Position:
    return Position(
        id="p-1",
        symbol=symbol,
        side=side,
        quantity=D(quantity),
        entry_price=D("44765.6"),
        current_price=D("45012.5"),
        unrealized_pnl=D("123.45"),
        unrealized_pnl_percent=D("0.55"),
        realized_pnl=D(0),
        total_pnl=D("123.45"),
        status=PositionStatus.OPEN,
        opened_at=NOON - timedelta(minutes=5),
        fees_paid=D("58.20"),
        net_realized_pnl=D("-58.20"),
        net_total_pnl=D("65.25"),
        break_even_price=D("44998.7"),
    )


def trade(number: int, *, quantity: str = "0.5", price: str = "44765.5", at: datetime = NOON) -> Trade:
    return Trade(
        id=f"t-{number}",
        order_id=f"o-{number}",
        symbol="BTC/USD",
        side=Side.BUY,
        type=TradeType.ENTRY,
        quantity=D(quantity),
        price=D(price),
        value=D(quantity) * D(price),
        fee=D("58.20"),
        executed_at=at,
    )


def account() -> Account:
    return Account(
        currency="USD",
        equity=D("100065.25"),
        cash=D("77559.00"),
        available=D("95564.00"),
        reserved=D("4501.25"),
        margin_used=D("4501.25"),
        maintenance_margin=D("2250.63"),
        margin_level=D("44.46"),
        realized_pnl=D(0),
        unrealized_pnl=D("123.45"),
        fees_paid=D("58.20"),
        day_pnl=D("65.25"),
        exposure=D("22506.25"),
        trading_state=TradingState.ACTIVE,
    )


def ticker(symbol: str, last: str, change: str, tick: str, at: datetime = NOON) -> Ticker:
    return Ticker(
        symbol=symbol,
        bid=D(last),
        bid_size=D("3.341"),
        ask=D(last) + D(tick),
        ask_size=D("6.582"),
        last=D(last),
        mark=D(last),
        change_percent_24h=D(change),
        time=at,
    )


def depth(best_bid: str = "45012.5", tick: str = "0.5", at: datetime = NOON) -> DeskDepth:
    bid, step = D(best_bid), D(tick)
    sizes = [
        D(text) for text in ("3.341", "3.954", "1.238", "7.877", "6.730", "0.164", "8.831", "1.845", "4.599", "2.1")
    ]
    bids = [(bid - step * n, sizes[n % 10]) for n in range(20)]
    asks = [(bid + step * (n + 1), sizes[(n + 3) % 10]) for n in range(20)]
    return DeskDepth(bids, asks, at)


def candles(number: int = 90) -> list[Candle]:
    """A repeatable walk of one-minute candles that ends at noon."""
    made, close, seed = [], D("44900"), 7
    for n in range(number):
        moves = []
        for _ in range(4):
            seed = (seed * 1103515245 + 12345) % 2**31
            moves.append(D(seed % 161 - 78) / 2)
        opened, close = close, close + moves[0]
        if n == number - 1:
            close = D("45012.5")
        made.append(
            Candle(
                symbol="BTC/USD",
                interval="1m",
                time=NOON.replace(second=0) - timedelta(minutes=number - 1 - n),
                open=opened,
                high=max(opened, close) + abs(moves[1]) / 2,
                low=min(opened, close) - abs(moves[2]) / 2,
                close=close,
                volume=abs(moves[3]) + 3,
                trades=9,
                closed=n < number - 1,
            )
        )
    return made


@dataclass
class FakeDesk:
    """State is what a test puts here; `log` is what was asked, in order."""

    clock: ManualClock = field(default_factory=ManualClock)
    market_list: list[Market] = field(default_factory=lambda: [market(*row[:4]) for row in _MARKETS])
    orders: list[Order] = field(default_factory=list)
    ended: list[Order] = field(default_factory=list)
    held: list[Position] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    lines: list[EventLine] = field(default_factory=list)
    candle_list: list[Candle] = field(default_factory=list)
    tape: list[Print] = field(default_factory=list)
    places: dict[str, Decimal] = field(default_factory=dict)
    waiting: list[Alert] = field(default_factory=list)
    money: Account | None = field(default_factory=account)
    exchange: VenueStatus | None = field(
        default_factory=lambda: VenueStatus(venue="paper", mode="paper", market_reach_pct=D(1))
    )
    line: DeskLink = field(
        default_factory=lambda: DeskLink(
            DeskLinkState.LIVE,
            seq=184_223,
            delay=timedelta(milliseconds=38),
            round_trip=timedelta(milliseconds=41),
            newest=NOON - timedelta(milliseconds=100),
        )
    )
    answer: Answer = field(default_factory=Done)
    looked_up: Answer = field(default_factory=lambda: Refused("there is no such order"))
    log: list[tuple[str, object]] = field(default_factory=list)
    dirty: Dirty = EVERYTHING
    view: View | None = None

    def __post_init__(self) -> None:
        self.tickers = {f"{row[0]}/USD": ticker(f"{row[0]}/USD", row[4], row[5], row[1]) for row in _MARKETS}
        self.depths = {"BTC/USD": depth()}

    @property
    def sent(self) -> list[OrderRequest]:
        return [what for name, what in self.log if isinstance(what, OrderRequest)]

    def take_dirty(self) -> Dirty:
        dirty, self.dirty = self.dirty, Dirty()
        return dirty

    def link(self) -> DeskLink:
        return self.line

    def markets(self) -> Mapping[str, Market]:
        return {one.symbol: one for one in self.market_list}

    def ticker(self, symbol: str) -> Ticker | None:
        return self.tickers.get(symbol)

    def depth(self, symbol: str) -> DeskDepth | None:
        return self.depths.get(symbol)

    def candles(self, symbol: str, interval: str) -> Sequence[Candle]:
        return self.candle_list if symbol == "BTC/USD" else []

    def closes(self, symbol: str) -> Sequence[Decimal]:
        start = sum(map(ord, symbol))
        return [D((start * n * n) % 97) for n in range(1, 25)] if self.candle_list else []

    def prints(self, symbol: str) -> Sequence[Print]:
        return [one for one in self.tape if one.symbol == symbol]

    def queue(self) -> Mapping[str, Decimal]:
        return self.places

    def venue(self) -> VenueStatus | None:
        return self.exchange

    def open_orders(self) -> Sequence[Order]:
        return self.orders

    def order(self, order_id: str) -> Order | None:
        return next((one for one in [*self.orders, *self.ended] if one.id == order_id), None)

    def order_of(self, client_order_id: str) -> Order | None:
        return next((one for one in [*self.orders, *self.ended] if one.client_order_id == client_order_id), None)

    def positions(self) -> Sequence[Position]:
        return self.held

    def fills(self) -> Sequence[Trade]:
        return self.trades

    def events(self) -> Sequence[EventLine]:
        return self.lines

    def account(self) -> Account | None:
        return self.money

    async def run(self) -> None:
        await asyncio.Event().wait()

    def resync(self) -> None:
        self.log.append(("resync", None))

    def show(self, view: View) -> None:
        self.view = view

    async def place(self, request: OrderRequest) -> Answer:
        self.log.append(("place", request))
        return self.answer

    async def look_up(self, request: OrderRequest) -> Answer:
        self.log.append(("look up", request.client_order_id))
        return self.looked_up

    async def cancel(self, order_id: str) -> Answer:
        self.log.append(("cancel", order_id))
        return self.answer

    async def close_position(self, symbol: str, client_order_id: str) -> Answer:
        self.log.append(("close", symbol))
        return self.answer

    async def close_all(self) -> Answer:
        self.log.append(("close all", None))
        return self.answer

    async def reverse(self, symbol: str, client_order_id: str) -> Answer:
        self.log.append(("reverse", symbol))
        return self.answer

    async def cancel_entries(self, symbol: str | None) -> Answer:
        self.log.append(("cancel entries", symbol))
        return self.answer

    async def kill(self) -> Answer:
        self.log.append(("kill", None))
        return self.answer

    async def resume(self) -> Answer:
        self.log.append(("resume", None))
        return self.answer

    def alerts(self) -> Sequence[Alert]:
        return self.waiting

    async def set_alert(self, symbol: str, condition: AlertCondition, price: Decimal) -> Answer:
        self.log.append(("alert", (symbol, condition.value, price)))
        return self.answer

    async def delete_alert(self, alert_id: str) -> Answer:
        self.log.append(("delete alert", alert_id))
        return self.answer

    async def set_dead_man(self, seconds: int) -> Answer:
        self.log.append(("dead man", seconds))
        return self.answer

    async def protect(self, symbol: str, stop: Decimal | None, target: Decimal | None) -> Answer:
        self.log.append(("protect", (symbol, stop, target)))
        return self.answer

    async def amend(
        self, order_id: str, *, price: Decimal | None, quantity: Decimal | None, stop_price: Decimal | None = None
    ) -> Answer:
        self.log.append(("amend", (order_id, stop_price or price, quantity)))
        return self.answer


def tape(number: int = 30) -> list[Print]:
    """Trades around the spread, newest first."""
    return [
        Print(
            symbol="BTC/USD",
            id=f"x{n}",
            price=D("45012.5") + D("0.5") * (n * n % 5),
            quantity=D(n * n % 23 + 1) / 16,
            side=Side.SELL if n * n % 3 else Side.BUY,
            time=NOON - timedelta(seconds=n),
        )
        for n in range(number)
    ]


def busy_desk() -> FakeDesk:
    """A desk in the middle of a day: three orders, two positions, fills, events, candles, a tape."""
    desk = FakeDesk(candle_list=candles(), tape=tape())
    desk.orders = [
        order(1, Side.BUY, "0.5", "45010.5"),
        order(2, Side.SELL, "0.25", "45015.0", filled="0.1"),
        order(3, Side.BUY, "2", "2400.00", symbol="ETH/USD"),
    ]
    eth = position("ETH/USD", PositionSide.SHORT, "4")
    short = {"entry_price": D("2446.57"), "current_price": D("2451.12"), "break_even_price": D("2440.21")}
    losing = {"net_total_pnl": D("-43.65"), "unrealized_pnl_percent": D("-0.19"), "unrealized_pnl": D("-18.20")}
    desk.held = [position(), eth.model_copy(update={**short, **losing})]
    desk.trades = [trade(n, at=NOON - timedelta(minutes=7 * n)) for n in range(1, 4)]
    desk.lines = [
        EventLine("3", NOON - timedelta(seconds=20), "BUY 0.5 BTC/USD @ 45,010.50 is working"),
        EventLine("2", NOON - timedelta(seconds=44), "SELL 0.25 BTC/USD: 0.1 filled @ 45,015.00"),
        EventLine("1", NOON - timedelta(seconds=60), "BUY 900 BTC/USD rejected: not enough margin", is_alert=True),
    ]
    stale = desk.tickers["DOT/USD"]
    desk.tickers["DOT/USD"] = stale.model_copy(update={"time": NOON - timedelta(seconds=14)})
    return desk


def in_the_middle() -> FakeDesk:
    """Two positions, an entry in each market, and a stop."""
    stop = order(9, Side.SELL, "1", "44000").model_copy(
        update={"type": OrderType.STOP, "price": None, "stop_price": D(44_000), "reduce_only": True}
    )
    held = [position(), position("SOL/USD", PositionSide.SHORT, "3")]
    orders = [order(1, Side.BUY, "0.5", "45010.5"), order(3, Side.BUY, "2", "90", symbol="SOL/USD"), stop]
    return FakeDesk(held=held, orders=orders)


LABEL = Label("PAPER · SIM prices", account="local", is_private=True)
