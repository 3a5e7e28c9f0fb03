"""Whether the state of account, market and venue lets an order through, and at which price it then reserves."""

from dataclasses import replace
from decimal import Decimal

from tests.oracle.arithmetic import HUNDRED, ONE, ZERO, round_to_tick, scaled
from tests.oracle.domain.accounts import Account, Entries, exposure
from tests.oracle.domain.commands import OrderTerms
from tests.oracle.domain.exits import spoken_for
from tests.oracle.domain.markets import Market
from tests.oracle.domain.orders import Order, order_from
from tests.oracle.domain.risk import (
    Denial,
    Touch,
    cash_denial,
    collar_denial,
    entry_price,
    funds_denial,
    uncovered_denial,
)
from tests.oracle.executor.rules import lifecycle
from tests.oracle.executor.state.ledger import Ledger
from tests.oracle.money import amount_text, price_text, quantity_text
from tradeterm.protocol.vocabulary import MARKET_TYPES, MarketState, OrderType, Reason, Side, TradingState

WHOLE_BOOK = 10_000


def deny(ledger: Ledger, account: Account, order: Order, *, counts: bool = True) -> Denial | None:
    """Why the order is refused, or None; then its reservation and what the venue gets are set.

    With `counts` it is one of those that may be sent in a second.
    """
    market = ledger.markets[order.symbol]
    order.closes_only = only_closes(ledger, account, order)
    denial = deny_state(ledger, account, order) or deny_price(ledger, order) or deny_trigger(ledger, order, market)
    if denial is not None:
        return denial
    if order.reduce_only:
        return deny_exit(ledger, account, order)
    if abs(account.held(order.symbol)) > market.largest_quantity:
        text = f"no more than {quantity_text(market.largest_quantity)} {order.symbol} can be held"
        return Denial(Reason.QUANTITY_ABOVE_MAXIMUM, text)
    price_entry(ledger, order, market)
    denial = (
        deny_rate(ledger, account, counts)
        or _deny_collar(ledger, account, order)
        or deny_limits(ledger, account, order)
    )
    if denial is not None and not lets_out(ledger, account, order):
        return denial
    return deny_funds(ledger, account, order)


def _deny_collar(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    """A waiting order's limit is held against the collar when it triggers: what is far off now may be near then."""
    return None if order.awaits_trigger else deny_collar(ledger, account, order)


def deny_collar(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    market = ledger.markets[order.symbol]
    return collar_denial(order, market, ledger.margin_mark(order.symbol), ledger.collar(account))


def deny_funds(ledger: Ledger, account: Account, order: Order, replaced: Order | None = None) -> Denial | None:
    """Whether the money is there for an order that is not in the account's books, or is there as `replaced`: with each
    reverse that is on its way, and without it."""
    denial = _deny_uncovered(ledger, account, order, replaced)
    if order.origin is Reason.REVERSE or not ledger.settings.answers_later:
        return denial
    for one in account.orders.values():
        if denial is None and one.origin is Reason.REVERSE and one.symbol == order.symbol:
            account = replace(account, entries=account.entries_with(one, -one.leaves))
            denial = _deny_uncovered(ledger, account, order, replaced)
    return denial


def _deny_uncovered(ledger: Ledger, account: Account, order: Order, replaced: Order | None) -> Denial | None:
    is_cash, currency = ledger.settings.cash_account, ledger.settings.currency
    if is_cash and order.side is Side.SELL:
        return uncovered_denial(order, closing_room(ledger, account, order))
    entries = entries_with(account, order, replaced)
    after = ledger.margin(account, entries)
    if after.available >= 0:
        return None
    before = ledger.margin(account)
    if is_cash:
        return cash_denial(order, before, after, currency)
    mine, symbol = account.entries.get(order.symbol), order.symbol
    charged = entries[symbol].charged - (mine.charged if mine else ZERO)
    return funds_denial(order, before, after, charged * ledger.markets[symbol].highest_fee, currency)


def entries_with(account: Account, order: Order, replaced: Order | None = None) -> dict[str, Entries]:
    """The account's entries with the order among them, in the place of the one that it replaces."""
    if replaced is None:
        return account.entries_with(order, order.leaves)
    others = account.entries_with(replaced, -replaced.leaves)
    return {**others, order.symbol: others[order.symbol].with_order(order, order.leaves)}


def entry_reference(ledger: Ledger, account: Account, terms: OrderTerms) -> Decimal | None:
    """About where an entry without a limit would trade: at its trigger, else at the first price that it meets, else at the
    mark."""
    if terms.stop_price is not None:
        return terms.stop_price
    touch = first_price(ledger, account, order_from(terms, "", account.name, "", ledger.now))
    return touch if touch is not None else ledger.margin_mark(terms.symbol)


def first_price(ledger: Ledger, account: Account, order: Order) -> Decimal | None:
    """The first price that an order without a limit meets: an own one gives way, and nothing counts from it, unless there is
    nobody else."""
    buying = order.side is Side.BUY
    best = ledger.quotes.best_ask(order.symbol) if buying else ledger.quotes.best_bid(order.symbol)
    mine = [
        one
        for one in account.orders.values()
        if one.symbol == order.symbol and one.side is not order.side and one.is_resting
    ]
    if best is None or not mine:
        return best
    fills = ledger.quotes.expected(lifecycle.place_of(order)).fills
    return fills[0][0] if fills else best


def price_entry(ledger: Ledger, order: Order, market: Market) -> None:
    """What each unit of an entry reserves at, and the limit that the venue gets where the order has none."""
    if order.awaits_trigger:
        order.reserve_price = order.price if order.price is not None else order.stop_price
        return
    touch = Touch(ledger.quotes.best_bid(order.symbol), ledger.quotes.best_ask(order.symbol))
    if order.price is None:
        first = first_price(ledger, ledger.accounts[order.account], order)
        touch = Touch(touch.bid, first) if order.side is Side.BUY else Touch(first, touch.ask)
    if touch.bid is None and ledger.settings.answers_later:
        touch.bid = ledger.margin_mark(order.symbol)
    is_sweep = order.price is None and not ledger.settings.collar_pct
    order.venue_price = None
    fills = ledger.quotes.expected(lifecycle.place_of(order)).fills if is_sweep else []
    last = fills[-1][0] if fills else None
    order.reserve_price, order.venue_price = entry_price(order, market, touch, last, ledger.settings)
    is_whole = order.side is Side.BUY and sum(size for _, size in fills) >= order.leaves
    if is_sweep and is_whole and not ledger.settings.answers_later:
        order.venue_price = last


# ---------------------------------------------------------------- state


def only_closes(ledger: Ledger, account: Account, order: Order) -> bool:
    """Is the order an exit, whatever it is called? It is then cut with the position, and never opens one."""
    if order.reduce_only or (account.trading_state is TradingState.REDUCING and order.origin is None):
        return True
    return ledger.settings.cash_account and order.side is Side.SELL


def deny_state(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    """What the trading state says to a new order, or to what an order is to become."""
    state = account.trading_state
    if state is TradingState.ACTIVE or order.origin is not None:
        return None
    if state is TradingState.HALTED:
        return halted(account)
    if order.reduce_only or order.leaves <= closing_room(ledger, account, order):
        return None
    return Denial(Reason.TRADING_REDUCING, f"only what reduces a position is taken ({account.halt})")


def halted(account: Account) -> Denial:
    """Cancels, and what the server itself closes, are all that a halt lets through."""
    return Denial(Reason.TRADING_HALTED, f"trading is halted ({account.halt}): cancels only")


def lets_out(ledger: Ledger, account: Account, order: Order) -> bool:
    """Can an order that a limit stands against only make the position smaller, beside all open orders of its side? Then
    it is an exit, and from here on treated like one."""
    if order.leaves > closing_room(ledger, account, order):
        return False
    order.closes_only = True
    return True


def closing_room(ledger: Ledger, account: Account, order: Order) -> Decimal:
    """How much of the position the order may close, beside the open orders of its side.

    What trades at once comes before exits that rest: they are cut to what it leaves of the position.
    """
    if account.held(order.symbol) * order.side.sign >= 0:
        return ZERO
    entries = (
        one
        for one in account.orders.values()
        if one.symbol == order.symbol
        and one.side is order.side
        and not one.closes_only
        and one.id != order.id
        and (order.oco_id is None or one.oco_id != order.oco_id)
    )
    free = ledger.closable(account, order.symbol) - sum((one.leaves for one in entries), ZERO)
    return free if takes_at_once(ledger, order) else free - claimed(account, order)


def claimed(account: Account, order: Order) -> Decimal:
    """How much of the position other open exits close before the order may."""
    return spoken_for(account.exits.get(order.symbol, {}).values(), order)


def deny_price(ledger: Ledger, order: Order) -> Denial | None:
    paused = deny_paused(ledger, order.symbol) if order.awaits_trigger else None  # others the venue refuses by itself
    if paused is not None:
        return paused
    needs_price = order.type in MARKET_TYPES
    if needs_price and order.symbol in ledger.stale and not order.reduce_only:
        return Denial(Reason.PRICE_STALE, f"the price of {order.symbol} is stale: its feed is silent")
    borrows_later = ledger.settings.answers_later and not ledger.settings.cash_account
    return _deny_unpriced(ledger, order) if borrows_later else None


def _deny_unpriced(ledger: Ledger, order: Order) -> Denial | None:
    is_priced = order.price is not None or order.awaits_trigger or order.reduce_only or order.side is Side.BUY
    if is_priced or (ledger.quotes.best_bid(order.symbol) or ledger.margin_mark(order.symbol)) is not None:
        return None
    return Denial(Reason.NO_PRICE, f"nobody bids for {order.symbol}, which has not traded yet: there is no price")


def deny_paused(ledger: Ledger, symbol: str) -> Denial | None:
    """A paused market takes cancels only, orders that would wait here for a trigger among what it does not take."""
    if ledger.markets[symbol].state is not MarketState.PAUSED:
        return None
    return Denial(Reason.MARKET_PAUSED, f"{symbol} is paused: cancels only")


def deny_trigger(ledger: Ledger, order: Order, market: Market) -> Denial | None:
    """A trigger on the wrong side of the last price would fire at once."""
    if not order.awaits_trigger:
        return None
    if order.type is OrderType.TRAILING_STOP:
        trailed = ledger.margin_mark(order.symbol)
        if trailed is None:
            return Denial(Reason.NO_PRICE, f"{order.symbol} has not traded yet: there is no price to trail")
        trail(order, trailed, market)
        if order.stop_price is not None and order.stop_price <= 0:
            return Denial(Reason.STOP_WOULD_TRIGGER, "the trail is wider than the price")
        return deny_passed(ledger, order, market)
    if order.parent_id is not None:
        return None
    return deny_passed(ledger, order, market)


def deny_passed(ledger: Ledger, order: Order, market: Market) -> Denial | None:
    """A trigger on the wrong side of the last price, of whatever order it is."""
    last = ledger.last.get(order.symbol)
    if not order.awaits_trigger or last is None or not order.is_reached(last):
        return None
    stop, mark = (price_text(price, market.price_decimals) for price in (order.stop_price or ZERO, last))
    side = "at or below" if order.rises else "at or above"
    text = f"the trigger {stop} of a {order.side} {order.type} is {side} the last price {mark}: it would fire at once"
    return Denial(Reason.STOP_WOULD_TRIGGER, text)


def trail(order: Order, price: Decimal, market: Market) -> bool:
    """Let a trailing stop follow the price; it never loosens. Whether its level moved."""
    sign = order.side.sign
    if order.peak is not None and (price - order.peak) * sign >= 0:
        return False
    order.peak = price
    if order.trail_amount is not None:
        level = price + sign * order.trail_amount
    else:
        assert order.trail_percent is not None
        exact = price * (ONE + sign * order.trail_percent / HUNDRED)
        level = round_to_tick(exact, market.tick, up=order.side is Side.BUY)
    if order.stop_price is not None and (level - order.stop_price) * sign >= 0:
        return False
    order.stop_price = level
    order.restated()
    return True


# ---------------------------------------------------------------- exits


def deny_exit(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    """An exit needs a position to close, and is cut to it; one that rests also leaves room for those before it."""
    held = ledger.closable(account, order.symbol)
    if account.held(order.symbol) * order.side.sign >= 0 or not held:
        return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, "a reduce-only order needs an opposite position to close")
    room = held if takes_at_once(ledger, order) else held - claimed(account, order)
    if room <= 0:
        text = f"all of the {quantity_text(held)} {order.symbol} is spoken for by exits already: nothing left to close"
        return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, text)
    if room < order.quantity:
        order.cut(room)
    return None


def takes_at_once(ledger: Ledger, order: Order) -> bool:
    """Does the order trade the moment that the venue has it?"""
    if order.awaits_trigger:
        return False
    if order.price is None:
        return True
    buying = order.side is Side.BUY
    touch = ledger.quotes.best_ask(order.symbol) if buying else ledger.quotes.best_bid(order.symbol)
    return touch is not None and (order.price >= touch if buying else order.price <= touch)


# ---------------------------------------------------------------- limits


def deny_rate(ledger: Ledger, account: Account, counts: bool) -> Denial | None:
    rate = ledger.limit(account, "ordersPerSecond")
    if rate is None:
        return None
    if not ledger.rates.allows(account.name, rate, ledger.seconds):
        return Denial(Reason.RATE_LIMIT_EXCEEDED, f"more than {quantity_text(Decimal(rate))} orders in a second")
    if counts:
        ledger.rates.spend(account.name, rate, ledger.seconds)
    return None


def deny_limits(ledger: Ledger, account: Account, order: Order, replaced: Order | None = None) -> Denial | None:
    """The risk limits of the account, each with its numbers. Only entries come here; `replaced` is what an amend changes."""
    if not ledger.settings.limits and not account.limits:
        return None
    notional = order.quantity * (order.reserve_price or ZERO)
    count = Decimal(len(account.orders) + (replaced is None))
    return (
        _above(ledger, account, "maxOrderQuantity", Reason.QUANTITY_ABOVE_MAXIMUM, order.quantity, "quantity")
        or _above(ledger, account, "maxOrderNotional", Reason.NOTIONAL_ABOVE_LIMIT, notional, "value")
        or _deny_share(ledger, account, notional)
        or _above(ledger, account, "maxOpenOrders", Reason.OPEN_ORDERS_ABOVE_LIMIT, count, "count")
        or _deny_exposure(ledger, account, entries_with(account, order, replaced), order.symbol)
    )


def _above(ledger: Ledger, account: Account, name: str, reason: Reason, value: Decimal, what: str) -> Denial | None:
    limit = ledger.limit(account, name)
    if limit is None or value <= limit:
        return None
    return Denial(reason, f"{what} {quantity_text(value)} is above the limit {name} of {quantity_text(Decimal(limit))}")


def _deny_share(ledger: Ledger, account: Account, notional: Decimal) -> Denial | None:
    share = ledger.limit(account, "orderNotionalPct")
    if share is None:
        return None
    bound = scaled(ledger.margin(account).collateral, Decimal(share), HUNDRED)
    if notional <= bound:
        return None
    told = f"{quantity_text(Decimal(share))} % of the equity: {amount_text(bound)} (orderNotionalPct)"
    text = f"value {amount_text(notional)} is above {told}"
    return Denial(Reason.NOTIONAL_ABOVE_LIMIT, text)


def _deny_exposure(ledger: Ledger, account: Account, entries: dict[str, Entries], symbol: str) -> Denial | None:
    one, gross = ledger.limit(account, "maxPositionNotional"), ledger.limit(account, "maxGrossExposure")
    if one is None and gross is None:
        return None
    before, after = (exposures(ledger, account, tried) for tried in (account.entries, entries))
    # What lowers the exposure is let through whatever the limit.
    if after[symbol] <= before.get(symbol, ZERO):
        return None
    return _above(
        ledger, account, "maxPositionNotional", Reason.POSITION_ABOVE_LIMIT, after[symbol], "position value"
    ) or _above(ledger, account, "maxGrossExposure", Reason.EXPOSURE_ABOVE_LIMIT, sum(after.values(), ZERO), "exposure")


def exposures(ledger: Ledger, account: Account, entries: dict[str, Entries]) -> dict[str, Decimal]:
    """The largest position value that the entries can lead to, by symbol."""
    return {
        symbol: exposure(account.held(symbol), term.margin_mark, entries.get(symbol))
        for symbol, term in ledger.terms(account, entries).items()
    }
