"""Exits follow what they close: brackets grow with their entry, pairs shrink together, none outlives its position."""

from decimal import Decimal

from server.domain.accounts import Account
from server.domain.commands import BracketLeg, OrderTerms, SetProtection
from server.domain.exits import Kind, Rooms, fitted
from server.domain.orders import Order, OrderRelations
from server.domain.risk import Denial, legs_denial
from server.executor.rules import checks, lifecycle
from server.executor.rules.conditional_orders import Firing, siblings
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import ErrorCode, OrderType, Reason, Side, TradingState


def after_fill(ledger: Ledger, firing: Firing, order: Order, quantity: Decimal, opened: Decimal) -> None:
    """A fill of `quantity`, of which `opened` opened or added to a position: what that does to other orders."""
    account = ledger.accounts[order.account]
    if order.origin is Reason.REVERSE:
        lifecycle.make_way(ledger, order)
    if order.oco_id is not None:
        for sibling in siblings(ledger, order):
            _yield_to(ledger, sibling, quantity)
    if order.parent_id is not None:
        entry = ledger.orders.get(order.parent_id)
        if entry is not None:
            lifecycle.cancel(ledger, entry, Reason.EXIT_FILLED)
    if order.tracks_position:
        _end_bracket_entries(ledger, account, order)
    if opened and (order.take_profit is not None or order.stop_loss is not None):
        _grow_bracket(ledger, firing, account, order, opened)
    fit(ledger, account, order.symbol)


def _end_bracket_entries(ledger: Ledger, account: Account, exit_order: Order) -> None:
    """The position's protection stands for the exits of the brackets that opened it: what still works of those ends."""
    for entry in list(account.orders.values()):
        if entry.opened and entry.symbol == exit_order.symbol and entry.side is not exit_order.side:
            lifecycle.cancel(ledger, entry, Reason.EXIT_FILLED)


def _yield_to(ledger: Ledger, sibling: Order, quantity: Decimal) -> None:
    """One of a pair has filled: the other entry goes, the other exit shrinks by as much."""
    left = sibling.leaves - quantity if sibling.closes_only else ZERO
    lifecycle.resize(ledger, sibling, left, Reason.OCO_SIBLING)


def after_refusal(ledger: Ledger, order: Order) -> None:
    """The venue refused one of a pair: an entry does not stand alone, it goes too. What closes stays, for half of what
    was asked for protects better than nothing."""
    for sibling in siblings(ledger, order):
        if not sibling.filled and not _lets_out(ledger, sibling):
            lifecycle.cancel(ledger, sibling, Reason.OCO_SIBLING)


def _lets_out(ledger: Ledger, order: Order) -> bool:
    """Can it only make the position smaller, whatever it is called?"""
    account = ledger.accounts[order.account]
    return order.closes_only or (
        account.is_against(order) and order.leaves <= ledger.valuation.closable(account, order.symbol)
    )


def fit(ledger: Ledger, account: Account, symbol: str) -> None:
    """Cut what only closes to the position, newest first; flat or flipped, all of it goes."""
    exits = account.exits.get(symbol)
    if not exits:
        return
    held, closable = account.held(symbol), ledger.valuation.closable(account, symbol)
    for order, size in list(fitted(exits.values(), held, closable)):
        is_gone = not closable or held * order.side.sign >= 0
        lifecycle.resize(ledger, order, size, Reason.POSITION_CLOSED if is_gone else Reason.TRIMMED)


def _grow_bracket(ledger: Ledger, firing: Firing, account: Account, entry: Order, opened: Decimal) -> None:
    is_first = not entry.opened
    entry.open_more(opened)
    ledger.write_order(entry)
    standing = [one for one in account.exits.get(entry.symbol, {}).values() if one.cancel_reason is None]
    mine = [one for one in standing if one.parent_id == entry.id]
    # Those that were there may be through, or have gone with the position that they closed: what fills now has its own.
    if is_first or not (mine or any(one.tracks_position for one in standing)):
        links = OrderRelations(parent_id=entry.id, oco_id=entry.id, origin=Reason.BRACKET)
        legs = entry.take_profit, entry.stop_loss
        place_exits(ledger, firing, account, entry.symbol, entry.side.opposite, opened, legs, links)
        return
    for order in mine:
        lifecycle.grow(ledger, order, opened)


def place_exits(
    ledger: Ledger,
    firing: Firing,
    account: Account,
    symbol: str,
    side: Side,
    quantity: Decimal,
    legs: tuple[BracketLeg | None, BracketLeg | None],
    links: OrderRelations,
) -> list[Order]:
    """Make a take-profit and a stop of `quantity`, as far as they are given. A leg that is passed already fires at once."""
    target, stop = legs
    made = []
    if stop is not None:
        kind = OrderType.STOP if stop.price is None else OrderType.STOP_LIMIT
        terms = OrderTerms(symbol, side, kind, quantity, stop.price, stop.trigger, reduce_only=True)
        made.append(lifecycle.new_order(ledger, account, terms, "exit", links))
    if target is not None:
        terms = OrderTerms(symbol, side, OrderType.LIMIT, quantity, target.trigger, reduce_only=True)
        made.append(lifecycle.new_order(ledger, account, terms, "exit", links))
    for order in made:
        lifecycle.begin(ledger, account, order)
    for order in made:
        if order.awaits_trigger and order.is_open:
            firing.watch(order)
    return made


def is_replaced(order: Order) -> bool:
    """Does a new protection of the position take this exit's place? Those that their owner made by hand stay."""
    return order.tracks_position or order.origin is Reason.BRACKET


def no_room(ledger: Ledger, account: Account, command: SetProtection) -> Denial | None:
    """Whether the exits that stay leave nothing to close for any of the legs, so that all of it would be cut at once."""
    exits = account.exits.get(command.symbol, {}).values()
    in_its_way = [one for one in exits if one.cancel_reason is None and not is_replaced(one)]
    rooms = Rooms()
    for order in in_its_way:
        rooms.take(order, order.leaves)
    closable = ledger.valuation.closable(account, command.symbol)
    legs = (command.stop_loss, Kind.STOP), (command.take_profit, Kind.TARGET)
    asked = [kind for leg, kind in legs if leg is not None]
    if not asked or any(rooms.spoken(kind) < closable for kind in asked):
        return None
    held, first = quantity_text(closable), in_its_way[0]
    text = f"all of the {held} {command.symbol} is spoken for by the {first.type} {first.id}: cancel it first"
    return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, text, ErrorCode.CONFLICT)


def protection_denial(ledger: Ledger, account: Account, command: SetProtection) -> Denial | None:
    """Why a position cannot be protected so. Prices must be such as an order may have, and on their own sides of the last price; nothing new while trading
    is halted."""
    if account.trading_state is TradingState.HALTED:
        halted = checks.halted(account)
        return Denial(halted.reason, halted.text, ErrorCode.CONFLICT)
    paused = checks.deny_paused(ledger, command.symbol)
    if paused is not None:
        return Denial(paused.reason, paused.text, ErrorCode.CONFLICT)
    held = account.held(command.symbol)
    market, last = ledger.markets[command.symbol], ledger.last[command.symbol]
    sign = 1 if held > 0 else -1
    target, stop = command.take_profit, command.stop_loss
    denial = legs_denial(target, stop, market)
    if denial is not None:
        return denial
    for name, is_wrong in (
        ("takeProfit", target is not None and (target.trigger - last) * sign <= 0),
        ("stopLoss", stop is not None and (last - stop.trigger) * sign <= 0),
    ):
        if is_wrong:
            text = f"{name} is on the wrong side of the last price: it would fire at once"
            return Denial(Reason.STOP_WOULD_TRIGGER, text, ErrorCode.CONFLICT)
    return no_room(ledger, account, command)
