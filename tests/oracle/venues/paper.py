"""The paper exchange: one shared book a symbol, in which users' orders rest beside the synthetic flow's.

It answers in the same turn. The flow trades as account `""`: its fills are reported only against a user, so that the
other side of every user's trade is known; its trades with itself are prints alone.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial

from tests.oracle.arithmetic import ZERO
from tests.oracle.domain.book import Book, Resting
from tests.oracle.domain.liquidity import Taker, Taking, hidden, taking
from tests.oracle.domain.markets import Market
from tests.oracle.money import price_text, quantity_text
from tests.oracle.ports import (
    AcceptedReport,
    Amend,
    AmendedReport,
    AmendRejectedReport,
    Cancel,
    CancelledReport,
    CancelRejectedReport,
    Coverage,
    Expected,
    ExpiredReport,
    FillReport,
    Level,
    Place,
    Positions,
    PrintReport,
    RejectedReport,
    Report,
    Request,
)
from tests.oracle.venues.band import Band
from tradeterm.protocol.vocabulary import Liquidity, MarketState, Reason, SelfTrade, Side, TimeInForce

FLOW = ""
INFINITE = Decimal("Infinity")


class PaperVenue:
    """Price-time matching over all markets. `last_trade_id` is where the venue's own trade numbers go on from.

    `refuses` is asked for each order of a user, for practice: true, and the order is rejected.
    """

    def __init__(
        self,
        markets: Mapping[str, Market],
        last_trade_id: str | None = None,
        refuses: Callable[[], bool] | None = None,
    ) -> None:
        self._refuses = refuses
        self._markets = markets
        self._books = {symbol: Book() for symbol in markets}
        self._next_trade = self._kept_trade = int(last_trade_id or 0) + 1
        self._touched: set[str] = set()
        self._unkept: set[str] = set()  # symbols whose books changed since `keep`
        self._users_hold = dict.fromkeys(markets, Decimal(0))
        self._users_held = self._users_hold.copy()  # at the last `keep`
        self._bands: dict[str, Band] = {}
        self._moved_bands: set[str] = set()
        self._followed_bands: set[str] = set()  # of those that moved, what went on since `keep`
        self._held_back: dict[str, dict[str, Resting]] = {}  # by symbol, what rests at the band's edge
        self._positions: Positions | None = None
        self._coverage: Coverage | None = None

    def set_band(self, symbol: str, low: Decimal, high: Decimal) -> None:
        """Between which prices the symbol may trade from now on."""
        self._bands[symbol] = Band(low, high)
        self._moved_bands.add(symbol)

    def know_positions(self, positions: Positions) -> None:
        self._positions = positions

    def know_coverage(self, coverage: Coverage) -> None:
        self._coverage = coverage

    # ------------------------------------------------------------ reading

    def best_bid(self, symbol: str) -> Decimal | None:
        return self._books[symbol].best_bid()

    def best_ask(self, symbol: str) -> Decimal | None:
        return self._books[symbol].best_ask()

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        book = self._books[symbol]
        if self._positions is None or not (book.bids.exits or book.asks.exits):
            return book.depth(levels)
        sells, buys = (partial(self._room, symbol, side=side) for side in (Side.SELL, Side.BUY))
        return book.depth(levels, {**hidden(book.bids, buys), **hidden(book.asks, sells)})

    def users_hold(self, symbol: str) -> Decimal:
        return self._users_hold[symbol]

    def expected(self, order: Place) -> Expected:
        refusal = self._refusal(self._books[order.symbol], order, by_chance=False)
        if refusal is not None:
            return Expected(refusal=refusal)
        if order.time_in_force is TimeInForce.FOK and not self._is_fillable(order):
            return Expected()
        found = self._taking(order)
        stays = found.ended_by is None or (found.ended_by is Reason.PRICE_OUTSIDE_BAND and order.reduce_only)
        return Expected(found.fills, order.quantity - found.total if stays and _may_rest(order) else ZERO)

    def take_touched(self) -> set[str]:
        """The symbols whose books changed since the last call."""
        touched, self._touched = self._touched, set()
        return touched

    # ------------------------------------------------------------ requests

    def keep(self) -> None:
        for symbol in self._unkept:
            self._books[symbol].keep()
        self._unkept.clear()
        self._followed_bands.clear()
        self._kept_trade, self._users_held = self._next_trade, self._users_hold.copy()

    def undo(self) -> None:
        for symbol in self._unkept:
            book = self._books[symbol]
            book.undo()
            self._held_back.pop(symbol, None)
            for rest in book:
                if rest.limit is not None:
                    self._held_back.setdefault(symbol, {})[rest.order_id] = rest
        self._unkept.clear()
        self._moved_bands |= self._followed_bands
        self._next_trade, self._users_hold = self._kept_trade, self._users_held.copy()

    def restore(self, order: Place) -> None:
        """Put a resting order back as it was, without matching it."""
        assert order.price is not None, "only what rested can come back"
        self._rest(order, order.quantity, order.rests_at or order.price)
        self._touched.add(order.symbol)
        self._unkept.add(order.symbol)

    def execute(self, request: Request) -> Iterator[Report]:
        """Carry out one request; fills come before the print that they made, what became of the request comes last.

        Between two reports resting orders may be cancelled or made smaller: the matching goes on with the book as it is.
        """
        self._touched.add(request.symbol)
        self._unkept.add(request.symbol)
        if type(request) is Place:
            return self._place(request)
        if type(request) is Cancel:
            return iter((self._cancel(request),))
        assert type(request) is Amend
        return self._amend(request)

    def send(self, request: Request) -> Iterator[Report]:
        """This venue is here: what is sent is carried out."""
        return self.execute(request)

    def _cancel(self, request: Cancel) -> Report:
        self._held_back.get(request.symbol, {}).pop(request.order_id, None)
        if self._books[request.symbol].cancel(request.order_id) is None:
            return CancelRejectedReport(request.order_id, "the order is not in the book")
        return CancelledReport(request.order_id, Reason.USER_REQUEST)

    def _amend(self, request: Amend) -> Iterator[Report]:
        book = self._books[request.symbol]
        rest = book.get(request.order_id)
        if rest is None:
            yield AmendRejectedReport(request.order_id, "the order is not in the book", unasked=request.cuts)
            return
        if request.more:
            yield from self._grow(book, request, rest)
            return
        since = ZERO if request.filled is None else rest.filled - request.filled
        leaves = request.leaves - since
        if leaves <= 0:
            text = f"{quantity_text(since)} filled meanwhile: nothing is left to change"
            yield AmendRejectedReport(request.order_id, text, Reason.AMENDED_TO_FILLED, request.cuts)
            return
        if request.cuts:
            yield self._cut(book, rest, leaves)
            return
        price = _limit_of(rest)
        is_new_exit = request.reduce_only and not rest.reduce_only
        if request.price == price and leaves <= rest.leaves and not is_new_exit:
            if leaves < rest.leaves:
                book.reduce(rest, rest.leaves - leaves)
            yield AmendedReport(request.order_id, leaves, price, None if rest.limit is None else rest.price, rest.place)
            return
        again = _again(rest, request.symbol, leaves, request.price)
        again.reduce_only = rest.reduce_only or request.reduce_only
        yield from self._put_anew(book, rest, again, unasked=False)

    def _grow(self, book: Book, request: Amend, rest: Resting) -> Iterator[Report]:
        """By so much more than there is of it by now, and at the price that it has."""
        again = _again(rest, request.symbol, rest.leaves + request.more, _limit_of(rest))
        yield from self._put_anew(book, rest, again, unasked=True)

    def _put_anew(self, book: Book, rest: Resting, again: Place, *, unasked: bool) -> Iterator[Report]:
        """In the place of what rested, behind everybody, and matched as if it came now."""
        assert again.price is not None
        refusal = self._refusal(book, again) or self._beyond_band(book, again)
        if refusal is not None:
            yield AmendRejectedReport(rest.order_id, refusal.text, refusal.reason, unasked)
            return
        self._take_out(again.symbol, rest)
        again.place = book.next_place()
        yield AmendedReport(rest.order_id, again.quantity, again.price, place=again.place, unasked=unasked)
        yield from self._match_again(book, again, is_told=True)

    def _cut(self, book: Book, rest: Resting, leaves: Decimal) -> Report:
        """Make an order no larger than this, where and at the price that it has by now."""
        if leaves < rest.leaves:
            book.reduce(rest, rest.leaves - leaves)
        limit, at = (rest.price, None) if rest.limit is None else (rest.limit, rest.price)
        return AmendedReport(rest.order_id, rest.leaves, limit, at, rest.place, unasked=True)

    def _match_again(self, book: Book, again: Place, *, is_told: bool) -> Iterator[Report]:
        """Match what was accepted once: its resting again is no other acknowledgement, only where it does is news.
        `is_told`: that it rests at its price is known."""
        for report in self._match(book, again):
            if type(report) is not AcceptedReport:
                yield report
            elif again.price is not None and not (is_told and report.rests_at is None):
                leaves = self._books[again.symbol].get(again.order_id).leaves  # type: ignore[union-attr]
                yield AmendedReport(again.order_id, leaves, again.price, report.rests_at, report.place, unasked=True)

    def go_on(self) -> Iterator[Report]:
        """What rests at the edge of a band that has moved goes on from there, or comes back with it."""
        moved, self._moved_bands = self._moved_bands, set()
        self._followed_bands |= moved
        for symbol in sorted(moved & self._held_back.keys()):
            for rest in list(self._held_back[symbol].values()):
                if rest.leaves and rest.price != self._within_band(symbol, rest.side, rest.limit or rest.price):
                    again = _again(rest, symbol, rest.leaves, rest.limit or rest.price)
                    self._take_out(symbol, rest)
                    self._touched.add(symbol)
                    self._unkept.add(symbol)
                    yield from self._match_again(self._books[symbol], again, is_told=False)

    def _place(self, order: Place) -> Iterator[Report]:
        book = self._books[order.symbol]
        refusal = self._refusal(book, order)
        if refusal is not None:
            yield refusal
        elif order.time_in_force is TimeInForce.FOK:
            yield from self._fill_or_kill(book, order)
        else:
            yield from self._match(book, order)

    def _fill_or_kill(self, book: Book, order: Place) -> Iterator[Report]:
        """All of it or nothing. Its prints come after all of its fills: what a print sets off must take nothing away
        that was counted on."""
        if not self._is_fillable(order):
            yield ExpiredReport(order.order_id, Reason.FOK_NOT_FILLABLE)
            return
        prints = []
        for report in self._match(book, order):
            if type(report) is PrintReport:
                prints.append(report)
            else:
                yield report
        yield from prints

    def _match(self, book: Book, order: Place) -> Iterator[Report]:
        """Trade with what stands at the order's price or better; what is left rests or expires."""
        leaves = order.quantity
        while leaves:
            rest = _next_maker(book, order)
            if rest is None:
                break
            if self._presses_off_band(order.symbol, rest):
                yield self._send_back(order.symbol, rest)
                continue
            if self._is_off_band(order.symbol, rest.price):
                if _may_rest(order) and order.reduce_only:
                    break
                yield ExpiredReport(order.order_id, Reason.PRICE_OUTSIDE_BAND)
                return
            if rest.account == order.account and order.account:
                yield from self._give_way(book, order, rest)
                if order.self_trade is not SelfTrade.CANCEL_RESTING:
                    return
                continue
            if rest.reduce_only and not self._room(order.symbol, rest.account, rest.side):
                self._take_out(order.symbol, rest)
                yield CancelledReport(rest.order_id, Reason.POSITION_CLOSED)
                continue
            quantity = min(leaves, rest.leaves)
            if order.reduce_only or rest.reduce_only:
                quantity = min(quantity, self._bound(order, rest))
            if not quantity:
                yield CancelledReport(order.order_id, Reason.POSITION_CLOSED)
                return
            leaves -= quantity
            book.trade(rest, quantity)
            yield from self._trade(order, rest, quantity)
        if leaves:
            yield self._leave(order, leaves)

    def _leave(self, order: Place, leaves: Decimal) -> Report:
        """What nobody took rests, or is gone."""
        if not _may_rest(order):
            return ExpiredReport(order.order_id, Reason.NO_LIQUIDITY if order.price is None else Reason.IOC_REMAINDER)
        assert order.price is not None
        at = self._within_band(order.symbol, order.side, order.price) if order.reduce_only else order.price
        place = self._rest(order, leaves, at)
        return AcceptedReport(order.order_id, order.order_id, None if at == order.price else at, place)

    def _rest(self, order: Place, leaves: Decimal, at: Decimal) -> int:
        rest = Resting(
            *(order.order_id, order.account, order.side, at, leaves),
            filled=order.filled + order.quantity - leaves,
            post_only=order.post_only,
            reduce_only=order.reduce_only,
            pair=order.pair,
            self_trade=order.self_trade,
            limit=None if at == order.price else order.price,
            place=order.place,
        )
        self._books[order.symbol].add(rest)
        if rest.limit is not None:
            self._held_back.setdefault(order.symbol, {})[rest.order_id] = rest
        return rest.place

    def _take_out(self, symbol: str, rest: Resting) -> None:
        self._books[symbol].cancel(rest.order_id)
        self._held_back.get(symbol, {}).pop(rest.order_id, None)

    def _give_way(self, book: Book, order: Place, rest: Resting) -> Iterator[Report]:
        """Nobody trades with themselves: which of the two gives way, before any print, the coming one has said."""
        if order.self_trade is not SelfTrade.CANCEL_TAKING:
            self._take_out(order.symbol, rest)
            text = f"would have traded with the own coming {order.side} order {order.order_id} ({order.self_trade})"
            yield CancelledReport(rest.order_id, Reason.SELF_TRADE, text)
        if order.self_trade is not SelfTrade.CANCEL_RESTING:
            text = f"would have traded with the own resting {rest.side} order {rest.order_id} ({order.self_trade})"
            yield CancelledReport(order.order_id, Reason.SELF_TRADE, text)

    # ------------------------------------------------------------ what binds an order

    def _is_off_band(self, symbol: str, price: Decimal) -> bool:
        band = self._bands.get(symbol)
        return band is not None and not band.holds(price)

    def _presses_off_band(self, symbol: str, rest: Resting) -> bool:
        """Does it offer more than the band allows by now (a bid above, an offer below)? It must not stand in the way of
        those within."""
        return self._within_band(symbol, rest.side, rest.price) != rest.price

    def _send_back(self, symbol: str, rest: Resting) -> Report:
        """An exit goes to the band's edge; another order would trade where nothing may, and expires."""
        limit = _limit_of(rest)
        again = _again(rest, symbol, rest.leaves, limit)
        self._take_out(symbol, rest)
        if not rest.reduce_only:
            return ExpiredReport(rest.order_id, Reason.PRICE_OUTSIDE_BAND)
        edge = self._within_band(symbol, rest.side, limit)
        place = self._rest(again, again.quantity, edge)
        return AmendedReport(rest.order_id, again.quantity, limit, edge, place, unasked=True)

    def _within_band(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        band = self._bands.get(symbol)
        return price if band is None else band.within(side, price, self._markets[symbol].tick)

    def _beyond_band(self, book: Book, order: Place) -> RejectedReport | None:
        """A new price that would trade where nothing may: an amend is refused for that, where an order would expire."""
        assert order.price is not None
        is_beyond = self._within_band(order.symbol, order.side, order.price) != order.price
        if order.reduce_only or not is_beyond or not book.crosses(order.side, order.price):
            return None
        text = f"nothing trades that far from the last five minutes: {price_text(order.price, 2)}"
        return RejectedReport(order.order_id, Reason.PRICE_OUTSIDE_BAND, text)

    def _room(self, symbol: str, account: str, side: Side, opens: Decimal = ZERO) -> Decimal:
        """How much an order that only reduces may trade of the account's position, as it is now; a reverse may open
        `opens` beyond it."""
        held = self._positions(account, symbol, ()) if self._positions is not None else -INFINITE * side.sign
        return max(ZERO, opens - held * side.sign)

    def _bound(self, order: Place, rest: Resting) -> Decimal:
        """The most that the two may trade, as far as either only reduces."""
        symbol, most = order.symbol, INFINITE
        if order.reduce_only:
            most = self._room(symbol, order.account, order.side, order.opens)
        if rest.reduce_only:
            most = min(most, self._room(symbol, rest.account, rest.side))
        return most

    def _taking(self, order: Place) -> Taking:
        """What the order could take of the book as it stands."""
        symbol, positions, band = order.symbol, self._positions, self._bands.get(order.symbol)
        taker = Taker(order.side, order.price, order.account, order.self_trade)
        held = None if positions is None else lambda account: positions(account, symbol, ())
        bounds = None if band is None else (band.low, band.high)
        coverage, side = self._coverage, order.side.opposite
        covered = None if coverage is None else lambda account, price: coverage(account, symbol, side, price)
        return taking(self._books[symbol], taker, held, bounds, order.quantity, covered)

    def _is_fillable(self, order: Place) -> bool:
        """All of it at once?"""
        is_covered = not order.reduce_only or order.quantity <= self._room(order.symbol, order.account, order.side)
        return is_covered and self._taking(order).total >= order.quantity

    def _refusal(self, book: Book, order: Place, *, by_chance: bool = True) -> RejectedReport | None:
        if self._markets[order.symbol].state is MarketState.PAUSED:
            return RejectedReport(order.order_id, Reason.MARKET_PAUSED, f"{order.symbol} is paused: cancels only")
        if by_chance and self._refuses is not None and order.account and self._refuses():
            return RejectedReport(order.order_id, Reason.PRACTICE_REJECT, "refused at random, for practice")
        if order.post_only and order.price is not None and book.crosses(order.side, order.price):
            return RejectedReport(
                order.order_id, Reason.POST_ONLY_WOULD_CROSS, "a post-only order may not trade at once"
            )
        return None

    def _trade(self, order: Place, rest: Resting, quantity: Decimal) -> Iterator[Report]:
        trade_id = str(self._next_trade)
        self._next_trade += 1
        symbol, price = order.symbol, rest.price
        if (order.account == FLOW) != (rest.account == FLOW):
            users = order.side if rest.account == FLOW else rest.side
            self._users_hold[symbol] += quantity * users.sign
        if order.account or rest.account:
            maker, taker = Liquidity.MAKER, Liquidity.TAKER
            yield FillReport(rest.order_id, rest.account, symbol, rest.side, quantity, price, maker, trade_id)
            yield FillReport(order.order_id, order.account, symbol, order.side, quantity, price, taker, trade_id)
        yield PrintReport(symbol, price, quantity, order.side, trade_id)


def _next_maker(book: Book, order: Place) -> Resting | None:
    """Whose turn it is to trade with `order`; None when nobody stands at its limit or better."""
    level = book.side(order.side.opposite).best()
    if level is None:
        return None
    limit = order.price
    if limit is not None and (level.price > limit if order.side is Side.BUY else level.price < limit):
        return None
    return next(iter(level.queue.values()))


def _limit_of(rest: Resting) -> Decimal:
    """How far it may go."""
    return rest.price if rest.limit is None else rest.limit


def _may_rest(order: Place) -> bool:
    return order.price is not None and order.time_in_force is TimeInForce.GTC


def _again(rest: Resting, symbol: str, leaves: Decimal, price: Decimal) -> Place:
    """A resting order as it would come anew."""
    return Place(
        *(rest.order_id, rest.account, symbol, rest.side, leaves, price),
        time_in_force=TimeInForce.GTC,
        post_only=rest.post_only,
        reduce_only=rest.reduce_only,
        pair=rest.pair,
        self_trade=rest.self_trade,
        filled=rest.filled,
    )
