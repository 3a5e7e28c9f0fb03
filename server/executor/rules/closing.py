"""Getting out: cancel all, close, reverse, kill, and starting a paper account over."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import orjson

from server.domain.accounts import HOUSE, Account
from server.domain.capacity import AMOUNT_PLACES, LARGEST_AMOUNT, is_amount
from server.domain.commands import CancelAll, Deposit, OrderTerms
from server.domain.orders import Order
from server.domain.risk import Denial
from server.executor.rules import checks, fills, lifecycle
from server.executor.rules.conditional_orders import Firing
from server.executor.rules.lifecycle import Links
from server.executor.state.ledger import Ledger
from server.ports import RESET_TRADE, Answer, FillReport
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import amount_text, quantity_text
from tradeterm.protocol.vocabulary import ErrorCode, EventName, Liquidity, OrderType, Reason, Side, TradingState

CONFLICT = 409
AFTER_A_LOSS = {  # what a resume does not end, and what does
    Reason.LIQUIDATION: "deposit or reset",
    Reason.DAY_LOSS_LIMIT: "wait for the next day, or reset",
}


def cancel_all(ledger: Ledger, account: Account, command: CancelAll) -> list[Order]:
    """Cancel entries, of one symbol if it is named; exits only when they are asked for."""
    chosen = [
        order
        for order in account.orders.values()
        if (command.symbol is None or order.symbol == command.symbol)
        and (command.include_exits or not order.reduce_only)
    ]
    for order in chosen:
        lifecycle.cancel(ledger, order, Reason.USER_REQUEST)
    return chosen


def close_on_request(ledger: Ledger, account: Account, symbol: str, client_order_id: str | None = None) -> Order:
    """Close a position because its owner asks for it: a halt lets only the server itself close, and cancels."""
    if account.trading_state is not TradingState.HALTED:
        return close(ledger, account, symbol, Reason.CLOSE, client_order_id=client_order_id)
    order = _closing_order(ledger, account, symbol, Reason.CLOSE, None, client_order_id)
    lifecycle.reject(ledger, order, checks.halted(account))
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
            ledger.closable(account, symbol) if quantity is None else quantity,
        ),
        reduce_only=True,
        client_order_id=client_order_id,
    )
    return lifecycle.new_order(ledger, account, terms, f"close:{symbol}", Links(origin=origin))


def reverse(ledger: Ledger, account: Account, symbol: str, client_order_id: str | None) -> Order:
    """One order of twice what is held, held against the money as if the symbol's entries were gone already.

    One step: the entries go with its first fill, or when it found nobody; what protects the position stays, and follows
    what is left of it. Refused, here or by the venue, it changes nothing.
    """
    held = account.held(symbol)
    terms = OrderTerms(
        *(symbol, Side.SELL if held > 0 else Side.BUY, OrderType.MARKET, 2 * ledger.closable(account, symbol)),
        client_order_id=client_order_id,
    )
    order = lifecycle.new_order(ledger, account, terms, f"reverse:{symbol}", Links(origin=Reason.REVERSE))
    denial = _deny_reverse(ledger, account, order)
    if denial is not None:
        lifecycle.reject(ledger, order, denial)
        return order
    lifecycle.begin(ledger, account, order)
    return order


def _deny_reverse(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    """As an order of twice the quantity would be judged whose first half only closes, the symbol's entries gone."""
    if account.trading_state is TradingState.HALTED:
        return checks.halted(account)
    if account.trading_state is TradingState.REDUCING:
        return Denial(Reason.TRADING_REDUCING, f"a reverse opens a position: trading is reducing ({account.halt})")
    denial = checks.deny_price(ledger, order) or checks.deny_rate(ledger, account, counts=True)
    if denial is not None:
        return denial
    checks.price_entry(ledger, order, ledger.markets[order.symbol])
    without = replace(account, entries={key: one for key, one in account.entries.items() if key != order.symbol})
    opened = replace(order, quantity=order.quantity / 2)
    return checks.deny_limits(ledger, without, opened) or checks.deny_funds(ledger, without, order)


# ---------------------------------------------------------------- what is left without a stop


def without_stop(ledger: Ledger, account: Account, symbol: str | None = None) -> bytes:
    """The symbols (or the one that is named) in which there is a position and no stop, encoded."""
    symbols = account.positions if symbol is None else [symbol]
    return orjson.dumps([one for one in symbols if _is_bare(ledger, account, one)])


def _is_bare(ledger: Ledger, account: Account, symbol: str) -> bool:
    if symbol not in account.positions or not ledger.closable(account, symbol):
        return False
    exits = account.exits.get(symbol, {}).values()
    return not any(order.is_stop and order.ending is None for order in exits)


def tell_unprotected(ledger: Ledger) -> None:
    """A position whose last stop went without it is told, however that came about."""
    lost, ledger.lost_stops = ledger.lost_stops, {}
    for (_, symbol), account in lost.items():
        if _is_bare(ledger, account, symbol):
            value = ledger.position_bytes(account, account.positions[symbol])
            ledger.tell(EventName.POSITION_UNPROTECTED, account, b"position", value)


# ---------------------------------------------------------------- kill and resume


def hold(ledger: Ledger, account: Account, reason: Reason) -> None:
    """Something keeps the account from trading freely from now on; told when that changes what it may do."""
    before = account.trading_state, account.halt
    account.hold(reason)
    _tell_change(ledger, account, before)


def release(ledger: Ledger, account: Account, *reasons: Reason) -> None:
    """Something is over; what else stands goes on standing."""
    before = account.trading_state, account.halt
    account.release(*reasons)
    _tell_change(ledger, account, before)


def _tell_change(ledger: Ledger, account: Account, before: tuple[TradingState, Reason | None]) -> None:
    ledger.touch(account)
    if before != (account.trading_state, account.halt):
        ledger.tell_state(account)


def kill(ledger: Ledger, account: Account) -> Callable[[], Answer]:
    """Halt, cancel entries, close everything; exits die when flat. The answer says what is left after it all."""
    hold(ledger, account, Reason.KILL)
    lifecycle.cancel_entries(ledger, account, Reason.KILL)
    for symbol in list(account.positions):
        if ledger.closable(account, symbol) and not _is_closing(account, symbol):
            close(ledger, account, symbol, Reason.KILL)
    return lambda: Answer(200, _left(ledger, account), account.seq)


def _is_closing(account: Account, symbol: str) -> bool:
    """Is a closing order on its way already (asked twice)?"""
    exits = account.exits.get(symbol, {}).values()
    return any(one.origin is Reason.KILL and one.type is OrderType.MARKET for one in exits)


def _left(ledger: Ledger, account: Account) -> bytes:
    positions = [ledger.position_bytes(account, position) for position in account.positions.values()]
    open_orders = [ledger.order_bytes(order) for order in account.orders.values()]
    return b'{"tradingState":%b,"positions":[%b],"orders":[%b],"withoutStop":%b}' % (
        orjson.dumps(account.trading_state),
        b",".join(positions),
        b",".join(open_orders),
        without_stop(ledger, account),
    )


def resume(ledger: Ledger, account: Account) -> Denial | None:
    """End a kill. What stands after a loss ends with a deposit, a reset or the next day, not by being asked."""
    reason = next((one for one in AFTER_A_LOSS if one in account.holds), None)
    if reason is not None:
        text = f"trading is {account.trading_state} after a loss ({reason}): {AFTER_A_LOSS[reason]}"
        return Denial(reason, text, ErrorCode.CONFLICT, CONFLICT)
    release(ledger, account, Reason.KILL)
    return None


# ---------------------------------------------------------------- paper money


def deposit(ledger: Ledger, account: Account, command: Deposit) -> Denial | None:
    """Move paper money in, or out as far as it is available."""
    if not is_amount(command.amount) or not is_amount(account.deposits + command.amount):
        text = f"an account is given {quantity_text(LARGEST_AMOUNT)} at most, in steps of {AMOUNT_PLACES} decimals"
        return Denial(None, text, ErrorCode.VALIDATION_FAILED)
    if command.amount < 0:
        available = ledger.margin(account).available
        if available + command.amount < 0:
            text = f"{amount_text(available)} {ledger.settings.currency} is available, no more can be taken out"
            return Denial(Reason.INSUFFICIENT_FUNDS, text, ErrorCode.CONFLICT, CONFLICT)
    ledger.transfer(account, command.amount, "deposit" if command.amount > 0 else "withdrawal")
    if command.amount > 0:
        release(ledger, account, Reason.LIQUIDATION)
    return None


def reset(ledger: Ledger, firing: Firing, account: Account) -> None:
    """Cancel everything and close everything at the mark against the house, without a fee; the money follows when
    the cancels are through: see `refill`."""
    cancel_all(ledger, account, CancelAll(account.name, include_exits=True))
    for symbol in list(account.positions):
        _close_at_mark(ledger, firing, account, symbol)


def refill(ledger: Ledger, account: Account) -> None:
    """Bring the cash to what a new account opens with, and let it trade again."""
    ledger.transfer(account, ledger.settings.paper_cash - account.cash, "reset")
    account.day_start = account.cash
    account.liquidating = False
    account.warnings = ()
    release(ledger, account, *account.holds)


def _close_at_mark(ledger: Ledger, firing: Firing, account: Account, symbol: str) -> None:
    held, mark = account.held(symbol), ledger.last[symbol]
    side = Side.SELL if held > 0 else Side.BUY
    terms = OrderTerms(symbol, side, OrderType.MARKET, abs(held), reduce_only=True)
    order = lifecycle.new_order(ledger, account, terms, "reset", Links(origin=Reason.ACCOUNT_RESET))
    lifecycle.begin(ledger, account, order)
    ledger.requests.pop()  # the house takes it: it never goes to the book
    number = f"{RESET_TRADE}{order.id}"
    for name, order_id, way in ((account.name, order.id, side), (fills.FLOW, HOUSE, side.opposite)):
        report = FillReport(order_id, name, symbol, way, abs(held), mark, Liquidity.TAKER, number)
        fills.fill(ledger, firing, report, rate=ZERO)
