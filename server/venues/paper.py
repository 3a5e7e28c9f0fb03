"""The paper exchange: one shared book a symbol, in which users' orders rest beside the synthetic flow's.

It answers in the same turn. The flow trades as account `""`: its fills are reported only against a user, so that the
other side of every user's trade is known; its trades with itself are prints alone.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from server.domain.book import Book, Resting
from server.domain.markets import Market
from server.ports import (
    AcceptedReport,
    Amend,
    AmendedReport,
    AmendRejectedReport,
    Cancel,
    CancelledReport,
    CancelRejectedReport,
    ExpiredReport,
    FillReport,
    Level,
    Place,
    PrintReport,
    RejectedReport,
    Report,
    Request,
)
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import Liquidity, MarketState, Reason, Side, TimeInForce

FLOW = ""


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
        self._next_trade = int(last_trade_id or 0) + 1
        self._touched: set[str] = set()
        self._bands: dict[str, tuple[Decimal, Decimal]] = {}
        self._users_hold = dict.fromkeys(markets, Decimal(0))

    def set_band(self, symbol: str, low: Decimal, high: Decimal) -> None:
        """Between which prices the symbol may trade from now on."""
        self._bands[symbol] = (low, high)

    # ------------------------------------------------------------ reading

    def best_bid(self, symbol: str) -> Decimal | None:
        return self._books[symbol].best_bid()

    def best_ask(self, symbol: str) -> Decimal | None:
        return self._books[symbol].best_ask()

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        return self._books[symbol].depth(levels)

    def users_hold(self, symbol: str) -> Decimal:
        return self._users_hold[symbol]

    def take_touched(self) -> set[str]:
        """The symbols whose books changed since the last call."""
        touched, self._touched = self._touched, set()
        return touched

    # ------------------------------------------------------------ requests

    def restore(self, order: Place) -> None:
        """Put a resting order back as it was, without matching it."""
        assert order.price is not None, "only what rested can come back"
        place = order.order_id, order.account, order.side, order.price, order.quantity
        self._books[order.symbol].add(Resting(*place, filled=order.filled, post_only=order.post_only))
        self._touched.add(order.symbol)

    def execute(self, request: Request) -> Iterator[Report]:
        """Carry out one request; fills come before the print that they made, what became of the request comes last.

        Between two reports resting orders may be cancelled or made smaller: the matching goes on with the book as it is.
        """
        self._touched.add(request.symbol)
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
        if self._books[request.symbol].cancel(request.order_id) is None:
            return CancelRejectedReport(request.order_id, "the order is not in the book")
        return CancelledReport(request.order_id, Reason.USER_REQUEST)

    def _amend(self, request: Amend) -> Iterator[Report]:
        book = self._books[request.symbol]
        rest = book.get(request.order_id)
        if rest is None:
            yield AmendRejectedReport(request.order_id, "the order is not in the book")
            return
        since = ZERO if request.filled is None else rest.filled - request.filled
        leaves = request.leaves - since
        if leaves <= 0:
            text = f"{quantity_text(since)} filled meanwhile: nothing is left to change"
            yield AmendRejectedReport(request.order_id, text, Reason.AMENDED_TO_FILLED)
            return
        if request.price == rest.price and leaves <= rest.leaves:
            if leaves < rest.leaves:
                book.reduce(rest, rest.leaves - leaves)
            yield AmendedReport(request.order_id, leaves, request.price)
            return
        again = Place(
            *(request.order_id, rest.account, request.symbol, rest.side, leaves, request.price),
            time_in_force=TimeInForce.GTC,
            post_only=rest.post_only,
            filled=rest.filled,
        )
        yield from self._replace(book, rest, again)

    def _replace(self, book: Book, rest: Resting, again: Place) -> Iterator[Report]:
        """One step: the old order leaves the book only when the new one may come."""
        refusal = self._refusal(book, again)
        if refusal is not None:
            yield AmendRejectedReport(rest.order_id, refusal.text, refusal.reason)
            return
        book.cancel(rest.order_id)
        yield AmendedReport(rest.order_id, again.quantity, again.price or rest.price)
        for report in self._match(book, again):
            # It was accepted once; resting again at the new price is the amend itself, not another acknowledgement.
            if type(report) is not AcceptedReport:
                yield report

    def _place(self, order: Place) -> Iterator[Report]:
        book = self._books[order.symbol]
        refusal = self._refusal(book, order)
        if refusal is not None:
            yield refusal
        elif order.time_in_force is TimeInForce.FOK and not self._fills_whole(book, order):
            yield ExpiredReport(order.order_id, Reason.FOK_NOT_FILLABLE)
        else:
            yield from self._match(book, order)

    def _match(self, book: Book, order: Place) -> Iterator[Report]:
        """Trade with what stands at the order's price or better; what is left rests or expires."""
        leaves = order.quantity
        while leaves:
            rest = _next_maker(book, order)
            if rest is None:
                break
            if self._is_off_band(order.symbol, rest.price):
                yield ExpiredReport(order.order_id, Reason.PRICE_OUTSIDE_BAND)
                return
            if rest.account == order.account and order.account:
                # Nobody trades with himself: the older order gives way, before any print.
                book.cancel(rest.order_id)
                yield CancelledReport(rest.order_id, Reason.SELF_TRADE)
                continue
            quantity = min(leaves, rest.leaves)
            leaves -= quantity
            rest.filled += quantity
            book.reduce(rest, quantity)
            yield from self._trade(order, rest, quantity)
        if not leaves:
            return
        if order.price is not None and order.time_in_force is TimeInForce.GTC:
            place = order.order_id, order.account, order.side, order.price, leaves
            filled = order.filled + order.quantity - leaves
            book.add(Resting(*place, filled=filled, post_only=order.post_only))
            yield AcceptedReport(order.order_id, order.order_id)
        else:
            reason = Reason.NO_LIQUIDITY if order.price is None else Reason.IOC_REMAINDER
            yield ExpiredReport(order.order_id, reason)

    def _is_off_band(self, symbol: str, price: Decimal) -> bool:
        band = self._bands.get(symbol)
        return band is not None and not band[0] <= price <= band[1]

    def _refusal(self, book: Book, order: Place) -> RejectedReport | None:
        if self._markets[order.symbol].state is MarketState.PAUSED:
            return RejectedReport(order.order_id, Reason.MARKET_PAUSED, f"{order.symbol} is paused: cancels only")
        if self._refuses is not None and order.account and self._refuses():
            return RejectedReport(order.order_id, Reason.PRACTICE_REJECT, "refused at random, for practice")
        if order.post_only and order.price is not None and book.crosses(order.side, order.price):
            return RejectedReport(
                order.order_id, Reason.POST_ONLY_WOULD_CROSS, "a post-only order may not trade at once"
            )
        return None

    def _fills_whole(self, book: Book, order: Place) -> bool:
        return book.fillable(order.side, order.price, order.account, order.quantity) >= order.quantity

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
