"""What a print sets off: triggers fire in time order, each once, and what they cause queues behind them."""

from collections.abc import Iterable
from decimal import Decimal

from tests.oracle.arithmetic import HUNDRED, ONE, round_to_tick
from tests.oracle.domain.orders import Order, Step
from tests.oracle.domain.risk import Denial
from tests.oracle.executor.rules import checks, lifecycle
from tests.oracle.executor.rules.trigger_index import Triggers
from tests.oracle.executor.state.ledger import Ledger
from tests.oracle.ports import Place, Request
from tradeterm.protocol.vocabulary import MARKET_TYPES, EventName, OrderType, Reason, RejectedBy, Side


class Firing:
    """Holds the triggers of all symbols, and carries them out."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._triggers = Triggers()
        self._in_line: set[str] = set()

    def watch(self, order: Order) -> None:
        """An order waits for its trigger; one that is passed already fires at once."""
        last = self._ledger.last.get(order.symbol)
        if last is not None and order.stop_price is not None and order.is_reached(last):
            self._fire(order, last)
            return
        self._triggers.watch(order)
        if order.type is OrderType.TRAILING_STOP:
            self._ledger.moved_marks.add(order.symbol)

    def restore(self, order: Order) -> None:
        """An order that waited before a restart: it meets the first print, not the last one."""
        self._triggers.watch(order)

    def on_print(self, symbol: str, price: Decimal) -> None:
        for order in self._triggers.reached(symbol, price):
            if order.is_open and order.awaits_trigger:
                self._fire(order, price)

    def trail(self, symbols: Iterable[str]) -> None:
        """Have trailing levels follow the margin mark, so that one stray print moves none; called a few times a second."""
        for symbol in symbols:
            mark, market = self._ledger.margin_mark(symbol), self._ledger.markets[symbol]
            for order in self._triggers.trailing(symbol):
                if mark is not None and checks.trail(order, mark, market):
                    self._tell_level(order)

    def _tell_level(self, order: Order) -> None:
        if order.reserve_price is not None:
            self._ledger.accounts[order.account].reprice(order, order.stop_price)
            self._ledger.moved(self._ledger.accounts[order.account], order)
        order.take(Step.AMEND, self._ledger.now)
        self._ledger.tell_order(EventName.ORDER_AMENDED, order)

    def _fire(self, order: Order, price: Decimal) -> None:
        ledger = self._ledger
        order.triggered = True
        order.take(Step.TRIGGER, ledger.now)
        ledger.tell_order(EventName.ORDER_TRIGGERED, order)
        for sibling in siblings(ledger, order):
            lifecycle.cancel(ledger, sibling, Reason.OCO_SIBLING)
        if order.type in MARKET_TYPES:
            self._let_out(order)
        if order.closes_only:
            if order.type in MARKET_TYPES:
                order.venue_price = protection_price(ledger, order, price)
        else:
            denial = self._reprice_entry(order)
            if denial is not None:
                self._refuse(order, denial)
                return
            self._in_line.add(order.id)
        lifecycle.submit(ledger, order)

    def _let_out(self, order: Order) -> bool:
        account = self._ledger.accounts[order.account]
        if not order.closes_only and checks.lets_out(self._ledger, account, order):
            account.sort(order, closes_only=True)
        return order.closes_only

    def still_covered(self, request: Request) -> bool:
        """Look at an entry that fired once more when its turn comes: who came before it may have left bids that it would
        be sold at, or offers, that nothing is set aside for. One that names the most that it pays is covered."""
        if request.order_id not in self._in_line:
            return True
        self._in_line.remove(request.order_id)
        order = self._ledger.orders.get(request.order_id)
        if order is None or order.cancel_reason is not None or not isinstance(request, Place):
            return True
        if order.side is Side.BUY and request.price is not None:
            return True
        cap = request.price if order.price is None else None
        denial = self._reprice_entry(order)
        if denial is not None:
            self._refuse(order, denial)
            return False
        if cap is not None:
            order.venue_price = cap
        request.price = order.venue_price if order.price is None else order.price
        return True

    def _refuse(self, order: Order, denial: Denial) -> None:
        order.reject_text, order.rejected_by = denial.text, RejectedBy.RISK
        lifecycle.end(self._ledger, order, Step.REJECT, denial.reason or Reason.INSUFFICIENT_FUNDS)

    def _reprice_entry(self, order: Order) -> Denial | None:
        """A gap may make the entry dearer than its trigger promised: money and collar are looked at now."""
        ledger, account = self._ledger, self._ledger.accounts[order.account]
        account.drop(order, order.leaves)
        checks.price_entry(ledger, order, ledger.markets[order.symbol])
        denial = checks.deny_collar(ledger, account, order)
        if denial is None or order.closes_only or checks.lets_out(ledger, account, order):
            denial = checks.deny_funds(ledger, account, order)
        account.open_order(order)
        account.orders = {one.id: one for one in sorted(account.orders.values(), key=lambda one: one.priority)}
        ledger.moved(account, order)
        return denial


def siblings(ledger: Ledger, order: Order) -> list[Order]:
    """The other open orders of its pair."""
    if order.oco_id is None:
        return []
    account = ledger.accounts[order.account]
    return [other for other in account.orders.values() if other.oco_id == order.oco_id and other is not order]


def protection_price(ledger: Ledger, order: Order, price: Decimal) -> Decimal:
    """How far a triggered exit may go; what is left of it rests there, for it never vanishes.

    1 % past the first price that somebody else trades at: an own order gives way when it is met, and holds no exit up.
    Without a collar there is no such bound: as far as the book goes for all of it.
    """
    buying, tick = order.side is Side.BUY, ledger.markets[order.symbol].tick
    bids, asks = ledger.quotes.depth(order.symbol, checks.WHOLE_BOOK) if not ledger.settings.collar_pct else ([], [])
    levels = asks if buying else bids
    if not levels:
        fills = ledger.quotes.expected(lifecycle.place_of(order)).fills
        touch = fills[0][0] if fills else price
        past = touch * (ONE + order.side.sign * ledger.settings.slippage_pct / HUNDRED)
        return max(tick, round_to_tick(past, tick, up=not buying))
    return levels[-1][0]
