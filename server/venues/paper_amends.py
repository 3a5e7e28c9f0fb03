"""What rests in the paper venue's books and is to rest otherwise: because its owner, a pair or a band has it so."""

from collections.abc import Iterator
from decimal import Decimal

from server.domain.book import Resting
from server.ports import AcceptedReport, Amend, AmendedReport, AmendRejectedReport, Place, RejectedReport, Report
from server.venues.paper_books import PaperBooks, limit_of
from server.venues.paper_matching import PaperMatching, anew
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.vocabulary import Reason


class PaperAmends:
    """Smaller keeps its place; a new price, a larger size or a new kind comes anew."""

    def __init__(self, books: PaperBooks, matching: PaperMatching) -> None:
        self._books, self._matching = books, matching

    def amend(self, request: Amend) -> Iterator[Report]:
        symbol = request.symbol
        rest = self._books.by_symbol[symbol].get(request.order_id)
        if rest is None:
            yield AmendRejectedReport(request.order_id, "the order is not in the book", unasked=request.cuts)
            return
        if request.more:  # so much more than there is of it by now, and at the price that it has
            again = anew(rest, symbol, rest.leaves + request.more, limit_of(rest))
            yield from self._put_anew(rest, again, unasked=True)
            return
        since = ZERO if request.filled is None else rest.filled - request.filled
        leaves = request.leaves - since
        if leaves <= 0:
            text = f"{quantity_text(since)} filled meanwhile: nothing is left to change"
            yield AmendRejectedReport(request.order_id, text, Reason.AMENDED_TO_FILLED, request.cuts)
        elif request.cuts:
            yield self._cut(symbol, rest, leaves)
        else:
            yield from self._change(request, rest, leaves)

    def _change(self, request: Amend, rest: Resting, leaves: Decimal) -> Iterator[Report]:
        price = limit_of(rest)
        is_new_exit = request.reduce_only and not rest.reduce_only
        if request.price == price and leaves <= rest.leaves and not is_new_exit:
            self._make_smaller(request.symbol, rest, leaves)
            yield AmendedReport(request.order_id, leaves, price, None if rest.limit is None else rest.price, rest.place)
            return
        again = anew(rest, request.symbol, leaves, request.price)
        again.reduce_only = rest.reduce_only or request.reduce_only
        yield from self._put_anew(rest, again, unasked=False)

    def _cut(self, symbol: str, rest: Resting, leaves: Decimal) -> Report:
        """Make an order no larger than this, where and at the price that it has by now."""
        self._make_smaller(symbol, rest, leaves)
        limit, at = (rest.price, None) if rest.limit is None else (rest.limit, rest.price)
        return AmendedReport(rest.order_id, rest.leaves, limit, at, rest.place, unasked=True)

    def _make_smaller(self, symbol: str, rest: Resting, leaves: Decimal) -> None:
        if leaves < rest.leaves:
            self._books.by_symbol[symbol].reduce(rest, rest.leaves - leaves)

    def _put_anew(self, rest: Resting, again: Place, *, unasked: bool) -> Iterator[Report]:
        """In the place of what rested, behind everybody, and matched as if it came now."""
        assert again.price is not None
        refusal = self._matching.refusal(again) or self._beyond_band(again)
        if refusal is not None:
            yield AmendRejectedReport(rest.order_id, refusal.text, refusal.reason, unasked)
            return
        self._books.take_out(again.symbol, rest.order_id)
        again.place = self._books.by_symbol[again.symbol].next_place()
        yield AmendedReport(rest.order_id, again.quantity, again.price, place=again.place, unasked=unasked)
        yield from self._match_again(again, is_told=True)

    def _beyond_band(self, order: Place) -> RejectedReport | None:
        """A new price that would trade where nothing may: an amend is refused for that, where an order would expire."""
        assert order.price is not None
        is_beyond = self._books.within_band(order.symbol, order.side, order.price) != order.price
        if order.reduce_only or not is_beyond:
            return None
        if not self._books.by_symbol[order.symbol].crosses(order.side, order.price):
            return None
        text = f"nothing trades that far from the last five minutes: {price_text(order.price, 2)}"
        return RejectedReport(order.order_id, Reason.PRICE_OUTSIDE_BAND, text)

    def go_on(self) -> Iterator[Report]:
        """What rests at the edge of a band that has moved goes on from there, or comes back with it."""
        for symbol, rest in self._books.take_freed():
            again = anew(rest, symbol, rest.leaves, limit_of(rest))
            self._books.take_out(symbol, rest.order_id)
            self._books.touch(symbol)
            yield from self._match_again(again, is_told=False)

    def _match_again(self, again: Place, *, is_told: bool) -> Iterator[Report]:
        """Match what was accepted once: its resting again is no other acknowledgement, only where it does is news.
        `is_told`: that it rests at its price is known."""
        for report in self._matching.match(again):
            if type(report) is not AcceptedReport:
                yield report
            elif again.price is not None and not (is_told and report.rests_at is None):
                leaves = self._books.by_symbol[again.symbol].get(again.order_id).leaves  # type: ignore[union-attr]
                yield AmendedReport(again.order_id, leaves, again.price, report.rests_at, report.place, unasked=True)
