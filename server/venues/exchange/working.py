"""One order at the exchange, as far as its reports are concerned: taken in once, each trade counted once, its end told last.

An order that was changed by cancelling it and putting it anew goes on under another name; its trades are counted by the
name that they came under. No I/O and no clock here.
"""

import asyncio
import re
from dataclasses import replace
from decimal import Decimal

from server.ports import (
    AcceptedReport,
    CancelledReport,
    ExpiredReport,
    FillReport,
    Place,
    RejectedReport,
    Report,
)
from server.venues.exchange.seen import Ask, Ending, Named, SeenOrder, SeenTrade
from server.venues.unconfirmed import Unconfirmed
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Reason, TimeInForce

_CROSSED = re.compile(r"post[ _]?only|immediately", re.IGNORECASE)
WORLD = ""  # who is on the other side
_EXPIRED = {TimeInForce.IOC: Reason.IOC_REMAINDER, TimeInForce.FOK: Reason.FOK_NOT_FILLABLE}


class Working:
    """`place` is what was asked for; `journaled` are the exchange's numbers of the trades that were booked before a restart."""

    def __init__(self, place: Place, client_id: str | None, journaled: set[str] | None = None) -> None:
        self.place, self.client_id = place, client_id
        self.venue_order_id = place.venue_order_id
        self.filled = place.filled
        self.total = place.filled + place.quantity
        self.is_known = place.venue_order_id is not None  # the exchange has it: told
        self.is_answered = False  # it was sent, and what became of it is certain
        self.is_doubtful = False  # told that nobody knows
        self.is_over = False
        self.is_cancelling = False
        self.is_replacing = False  # between the cancel of the old one and the answer to the new one
        self.is_shown_early = False  # put anew, it was shown before the answer was here: it may have filled
        self.awaits_trades: SeenOrder | None = None  # as it was last shown, with more filled than is booked here
        self.missed: Unconfirmed | None = None  # the exchange, which had taken it, was asked and knew it not
        self.is_restored = False  # it worked there before a restart
        self.lock = asyncio.Lock()  # one change at a time
        self._journaled = journaled or set()
        self.counted: set[str] = set()  # the exchange's numbers of the trades that were told
        self._booked: dict[str, Decimal] = {}  # by the exchange's name of it

    @property
    def named(self) -> Named:
        return Named(self.place.symbol, self.client_id, self.venue_order_id)

    @property
    def leaves(self) -> Decimal:
        return self.total - self.filled

    def ask(self) -> Ask:
        """What is sent for it."""
        place = self.place
        assert self.client_id is not None, "what was made elsewhere is not sent"
        return Ask(
            *(self.client_id, place.symbol, place.side, self.leaves, place.price, place.time_in_force),
            post_only=place.post_only,
        )

    def put_anew(self, client_id: str, leaves: Decimal, price: Decimal) -> None:
        """It works no more, and is about to be sent again: with another id of ours, size and price."""
        self.client_id, self.venue_order_id = client_id, None
        self.is_known = self.is_answered = self.is_shown_early = False
        self.total = self.filled + leaves
        self.place = replace(self.place, price=price)

    # ------------------------------------------------------------ what is seen of it

    def known(self, venue_order_id: str) -> list[Report]:
        """The exchange has it, under that name."""
        self.is_answered = True
        if self.is_known:
            return []
        self.is_known, self.is_doubtful, self.venue_order_id = True, False, venue_order_id
        return [AcceptedReport(self.place.order_id, venue_order_id)]

    def lacks(self, seen: SeenOrder) -> bool:
        """May more have filled than its trades that came here, by what the exchange says or leaves out?"""
        return seen.filled is None or seen.filled > self._booked_of(seen)

    def with_trades(self, seen: SeenOrder) -> SeenOrder:
        """The same once its trades were asked for: where it does not say how much has filled, they do."""
        return replace(seen, filled=self._booked_of(seen)) if seen.filled is None else seen

    def _booked_of(self, seen: SeenOrder) -> Decimal:
        return self._booked.get(seen.venue_order_id, ZERO)

    def traded(self, trade: SeenTrade) -> list[FillReport]:
        """Both sides of one execution, once for ever: the other one is the world's."""
        if trade.trade_id in self.counted:
            return []
        self.counted.add(trade.trade_id)
        self._booked[trade.venue_order_id] = self._booked.get(trade.venue_order_id, ZERO) + trade.quantity
        if trade.trade_id in self._journaled:
            return []
        self.filled += trade.quantity
        self.is_over = self.is_over or (self.filled >= self.total and not self.is_replacing)
        place = self.place
        ours = FillReport(
            *(place.order_id, place.account, place.symbol, place.side, trade.quantity, trade.price),
            *(trade.liquidity, trade.trade_id, trade.fee, trade.fee_currency),
        )
        theirs = replace(ours, order_id="", account=WORLD, side=place.side.opposite, fee=None, fee_currency="")
        return [ours, theirs]

    def ended(self, ending: Ending, why: str = "") -> list[Report]:
        """It works no more, and all of its trades are here. `why` is what the exchange says of it."""
        if self.is_over:
            return []
        self.is_over = True
        order_id, text = self.place.order_id, why or None
        match ending:
            case Ending.FILLED:
                return [] if not self.leaves else [ExpiredReport(order_id, Reason.VENUE_ENDED)]
            case Ending.REJECTED if not self.filled:
                said = f"the exchange refused it after it had taken it{': ' if why else ''}{why}"
                return [RejectedReport(order_id, self._reason(why, Reason.VENUE_REFUSED), said)]
            case Ending.EXPIRED:
                return [ExpiredReport(order_id, _EXPIRED.get(self.place.time_in_force, Reason.VENUE_ENDED))]
            case _ if self.is_cancelling:
                return [CancelledReport(order_id, Reason.USER_REQUEST)]
            case _ if self.place.time_in_force in _EXPIRED:  # most exchanges call that cancelled
                return [ExpiredReport(order_id, _EXPIRED[self.place.time_in_force])]
            case _:
                return [CancelledReport(order_id, self._reason(why, Reason.VENUE_ENDED), text)]

    def _reason(self, why: str, otherwise: Reason) -> Reason:
        """Some exchanges take what may only rest, see that it would not, and end it."""
        return Reason.POST_ONLY_WOULD_CROSS if self.place.post_only and _CROSSED.search(why) else otherwise
