"""The paper exchange: one shared book a symbol, in which users' orders rest beside the synthetic flow's.

It answers in the same turn. The flow trades as account `""`: its fills are reported only against a user, so that the
other side of every user's trade is known; its trades with itself are prints alone. Here is the port; `paper_books.py` has
the books and what binds an order in them, `paper_matching.py` how orders meet, `paper_amends.py` what becomes of amends.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial

from server.domain.liquidity import hidden
from server.domain.markets import Market
from server.ports import (
    Amend,
    Cancel,
    CancelledReport,
    CancelRejectedReport,
    Coverage,
    Expected,
    Level,
    Place,
    Positions,
    Report,
    Request,
)
from server.venues.paper_amends import PaperAmends
from server.venues.paper_books import PaperBooks
from server.venues.paper_matching import PaperMatching, may_rest
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Reason, Side, TimeInForce

_FOK, _USER_REQUEST = TimeInForce.FOK, Reason.USER_REQUEST  # looked up once


class PaperVenue:
    """Price-time matching over all markets. `last_trade_id` is where the venue's own trade numbers go on from.

    `refuses` is asked for each order of a user, for practice: true, and the order is rejected. `positions` is what its
    participants hold; without it reduce-only binds nothing. `coverage` is which of their entries they keep when it is closed.
    """

    def __init__(
        self,
        markets: Mapping[str, Market],
        last_trade_id: str | None = None,
        refuses: Callable[[], bool] | None = None,
        positions: Positions | None = None,
        coverage: Coverage | None = None,
    ) -> None:
        self._books = PaperBooks(markets, int(last_trade_id or 0), positions, coverage)
        self._matching = PaperMatching(self._books, refuses)
        self._amends = PaperAmends(self._books, self._matching)

    def set_band(self, symbol: str, low: Decimal, high: Decimal) -> None:
        """Between which prices the symbol may trade from now on."""
        self._books.set_band(symbol, low, high)

    # ------------------------------------------------------------ reading

    def best_bid(self, symbol: str) -> Decimal | None:
        best = self._books.by_symbol[symbol].bids.best
        return None if best is None else best.price

    def best_ask(self, symbol: str) -> Decimal | None:
        best = self._books.by_symbol[symbol].asks.best
        return None if best is None else best.price

    def depth(self, symbol: str, levels: int) -> tuple[list[Level], list[Level]]:
        book = self._books.by_symbol[symbol]
        if self._books.positions is None or not (book.bids.exits or book.asks.exits):
            return book.depth(levels)
        sells, buys = (partial(self._books.room, symbol, side=side) for side in (Side.SELL, Side.BUY))
        return book.depth(levels, {**hidden(book.bids, buys), **hidden(book.asks, sells)})

    def ahead(self, symbol: str, order_id: str) -> Decimal | None:
        return self._books.by_symbol[symbol].ahead(order_id)

    def users_hold(self, symbol: str) -> Decimal:
        return self._books.users_hold[symbol]

    def expected(self, order: Place) -> Expected:
        refusal = self._matching.refusal(order, by_chance=False)
        if refusal is not None:
            return Expected(refusal=refusal)
        if order.time_in_force is _FOK and not self._matching.is_fillable(order):
            return Expected()
        found = self._matching.taking(order)
        stays = found.ended_by is None or (found.ended_by is Reason.PRICE_OUTSIDE_BAND and order.reduce_only)
        return Expected(found.fills, order.quantity - found.total if stays and may_rest(order) else ZERO)

    def take_touched(self) -> set[str]:
        """The symbols whose books changed since the last call."""
        return self._books.take_touched()

    # ------------------------------------------------------------ requests

    def keep(self) -> None:
        self._books.keep()

    def undo(self) -> None:
        self._books.undo()

    @property
    def outlives_us(self) -> bool:
        return False

    def restore(self, order: Place) -> None:
        """Put a resting order back as it was, without matching it."""
        assert order.price is not None, "only what rested can come back"
        self._books.rest(order, order.quantity, order.rests_at or order.price)
        self._books.touch(order.symbol)

    def execute(self, request: Request) -> Iterator[Report]:
        """Carry out one request; fills come before the print that they made, what became of the request comes last.

        Between two reports resting orders may be cancelled or made smaller: the matching goes on with the book as it is.
        """
        self._books.touch(request.symbol)
        if type(request) is Place:
            refusal = self._matching.refusal(request)
            if refusal is not None:
                return iter((refusal,))
            is_whole = request.time_in_force is _FOK
            return self._matching.fill_or_kill(request) if is_whole else self._matching.match(request)
        if type(request) is Cancel:
            return iter((self._cancel(request),))
        assert type(request) is Amend
        return self._amends.amend(request)

    send = execute  # this venue is here: what is sent is carried out

    def go_on(self) -> Iterator[Report]:
        return self._amends.go_on()

    def _cancel(self, request: Cancel) -> Report:
        if not self._books.take_out(request.symbol, request.order_id):
            return CancelRejectedReport(request.order_id, "the order is not in the book")
        return CancelledReport(request.order_id, _USER_REQUEST)
