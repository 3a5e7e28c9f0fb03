"""Getting out: cancel all, close, reverse, and what is left without a stop."""

from decimal import Decimal

import orjson

from server.domain.accounts import Account, Entries
from server.domain.commands import CancelAll, OrderTerms
from server.domain.orders import Order, OrderRelations, twin
from server.domain.risk import Denial
from server.executor.rules import checks, lifecycle, limits
from server.executor.state import payloads
from server.executor.state.ledger import Ledger
from tradeterm.protocol.vocabulary import EventName, OrderType, Reason, Side, TradingState


def cancel_all(ledger: Ledger, account: Account, command: CancelAll) -> list[Order]:
    """Cancel entries, of one symbol if it is named; exits only when they are asked for."""
    chosen = [
        order
        for order in account.orders.values()
        if (command.symbol is None or order.symbol == command.symbol)
        and (command.include_exits or not order.reduce_only)
        and not order.is_external
    ]
    for order in chosen:
        lifecycle.cancel(ledger, order, Reason.USER_REQUEST)
    return chosen


def cancel_opening(ledger: Ledger, account: Account, reason: Reason) -> None:
    """Cancel what could open or add to a position. What only closes stays, whatever it is called: a stop that waits, and
    can do no more than that beside the exits, is one from here on. The oldest first, as far as the position goes."""
    for order in list(account.orders.values()):
        if order.awaits_trigger and not order.closes_only and _closes_beside_exits(ledger, account, order):
            account.sort(order, closes_only=True)
            ledger.write_order(order)
        if not order.closes_only and not order.is_external:
            lifecycle.cancel(ledger, order, reason)


def _closes_beside_exits(ledger: Ledger, account: Account, order: Order) -> bool:
    """The entries of its side do not count: they go."""
    room = ledger.valuation.closable(account, order.symbol) - checks.claimed(account, order)
    return account.is_against(order) and order.leaves <= room


def close_on_request(ledger: Ledger, account: Account, symbol: str, client_order_id: str | None = None) -> Order:
    """Close a position because its owner asks for it: a halt lets only the server itself close, and cancels. Where it
    cannot be sent the entries stay, for nothing of it happens."""
    denial = checks.halted(account) if account.trading_state is TradingState.HALTED else None
    denial = denial or checks.deny_paused(ledger, symbol)
    if denial is None:
        return close(ledger, account, symbol, Reason.CLOSE, client_order_id=client_order_id)
    order = _closing_order(ledger, account, symbol, Reason.CLOSE, None, client_order_id)
    lifecycle.reject(ledger, order, denial)
    return order


def close(
    ledger: Ledger,
    account: Account,
    symbol: str,
    origin: Reason,
    quantity: Decimal | None = None,
    client_order_id: str | None = None,
) -> Order:
    """Close what is held of a symbol (or `quantity` of it) at market, its entries cancelled first."""
    lifecycle.cancel_entries(ledger, account, origin, symbol)
    order = _closing_order(ledger, account, symbol, origin, quantity, client_order_id)
    lifecycle.begin(ledger, account, order)
    return order


def _closing_order(
    ledger: Ledger, account: Account, symbol: str, origin: Reason, quantity: Decimal | None, client_order_id: str | None
) -> Order:
    held = account.held(symbol)
    terms = OrderTerms(
        *(
            symbol,
            Side.SELL if held > 0 else Side.BUY,
            OrderType.MARKET,
            ledger.valuation.closable(account, symbol) if quantity is None else quantity,
        ),
        reduce_only=True,
        client_order_id=client_order_id,
    )
    return lifecycle.new_order(ledger, account, terms, f"close:{symbol}", OrderRelations(origin=origin))


def reverse(ledger: Ledger, account: Account, symbol: str, client_order_id: str | None) -> Order:
    """One order of twice what is held, held against the money as if the symbol's entries were gone already.

    One step: the entries go with its first fill, or when it found nobody; what protects the position stays, and follows
    what is left of it. Refused, here or by the venue, it changes nothing.
    """
    held = account.held(symbol)
    terms = OrderTerms(
        *(
            symbol,
            Side.SELL if held > 0 else Side.BUY,
            OrderType.MARKET,
            2 * ledger.valuation.closable(account, symbol),
        ),
        client_order_id=client_order_id,
    )
    order = lifecycle.new_order(ledger, account, terms, f"reverse:{symbol}", OrderRelations(origin=Reason.REVERSE))
    found = checks.Assessment(order.closes_only, order.stop_price)
    found.denial = _look_at_reverse(ledger, account, order, found)
    checks.carry_out(ledger, account, order, found)
    if found.denial is not None:
        lifecycle.reject(ledger, order, found.denial)
    else:
        lifecycle.begin(ledger, account, order)
    return order


def _look_at_reverse(ledger: Ledger, account: Account, order: Order, found: checks.Assessment) -> Denial | None:
    """As an order of twice the quantity would be judged whose first half only closes, the symbol's entries gone."""
    if account.trading_state is TradingState.HALTED:
        return checks.halted(account)
    if account.trading_state is TradingState.REDUCING:
        return Denial(Reason.TRADING_REDUCING, f"a reverse opens a position: trading is reducing ({account.halt})")
    denial = checks.deny_price(ledger, order) or limits.deny_rate(ledger, account)
    if denial is not None:
        return denial
    price, venue_price = checks.price_entry(ledger, order, None)
    found.is_counted, found.reserve_price, found.venue_price = True, price, venue_price
    return _deny_reversed(ledger, account, order, price)


def _deny_reversed(ledger: Ledger, account: Account, order: Order, price: Decimal) -> Denial | None:
    gone, opened = Entries(), twin(order)
    opened.try_on(order.quantity / 2)
    above = limits.deny_limits(
        *(ledger, account, opened, opened.quantity * price, gone.with_order(opened, opened.leaves, price)),
        count=len(account.orders) + 1,
        before=gone,
    )
    return above or checks.deny_funds(ledger, account, order, gone, gone.with_order(order, order.leaves, price))


# ---------------------------------------------------------------- what is left without a stop


def without_stop(ledger: Ledger, account: Account, symbol: str | None = None) -> bytes:
    """The symbols (or the one that is named) in which there is a position and no stop, encoded."""
    symbols = account.positions if symbol is None else [symbol]
    return orjson.dumps([one for one in symbols if _is_bare(ledger, account, one)])


def _is_bare(ledger: Ledger, account: Account, symbol: str) -> bool:
    if symbol not in account.positions or not ledger.valuation.closable(account, symbol):
        return False
    stops = (one for one in account.orders.values() if one.symbol == symbol and one.is_stop)
    return not any(account.is_against(order) and order.cancel_reason is None for order in stops)


def tell_unprotected(ledger: Ledger) -> None:
    """A position whose last stop went without it is told, however that came about."""
    lost, ledger.lost_stops = ledger.lost_stops, {}
    for (_, symbol), account in lost.items():
        if _is_bare(ledger, account, symbol):
            value = ledger.position_bytes(account, account.positions[symbol])
            ledger.tell(EventName.POSITION_UNPROTECTED, account, payloads.POSITION, value)
