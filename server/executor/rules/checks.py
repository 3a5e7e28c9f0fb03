"""Whether the state of account, market and venue lets an order through, and on which terms. Looks, and changes nothing."""

from dataclasses import dataclass
from decimal import Decimal

from server.domain.accounts import NO_ENTRIES, Account, Entries
from server.domain.commands import OrderTerms
from server.domain.exits import spoken_for
from server.domain.orders import Order, order_from, twin
from server.domain.risk import (
    Denial,
    cash_denial,
    collar_denial,
    entry_price,
    funds_denial,
    trail_level,
    uncovered_denial,
)
from server.executor.rules import lifecycle, limits
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.vocabulary import MARKET_TYPES, MarketState, OrderType, Reason, Side, TradingState

WHOLE_BOOK = 10_000
# Looked up once: reading a member from its class costs more than comparing it.
_ACTIVE, _REDUCING, _BUY, _PAUSED = TradingState.ACTIVE, TradingState.REDUCING, Side.BUY, MarketState.PAUSED


@dataclass(slots=True)
class Assessment:
    """What the rules say to an order: the terms on which it is taken, or why it is not. Whoever asked carries it out."""

    closes_only: bool
    stop_price: Decimal | None  # its trigger; a trailing stop gets its first level
    peak: Decimal | None = None  # of a trailing stop
    quantity: Decimal | None = None  # how much of it is taken, where that is less than was asked for
    reserve_price: Decimal | None = None  # what each unit reserves at; None: nothing
    venue_price: Decimal | None = None  # the limit that the venue gets where the order has none
    entries: Entries | None = None  # of its symbol, with it; None: it is none
    is_counted: bool = False  # it is one of those that may be sent in a second, refused or not
    denial: Denial | None = None

    def put_on(self, order: Order) -> None:
        """Give an order what was found; also one that is refused, so that it says for which trigger."""
        order.take_as(closes_only=self.closes_only)
        order.reserve_at(self.reserve_price, self.venue_price)
        if self.peak is not None and self.stop_price is not None:
            order.follow(self.peak, self.stop_price)
        if self.quantity is not None:
            order.cut(self.quantity)


def assess(ledger: Ledger, account: Account, order: Order, sent_before: int = 0) -> Assessment:
    """Look at a new order. `sent_before`: how many others of the account are to be sent in the same moment."""
    found = Assessment(only_closes(ledger, account, order), order.stop_price)
    denial = deny_state(ledger, account, order) or deny_price(ledger, order)
    if denial is None and order.awaits_trigger:
        denial = _look_at_trigger(ledger, order, found)
    if denial is None:
        look = _look_at_exit if order.reduce_only else _look_at_entry
        denial = look(ledger, account, order, found, sent_before)
    found.denial = denial
    return found


def carry_out(ledger: Ledger, account: Account, order: Order, found: Assessment) -> None:
    """Put on an order what was found, count it, and remember which silent feed it was refused for."""
    found.put_on(order)
    if found.is_counted:
        limits.count(ledger, account)
    if found.denial is not None and found.denial.reason is Reason.PRICE_STALE:
        ledger.missed.add(order.symbol)


def _look_at_entry(
    ledger: Ledger, account: Account, order: Order, found: Assessment, sent_before: int
) -> Denial | None:
    symbol, most = order.symbol, ledger.markets[order.symbol].largest_quantity
    if abs(account.held(symbol)) > most:
        return Denial(Reason.QUANTITY_ABOVE_MAXIMUM, f"no more than {quantity_text(most)} {symbol} can be held")
    reserve_price, found.venue_price = price_entry(ledger, order, found.stop_price)
    before = account.entries.get(symbol, NO_ENTRIES)
    after = before.with_order(order, order.quantity, reserve_price)
    found.reserve_price, found.entries = reserve_price, after
    denial = None
    if ledger.settings.limits or account.limits:
        denial = limits.deny_rate(ledger, account, sent_before)
        found.is_counted = denial is None
    if denial is None and order.price is not None and not order.awaits_trigger:
        # A waiting order's limit is held against the collar when it triggers: what is far off now may be near then.
        denial = deny_collar(ledger, account, order)
    if denial is None and found.is_counted:
        bound = order.quantity * reserve_price
        denial = limits.deny_limits(ledger, account, order, bound, after, count=len(account.orders) + 1)
    if denial is not None:
        if not lets_out(ledger, account, order):
            return denial
        found.closes_only = True
    return deny_funds(ledger, account, order, before, after)


def deny_collar(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    market = ledger.markets[order.symbol]
    return collar_denial(order, market, ledger.valuation.margin_mark(order.symbol), ledger.settings.collar_of(account))


def deny_funds(ledger: Ledger, account: Account, order: Order, before: Entries, after: Entries) -> Denial | None:
    """Whether the money is there for an order: what the entries of its symbol are `before` it, and what `after`.

    A reverse that is on its way was judged as if those were gone, and may come to nothing: what is taken beside it must
    be covered without it too."""
    denial = _deny_uncovered(ledger, account, order, before, after)
    if denial is None and ledger.settings.answers_later and order.origin is not Reason.REVERSE:
        for one in account.orders.values():
            if one.origin is Reason.REVERSE and one.symbol == order.symbol:
                before, after = (entries.with_order(one, -one.leaves, one.reserve_price) for entries in (before, after))
                denial = denial or _deny_uncovered(ledger, account, order, before, after)
    return denial


def _deny_uncovered(ledger: Ledger, account: Account, order: Order, before: Entries, after: Entries) -> Denial | None:
    settings, symbol = ledger.settings, order.symbol
    if settings.cash_account and order.side is not _BUY:
        return uncovered_denial(order, closing_room(ledger, account, order))
    if ledger.valuation.is_covered(account, symbol, after):
        return None
    now, then = (ledger.valuation.margin_with(account, symbol, entries) for entries in (before, after))
    if settings.cash_account:
        return cash_denial(now, then, settings.currency)
    fees = (after.charged - before.charged) * ledger.markets[symbol].highest_fee
    return funds_denial(order, now, then, fees, settings.currency)


def entry_reference(ledger: Ledger, account: Account, terms: OrderTerms) -> Decimal | None:
    """About where an entry would trade: at its trigger, else at its limit, else at the first price that it meets, else at
    the mark."""
    if terms.stop_price is not None or terms.price is not None:
        return terms.stop_price or terms.price
    touch = first_price(ledger, order_from(terms, "", account.name, "", ledger.now))
    return touch if touch is not None else ledger.valuation.margin_mark(terms.symbol)


def first_price(ledger: Ledger, order: Order) -> Decimal | None:
    """The first price that an order without a limit meets: an own one gives way, and nothing counts from it, unless there is
    nobody else."""
    quotes, symbol, buying = ledger.quotes, order.symbol, order.side is _BUY
    best = quotes.best_ask(symbol) if buying else quotes.best_bid(symbol)
    if best is None or not _rests_opposite(ledger.accounts[order.account], order):
        return best
    fills = quotes.expected(lifecycle.place_of(order)).fills
    return fills[0][0] if fills else best


def _rests_opposite(account: Account, order: Order) -> bool:
    """Does anything of the account rest on the other side? Most often there is nothing to look through."""
    symbol, side = order.symbol, order.side
    if symbol not in account.entries and symbol not in account.exits:
        return False
    return any(one.symbol == symbol and one.side is not side and one.is_resting for one in account.orders.values())


def price_entry(ledger: Ledger, order: Order, trigger: Decimal | None) -> tuple[Decimal, Decimal | None]:
    """(what each unit of an entry reserves at, the limit that the venue gets where the order has none); `trigger` is what
    it waits for."""
    if order.awaits_trigger:
        reserve_price = order.price if order.price is not None else trigger
        assert reserve_price is not None, "what waits has a trigger"
        return reserve_price, None
    quotes, symbol, settings = ledger.quotes, order.symbol, ledger.settings
    last, is_whole = None, False
    if order.side is _BUY:
        best = first_price(ledger, order) if order.price is None else None
        if best is not None and not settings.collar_pct:
            last, is_whole = sweep(ledger, order)
    else:
        best = first_price(ledger, order) if order.price is None else quotes.best_bid(symbol)
        if best is None and settings.answers_later:
            best = ledger.valuation.margin_mark(symbol)  # who bids while it is on its way gets it for about that
    reserve_price, venue_price = entry_price(order, ledger.markets[symbol], best, last, settings)
    # What its own prints set off may take away what it was to get: nothing is set aside for what it would meet instead.
    return reserve_price, last if is_whole and not settings.answers_later else venue_price


def sweep(ledger: Ledger, order: Order) -> tuple[Decimal | None, bool]:
    """(the price of the last offer that a market buy would take, whether it would be filled); None where it would get none.

    What is gone when it is met (own offers, the second leg of a pair) gives it nothing, so that it goes deeper than the
    book that is shown says."""
    fills = ledger.quotes.expected(lifecycle.place_of(order)).fills
    last = fills[-1][0] if fills else None
    return last, sum((size for _, size in fills), ZERO) >= order.leaves


# ---------------------------------------------------------------- state


def only_closes(ledger: Ledger, account: Account, order: Order) -> bool:
    """Is the order an exit, whatever it is called? It is then cut with the position, and never opens one."""
    if order.reduce_only or (account.trading_state is _REDUCING and order.origin is None):
        return True
    return ledger.settings.cash_account and order.side is not _BUY


def deny_state(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    """What the trading state says to a new order, or to what an order is to become."""
    state = account.trading_state
    if state is _ACTIVE or order.origin is not None:
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
    return order.leaves <= closing_room(ledger, account, order)


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
        and not (one.closes_only or one.is_external)
        and one.id != order.id
        and (order.oco_id is None or one.oco_id != order.oco_id)  # only one of a pair comes about
    )
    free = ledger.valuation.closable(account, order.symbol) - sum((one.leaves for one in entries), ZERO)
    return free if takes_at_once(ledger, order) else free - claimed(account, order)


def claimed(account: Account, order: Order) -> Decimal:
    """How much of the position other open exits close before the order may."""
    return spoken_for(account.exits.get(order.symbol, {}).values(), order)


def deny_price(ledger: Ledger, order: Order) -> Denial | None:
    if order.awaits_trigger and (paused := deny_paused(ledger, order.symbol)) is not None:
        return paused  # others the venue refuses by itself
    if order.symbol in ledger.stale and order.type in MARKET_TYPES and not order.reduce_only:
        return Denial(Reason.PRICE_STALE, f"the price of {order.symbol} is stale: its feed is silent")
    borrows_later = ledger.settings.answers_later and not ledger.settings.cash_account
    return _deny_unpriced(ledger, order) if borrows_later else None


def _deny_unpriced(ledger: Ledger, order: Order) -> Denial | None:
    """Whether it would sell for whatever is bid by the time that it arrives, where nobody knows what that may be."""
    is_priced = order.price is not None or order.awaits_trigger or order.reduce_only or order.side is _BUY
    if is_priced or (ledger.quotes.best_bid(order.symbol) or ledger.valuation.margin_mark(order.symbol)) is not None:
        return None
    return Denial(Reason.NO_PRICE, f"nobody bids for {order.symbol}, which has not traded yet: there is no price")


def deny_paused(ledger: Ledger, symbol: str) -> Denial | None:
    """A paused market takes cancels only, orders that would wait here for a trigger among what it does not take."""
    if ledger.markets[symbol].state is not _PAUSED:
        return None
    return Denial(Reason.MARKET_PAUSED, f"{symbol} is paused: cancels only")


def _look_at_trigger(ledger: Ledger, order: Order, found: Assessment) -> Denial | None:
    if order.type is not OrderType.TRAILING_STOP:
        # A bracket's leg comes when its entry has filled, wherever the price is by then: it fires at once.
        return None if order.parent_id is not None else deny_trigger(ledger, order)
    mark = ledger.valuation.margin_mark(order.symbol)
    if mark is None:
        return Denial(Reason.NO_PRICE, f"{order.symbol} has not traded yet: there is no price to trail")
    level = trail_level(order, mark, ledger.markets[order.symbol])
    if level is not None:
        found.peak, found.stop_price = mark, level
    if found.stop_price is not None and found.stop_price <= 0:
        return Denial(Reason.STOP_WOULD_TRIGGER, "the trail is wider than the price")
    # It trails the mark; a stray print may have passed its first level all the same.
    placed = twin(order)
    placed.try_on(stop_price=found.stop_price)
    return deny_trigger(ledger, placed)


def deny_trigger(ledger: Ledger, order: Order) -> Denial | None:
    """A trigger on the wrong side of the last price would fire at once."""
    last, market = ledger.last.get(order.symbol), ledger.markets[order.symbol]
    if not order.awaits_trigger or last is None or not order.is_reached(last):
        return None
    stop, mark = (price_text(price, market.price_decimals) for price in (order.stop_price or ZERO, last))
    side = "at or below" if order.rises else "at or above"
    text = f"the trigger {stop} of a {order.side} {order.type} is {side} the last price {mark}: it would fire at once"
    return Denial(Reason.STOP_WOULD_TRIGGER, text)


# ---------------------------------------------------------------- exits


def _look_at_exit(ledger: Ledger, account: Account, order: Order, found: Assessment, _: int) -> Denial | None:
    """An exit needs a position to close, and is cut to it; one that rests also leaves room for those before it."""
    held = ledger.valuation.closable(account, order.symbol)
    if account.held(order.symbol) * order.side.sign >= 0 or not held:
        return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, "a reduce-only order needs an opposite position to close")
    room = held if takes_at_once(ledger, order) else held - claimed(account, order)
    if room <= 0:
        text = f"all of the {quantity_text(held)} {order.symbol} is spoken for by exits already: nothing left to close"
        return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, text)
    if room < order.quantity:
        found.quantity = room
    return None


def takes_at_once(ledger: Ledger, order: Order) -> bool:
    """Does the order trade the moment that the venue has it?"""
    if order.awaits_trigger:
        return False
    if order.price is None:
        return True
    buying = order.side is _BUY
    touch = ledger.quotes.best_ask(order.symbol) if buying else ledger.quotes.best_bid(order.symbol)
    return touch is not None and (order.price >= touch if buying else order.price <= touch)
