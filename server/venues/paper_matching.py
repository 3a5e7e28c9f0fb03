"""How the paper venue matches: by price and then time, with what stands in the books as it stands at that moment."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

from server.domain.book import Book, Resting
from server.domain.liquidity import Taker, Taking, taking
from server.ports import (
    AcceptedReport,
    AmendedReport,
    CancelledReport,
    Coverage,
    ExpiredReport,
    FillReport,
    Place,
    PrintReport,
    RejectedReport,
    Report,
)
from server.venues.paper_books import PaperBooks, limit_of
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Liquidity, MarketState, Reason, SelfTrade, Side, TimeInForce

FLOW = ""
# Looked up once: reading a member from its class costs more than comparing it.
_BUY, _PAUSED, _GTC = Side.BUY, MarketState.PAUSED, TimeInForce.GTC
_MAKER, _TAKER = Liquidity.MAKER, Liquidity.TAKER


class PaperMatching:
    """Over all books. `refuses` is asked for each order of a user, for practice: true, and the order is rejected.

    Between two reports resting orders may be cancelled or made smaller: the matching goes on with the book as it is.
    """

    def __init__(self, books: PaperBooks, refuses: Callable[[], bool] | None) -> None:
        self._books, self._refuses = books, refuses

    # ------------------------------------------------------------ before anything trades

    def refusal(self, order: Place, *, by_chance: bool = True) -> RejectedReport | None:
        if self._books.markets[order.symbol].state is _PAUSED:
            return RejectedReport(order.order_id, Reason.MARKET_PAUSED, f"{order.symbol} is paused: cancels only")
        if by_chance and self._refuses is not None and order.account and self._refuses():
            return RejectedReport(order.order_id, Reason.PRACTICE_REJECT, "refused at random, for practice")
        if order.post_only and self._crosses(order):
            text = "a post-only order may not trade at once"
            return RejectedReport(order.order_id, Reason.POST_ONLY_WOULD_CROSS, text)
        return None

    def _crosses(self, order: Place) -> bool:
        return order.price is not None and self._books.by_symbol[order.symbol].crosses(order.side, order.price)

    def taking(self, order: Place) -> Taking:
        """What the order could take of the book as it stands."""
        books, symbol = self._books, order.symbol
        positions, band = books.positions, books.bands.get(symbol)
        taker = Taker(order.side, order.price, order.account, order.self_trade)
        held = None if positions is None else lambda account: positions(account, symbol, ())
        covered = None if books.coverage is None else partial(self._is_covered, books.coverage, order)
        bounds = None if band is None else (band.low, band.high)
        return taking(books.by_symbol[symbol], taker, held, bounds, order.quantity, covered)

    @staticmethod
    def _is_covered(coverage: Coverage, order: Place, account: str, price: Decimal) -> bool:
        return coverage(account, order.symbol, order.side.opposite, price)

    def is_fillable(self, order: Place) -> bool:
        """All of it at once?"""
        books = self._books
        is_covered = not order.reduce_only or order.quantity <= books.room(order.symbol, order.account, order.side)
        return is_covered and self.taking(order).total >= order.quantity

    # ------------------------------------------------------------ trading

    def fill_or_kill(self, order: Place) -> Iterator[Report]:
        """All of it or nothing. Its prints come after all of its fills: what a print sets off must take nothing away
        that was counted on."""
        if not self.is_fillable(order):
            yield ExpiredReport(order.order_id, Reason.FOK_NOT_FILLABLE)
            return
        prints = []
        for report in self.match(order):
            if type(report) is PrintReport:
                prints.append(report)
            else:
                yield report
        yield from prints

    def match(self, order: Place) -> Iterator[Report]:
        """Trade with what stands at the order's price or better; what is left rests or expires."""
        book, leaves = self._books.by_symbol[order.symbol], order.quantity
        while leaves and (rest := _next_maker(book, order)) is not None:
            obstacle = self._obstacle(order, rest, leaves)
            if obstacle is not None:
                reports, goes_on = obstacle
                yield from reports
                if goes_on:
                    continue
                return
            quantity = leaves if leaves < rest.leaves else rest.leaves
            if order.reduce_only or rest.reduce_only:
                quantity = min(quantity, self._books.bound(order, rest))
            leaves -= quantity
            book.trade(rest, quantity)
            yield from self._trade(order, rest, quantity)
        if leaves:
            yield self._leave(order, leaves)

    def _trade(self, order: Place, rest: Resting, quantity: Decimal) -> tuple[Report, ...]:
        """Both sides of a trade, where a user has a part in it, and its print."""
        trade_id, symbol, side, price = self._books.next_trade(), order.symbol, order.side, rest.price
        taker, maker = order.account, rest.account
        printed = PrintReport(symbol, price, quantity, side, trade_id)
        if not (taker and maker):
            if taker == maker:
                return (printed,)
            self._books.users_hold[symbol] += quantity * (side if taker else rest.side).sign
        return (
            FillReport(rest.order_id, maker, symbol, rest.side, quantity, price, _MAKER, trade_id),
            FillReport(order.order_id, taker, symbol, side, quantity, price, _TAKER, trade_id),
            printed,
        )

    def _leave(self, order: Place, leaves: Decimal) -> Report:
        """What nobody took rests, or is gone."""
        if not may_rest(order):
            return ExpiredReport(order.order_id, Reason.NO_LIQUIDITY if order.price is None else Reason.IOC_REMAINDER)
        assert order.price is not None
        books = self._books
        at = books.within_band(order.symbol, order.side, order.price) if order.reduce_only else order.price
        place = books.rest(order, leaves, at).place
        return AcceptedReport(order.order_id, order.order_id, None if at == order.price else at, place)

    # ------------------------------------------------------------ what keeps two from trading

    def _obstacle(self, order: Place, rest: Resting, leaves: Decimal) -> tuple[tuple[Report, ...], bool] | None:
        """What keeps the two from trading: what becomes of either, and whether the coming one goes on with the next."""
        band = self._books.bands.get(order.symbol)
        if band is not None:
            if self._books.within_band(order.symbol, rest.side, rest.price) != rest.price:
                return (self._send_back(order.symbol, rest),), True
            if not band.holds(rest.price):
                rests = may_rest(order) and order.reduce_only
                expired = ExpiredReport(order.order_id, Reason.PRICE_OUTSIDE_BAND)
                return (self._leave(order, leaves) if rests else expired,), False
        if rest.account == order.account and order.account:
            return tuple(self._give_way(order, rest)), order.self_trade is SelfTrade.CANCEL_RESTING
        if order.reduce_only or rest.reduce_only:
            gone = self._has_nothing_left(order, rest)
            return None if gone is None else ((gone,), gone.order_id != order.order_id)
        return None

    def _send_back(self, symbol: str, rest: Resting) -> Report:
        """It offers more than the band allows by now (a bid above, an offer below), and must not stand in the way of those
        within: an exit goes to the band's edge; another order would trade where nothing may, and expires."""
        limit = limit_of(rest)
        again = anew(rest, symbol, rest.leaves, limit)
        self._books.take_out(symbol, rest.order_id)
        if not rest.reduce_only:
            return ExpiredReport(rest.order_id, Reason.PRICE_OUTSIDE_BAND)
        edge = self._books.within_band(symbol, rest.side, limit)
        place = self._books.rest(again, again.quantity, edge).place
        return AmendedReport(rest.order_id, again.quantity, limit, edge, place, unasked=True)

    def _give_way(self, order: Place, rest: Resting) -> Iterator[Report]:
        """Nobody trades with themselves: which of the two gives way, before any print, the coming one has said."""
        if order.self_trade is not SelfTrade.CANCEL_TAKING:
            self._books.take_out(order.symbol, rest.order_id)
            text = f"would have traded with the own coming {order.side} order {order.order_id} ({order.self_trade})"
            yield CancelledReport(rest.order_id, Reason.SELF_TRADE, text)
        if order.self_trade is not SelfTrade.CANCEL_RESTING:
            text = f"would have traded with the own resting {rest.side} order {rest.order_id} ({order.self_trade})"
            yield CancelledReport(order.order_id, Reason.SELF_TRADE, text)

    def _has_nothing_left(self, order: Place, rest: Resting) -> CancelledReport | None:
        """Of two of which one may only reduce: the end of the one that has no position to close any more."""
        if rest.reduce_only and not self._books.room(order.symbol, rest.account, rest.side):
            self._books.take_out(order.symbol, rest.order_id)
            return CancelledReport(rest.order_id, Reason.POSITION_CLOSED)
        if self._books.bound(order, rest):
            return None
        return CancelledReport(order.order_id, Reason.POSITION_CLOSED)


def _next_maker(book: Book, order: Place) -> Resting | None:
    """Whose turn it is to trade with `order`; None when nobody stands at its limit or better."""
    buying, limit = order.side is _BUY, order.price
    level = (book.asks if buying else book.bids).best
    if level is None or (limit is not None and (level.price > limit if buying else level.price < limit)):
        return None
    return next(iter(level.queue.values()))


def may_rest(order: Place) -> bool:
    return order.price is not None and order.time_in_force is _GTC


def anew(rest: Resting, symbol: str, leaves: Decimal, price: Decimal) -> Place:
    """A resting order as it would come anew."""
    return Place(
        rest.order_id,
        rest.account,
        symbol,
        rest.side,
        leaves,
        price,
        _GTC,
        rest.post_only,
        rest.reduce_only,
        ZERO,  # a reverse does not rest
        rest.pair,
        rest.self_trade,
        rest.filled,
    )
