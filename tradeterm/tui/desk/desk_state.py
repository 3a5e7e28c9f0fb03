"""What the panes read of the store: every question of the desk that has its answer at once. Nothing here asks a server."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tradeterm.client.store import Store
from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.balances import Account
from tradeterm.protocol.market import Candle, Market, Print, Ticker
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.tui.desk.event_log import EventLog
from tradeterm.tui.desk.port import DeskDepth, EventLine
from tradeterm.tui.desk.subscriptions import Upkeep
from tradeterm.tui.desk.valuation import marked, valued


class DeskState:
    """The SDK's store, the event log and what was fetched beside the stream, as one desk."""

    def __init__(self, store: Store, log: EventLog, upkeep: Upkeep) -> None:
        self._store, self._log, self._upkeep = store, log, upkeep

    def markets(self) -> Mapping[str, Market]:
        return self._store.markets

    def ticker(self, symbol: str) -> Ticker | None:
        return self._store.tickers.get(symbol)

    def depth(self, symbol: str) -> DeskDepth | None:
        book = self._store.books.get(symbol)
        return None if book is None else DeskDepth(*book.top(), time=book.time, stale=book.stale)

    def candles(self, symbol: str, interval: str) -> Sequence[Candle]:
        return list(self._store.candles.get((symbol, interval), {}).values())

    def closes(self, symbol: str) -> Sequence[Decimal]:
        closes = self._upkeep.closes.get(symbol)
        if not closes:
            return ()
        last = self._last(symbol)
        return [*closes[:-1], last] if last is not None else closes

    def prints(self, symbol: str) -> Sequence[Print]:
        return list(self._store.tape.get(symbol, ()))

    def open_orders(self) -> Sequence[Order]:
        return sorted(self._store.orders.values(), key=lambda order: (order.created_at, order.id), reverse=True)

    def order(self, order_id: str) -> Order | None:
        return self._store.order(order_id)

    def order_of(self, client_order_id: str) -> Order | None:
        return self._store.order_of(client_order_id)

    def positions(self) -> Sequence[Position]:
        return [marked(self._store.positions[symbol], self._last(symbol)) for symbol in sorted(self._store.positions)]

    def _last(self, symbol: str) -> Decimal | None:
        ticker = self._store.tickers.get(symbol)
        return None if ticker is None else ticker.last

    def fills(self) -> Sequence[Trade]:
        return list(self._store.trades)

    def events(self) -> Sequence[EventLine]:
        return self._log.newest_first()

    def alerts(self) -> Sequence[Alert]:
        return self._upkeep.alerts

    def account(self) -> Account | None:
        account = self._store.account
        return None if account is None else valued(account, self.positions())
