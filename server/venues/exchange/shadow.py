"""Paper beside the exchange: each order that goes there has a twin in a paper book that mirrors the exchange's, and what the
two came to is compared. The twin leaves in the same moment, arrives at once and moves nobody's money.

It is a help, and nothing hangs on it: what goes wrong in it ends it, and trading goes on.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

import structlog

from server.domain.markets import Market
from server.ports import Amend, Cancel, Clock, FillReport, Place, Report, Request, Venue
from tradeterm.protocol.arithmetic import MONEY, ZERO, divide, fee, scaled
from tradeterm.protocol.vocabulary import Liquidity

log = structlog.get_logger(__name__)

KEPT = 200  # orders


@dataclass(slots=True)
class Traded:
    """What one of the two came to. `fee` in the quote currency, None: nobody knows what it was worth. Seconds from when the
    order left to its last fill."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    fee: Decimal | None = ZERO
    after_s: float | None = None

    def add(self, fill: FillReport, paid: Decimal | None, after_s: float) -> None:
        self.quantity += fill.quantity
        self.cost += fill.quantity * fill.price
        self.fee = None if paid is None or self.fee is None else self.fee + paid
        self.after_s = after_s


@dataclass(slots=True)
class Twins:
    """An order at the exchange and its twin on paper."""

    place: Place
    left_at: float
    exchange: Traded = field(default_factory=Traded)
    paper: Traded = field(default_factory=Traded)

    @property
    def both(self) -> Decimal:
        """So much has traded on either side."""
        return min(self.exchange.quantity, self.paper.quantity)

    @property
    def price_difference(self) -> Decimal | None:
        """Of a unit, on average: above zero it was worse at the exchange. None: one of the two has not traded."""
        if not self.both:
            return None
        there, here = (divide(one.cost, one.quantity) for one in (self.exchange, self.paper))
        return self.place.side.sign * (there - here)

    @property
    def value_difference(self) -> Decimal:
        """Of what has traded on both sides."""
        if not self.both:
            return ZERO
        there, here = (scaled(one.cost, self.both, one.quantity) for one in (self.exchange, self.paper))
        return self.place.side.sign * (there - here)

    @property
    def fee_difference(self) -> Decimal | None:
        """Above zero the exchange took more, for what has traded on both sides."""
        if not self.both or self.exchange.fee is None or self.paper.fee is None:
            return None
        there, here = (scaled(one.fee or ZERO, self.both, one.quantity) for one in (self.exchange, self.paper))
        return there - here

    @property
    def time_difference_s(self) -> float | None:
        """Above zero the exchange was later."""
        there, here = self.exchange.after_s, self.paper.after_s
        return None if there is None or here is None else there - here


class Shadow:
    """`book` is a paper venue of its own, whose market is the exchange's."""

    def __init__(self, book: Venue, markets: Mapping[str, Market], clock: Clock) -> None:
        self._book, self._markets, self._clock = book, markets, clock
        self._pairs: OrderedDict[str, Twins] = OrderedDict()
        self._flowed: list[Request] = []
        self.is_over = False

    @property
    def pairs(self) -> list[Twins]:
        """The last ones, the oldest first."""
        return [*self._pairs.values()]

    # ------------------------------------------------------------ what happens

    def flow(self, request: Request) -> None:
        """The exchange's market goes on, as soon as the turn is committed."""
        if not self.is_over:
            self._flowed.append(request)

    def undo(self) -> None:
        self._flowed.clear()

    def keep(self, sent: Sequence[Request]) -> None:
        """A turn is committed: what it showed of the market, and the orders that leave with it."""
        flowed, self._flowed = self._flowed, []
        if self.is_over:
            return
        try:
            with localcontext(MONEY):
                for request in flowed:
                    self._carry_out(request)
                for request in sent:
                    self._send(request)
                self._book.keep()
        except Exception as error:
            log.error("the paper beside the exchange has ended", reason=type(error).__name__, exc_info=error)
            self.is_over = True

    def heard(self, report: Report) -> None:
        """The exchange filled an order."""
        if not isinstance(report, FillReport) or report.order_id not in self._pairs:
            return
        pair = self._pairs[report.order_id]
        with localcontext(MONEY):
            pair.exchange.add(report, self._paid(report), self._clock.monotonic() - pair.left_at)

    def _send(self, request: Request) -> None:
        if isinstance(request, Place):
            self._pairs[request.order_id] = Twins(request, self._clock.monotonic())
            # Nobody's position is looked at on paper, and no pair hangs together there.
            self._carry_out(replace(request, reduce_only=False, pair=None))
            while len(self._pairs) > KEPT:
                gone = self._pairs.popitem(last=False)[1].place
                self._carry_out(Cancel(gone.order_id, gone.symbol))
        elif request.order_id in self._pairs:
            self._carry_out(replace(request, filled=None, reduce_only=False) if isinstance(request, Amend) else request)

    def _carry_out(self, request: Request) -> None:
        for report in self._book.execute(request):
            if isinstance(report, FillReport) and report.order_id in self._pairs:
                pair = self._pairs[report.order_id]
                pair.paper.add(report, self._rated(report), self._clock.monotonic() - pair.left_at)

    # ------------------------------------------------------------ fees

    def _rated(self, fill: FillReport) -> Decimal:
        """By the market's rate."""
        market = self._markets[fill.symbol]
        rate = market.maker_fee if fill.liquidity is Liquidity.MAKER else market.taker_fee
        return fee(fill.quantity, fill.price, rate)

    def _paid(self, fill: FillReport) -> Decimal | None:
        """What the exchange took, in the quote currency; None where it took another coin."""
        market = self._markets[fill.symbol]
        if fill.fee is None or fill.fee_currency == market.quote:
            return self._rated(fill) if fill.fee is None else fill.fee
        return fill.fee * fill.price if fill.fee_currency == market.base else None
