"""Events in, current state out. Fed by events alone, live or replayed; knows no socket and no clock.

Whoever paints asks `take_dirty` what changed since it last did, as keys like ("order", id) or ("ticker", symbol).
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from decimal import Decimal

from tradeterm.client.session import TRADING, Event, Fact, Snapshot
from tradeterm.protocol.balances import Account, Balance
from tradeterm.protocol.market import Book, Candle, Market, Print, Ticker
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import FINAL_STATUSES, PositionStatus

ENDED_ORDERS = 1000
TRADES = 1000
EVENTS = 2000
TAPE = 500
CANDLES = 2000

Key = tuple[str, ...]


class Depth:
    """One book, kept by snapshot and deltas. `seq` is what the next delta must follow."""

    def __init__(self, book: Book) -> None:
        self.bids: dict[Decimal, Decimal] = dict(book.bids)
        self.asks: dict[Decimal, Decimal] = dict(book.asks)
        self.seq, self.time, self.stale = book.seq, book.time, book.stale

    def follow(self, delta: Book) -> bool:
        """Apply a delta; False when it does not follow what is known."""
        if delta.prev != self.seq:
            return False
        for side, changes in ((self.bids, delta.bids), (self.asks, delta.asks)):
            for price, quantity in changes:
                if quantity:
                    side[price] = quantity
                else:
                    side.pop(price, None)
        self.seq, self.time, self.stale = delta.seq, delta.time, delta.stale
        return True

    def top(self, levels: int = 20) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        """(bids, asks), best first."""
        bids = sorted(self.bids.items(), reverse=True)[:levels]
        return bids, sorted(self.asks.items())[:levels]


class Store:
    """The state of one account and of the markets that are watched. `broken` names books that need a new snapshot."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}  # open ones
        self.ended: OrderedDict[str, Order] = OrderedDict()  # newest last, bounded
        self.by_client_id: dict[str, str] = {}
        self.positions: dict[str, Position] = {}  # open ones, by symbol
        self.balances: dict[str, Balance] = {}
        self.account: Account | None = None
        self.trades: deque[Trade] = deque(maxlen=TRADES)  # newest first
        self.markets: dict[str, Market] = {}
        self.tickers: dict[str, Ticker] = {}
        self.books: dict[str, Depth] = {}
        self.tape: dict[str, deque[Print]] = {}  # newest first
        self.candles: dict[tuple[str, str], OrderedDict[str, Candle]] = {}
        self.seq = 0
        self.broken: set[str] = set()
        self._dirty: set[Key] = set()

    def take_dirty(self) -> set[Key]:
        """What changed since the last call. ("all",) after a snapshot of the account."""
        dirty, self._dirty = self._dirty, set()
        return dirty

    def order(self, order_id: str) -> Order | None:
        """An order by its id, open or lately ended; None when it is neither."""
        return self.orders.get(order_id) or self.ended.get(order_id)

    def order_of(self, client_order_id: str) -> Order | None:
        """An order by the client's own id for it; None when it is not known."""
        order_id = self.by_client_id.get(client_order_id)
        return None if order_id is None else self.order(order_id)

    def set_markets(self, markets: list[Market]) -> None:
        """Take the list of markets, which no stream carries."""
        self.markets = {market.symbol: market for market in markets}
        self._dirty.add(("markets",))

    def set_candles(self, symbol: str, interval: str, candles: list[Candle]) -> None:
        """History from REST, under what the stream has brought meanwhile."""
        key = (symbol, interval)
        fresh = self.candles.get(key, OrderedDict())
        merged = {candle.time.isoformat(): candle for candle in candles} | dict(fresh)
        self.candles[key] = OrderedDict(sorted(merged.items())[-CANDLES:])
        self._dirty.add(("candles", symbol, interval))

    def set_trades(self, trades: list[Trade]) -> None:
        """The newest own trades from REST, newest first, under what the stream has brought meanwhile."""
        known = {trade.id for trade in trades}
        fresh = [trade for trade in self.trades if trade.id not in known]
        newest_first = sorted([*fresh, *trades], key=lambda trade: trade.executed_at, reverse=True)
        self.trades = deque(newest_first[:TRADES], maxlen=TRADES)
        self._dirty.add(("trades",))

    def forget(self, channels: Iterable[str]) -> None:
        """Drop what came by market channels that are no longer watched: it would look as if it were still true."""
        for _, symbol, kind, *interval in (channel.split(":") for channel in channels):
            match kind:
                case "ticker":
                    self.tickers.pop(symbol, None)
                case "book":
                    self.books.pop(symbol, None)
                case "trades":
                    self.tape.pop(symbol, None)
                case "candles":
                    self.candles.pop((symbol, *interval), None)  # type: ignore[arg-type]

    def apply(self, fact: Fact) -> None:
        """Take one fact of the session; facts that hold no state are ignored."""
        if isinstance(fact, Snapshot):
            self._snapshot(fact)
        elif isinstance(fact, Event):
            self._event(fact)

    # ------------------------------------------------------------ the account

    def _snapshot(self, fact: Snapshot) -> None:
        if fact.channel != TRADING:
            self._market_snapshot(fact)
            return
        self.orders = {}
        for item in fact.data.get("orders", []):
            self._put_order(Order.model_validate(item))
        positions = map(Position.model_validate, fact.data.get("positions", []))
        self.positions = {position.symbol: position for position in positions}
        balances = map(Balance.model_validate, fact.data.get("balances", []))
        self.balances = {balance.asset: balance for balance in balances}
        account = fact.data.get("account")
        self.account = Account.model_validate(account) if account else None
        self.seq = fact.seq or 0
        self._dirty.add(("all",))

    def _event(self, fact: Event) -> None:
        data = fact.data
        if fact.channel != TRADING:
            self._market_event(fact)
            return
        if fact.seq is not None:
            self.seq = fact.seq
            self._dirty.add(("log",))
        if "order" in data:
            self._put_order(Order.model_validate(data["order"]))
        elif "position" in data:
            self._put_position(Position.model_validate(data["position"]))
        elif "trade" in data:
            self.trades.appendleft(Trade.model_validate(data["trade"]))
            self._dirty.add(("trades",))
        elif "balance" in data:
            balance = Balance.model_validate(data["balance"])
            self.balances[balance.asset] = balance
            self._dirty.add(("account",))
        elif "account" in data:
            self.account = Account.model_validate(data["account"])
            self._dirty.add(("account",))

    def _put_order(self, order: Order) -> None:
        self._dirty.add(("order", order.id))
        if order.client_order_id is not None:
            self.by_client_id[order.client_order_id] = order.id
        if order.status not in FINAL_STATUSES:
            self.orders[order.id] = order
            return
        self.orders.pop(order.id, None)
        self.ended[order.id] = order
        self.ended.move_to_end(order.id)
        if len(self.ended) > ENDED_ORDERS:
            _, oldest = self.ended.popitem(last=False)
            self.by_client_id.pop(oldest.client_order_id or "", None)

    def _put_position(self, position: Position) -> None:
        self._dirty.add(("position", position.symbol))
        if position.status is PositionStatus.OPEN:
            self.positions[position.symbol] = position
        else:
            self.positions.pop(position.symbol, None)

    # ------------------------------------------------------------ the markets

    def _market_snapshot(self, fact: Snapshot) -> None:
        symbol = fact.channel.split(":")[1]
        for name in ("ticker", "book"):
            if name in fact.data:
                self._market_event(Event(name, fact.channel, {name: fact.data[name]}))
        if "trades" in fact.data:
            self.tape[symbol] = deque((Print.model_validate(item) for item in fact.data["trades"]), maxlen=TAPE)
            self._dirty.add(("tape", symbol))
        for item in fact.data.get("candles", []):
            self._put_candle(Candle.model_validate(item))

    def _market_event(self, fact: Event) -> None:
        data = fact.data
        if "ticker" in data:
            ticker = Ticker.model_validate(data["ticker"])
            self.tickers[ticker.symbol] = ticker
            self._dirty.add(("ticker", ticker.symbol))
        elif "book" in data:
            self._put_book(Book.model_validate(data["book"]))
        elif "trade" in data:
            one = Print.model_validate(data["trade"])
            self.tape.setdefault(one.symbol, deque(maxlen=TAPE)).appendleft(one)
            self._dirty.add(("tape", one.symbol))
        elif "candle" in data:
            self._put_candle(Candle.model_validate(data["candle"]))

    def _put_book(self, book: Book) -> None:
        known = self.books.get(book.symbol)
        if book.type == "snapshot":
            self.books[book.symbol] = Depth(book)
            self.broken.discard(book.symbol)
        elif known is None or not known.follow(book):
            self.broken.add(book.symbol)
        self._dirty.add(("book", book.symbol))

    def _put_candle(self, candle: Candle) -> None:
        kept = self.candles.setdefault((candle.symbol, candle.interval), OrderedDict())
        key, newest = candle.time.isoformat(), next(reversed(kept), "")
        kept[key] = candle
        if key < newest and not candle.closed:  # the server's clock was ahead: nothing is later than what is running
            for later in [one for one in kept if one > key]:
                del kept[later]
        elif key < newest:  # a snapshot after a break tells the past again
            self.candles[candle.symbol, candle.interval] = kept = OrderedDict(sorted(kept.items()))
        if len(kept) > CANDLES:
            kept.popitem(last=False)
        self._dirty.add(("candles", candle.symbol, candle.interval))
