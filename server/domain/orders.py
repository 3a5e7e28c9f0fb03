"""An order and its life: one table decides what may follow what. No prices are matched and no money is moved here."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, auto
from operator import attrgetter

from server.domain.commands import BracketLeg, OrderTerms
from tradeterm.protocol.arithmetic import ZERO, divide
from tradeterm.protocol.vocabulary import (
    CONDITIONAL_TYPES,
    FINAL_STATUSES,
    STOP_TYPES,
    OrderStatus,
    OrderType,
    Reason,
    RejectedBy,
    SelfTrade,
    Side,
    TimeInForce,
)


class Step(StrEnum):
    """What can happen to an order."""

    SUBMIT = auto()
    ACCEPT = auto()
    REJECT = auto()
    PARTIAL_FILL = auto()
    FILL = auto()
    CANCEL = auto()
    EXPIRE = auto()
    AMEND = auto()
    TRIGGER = auto()


_S = OrderStatus
# Looked up once: reading a member from its class costs ten times as much as comparing it.
_AMEND, _FILL, _PARTIAL_FILL, _EXTERNAL = Step.AMEND, Step.FILL, Step.PARTIAL_FILL, Reason.EXTERNAL
_MARKET, _IOC, _GTC, _BUY = OrderType.MARKET, TimeInForce.IOC, TimeInForce.GTC, Side.BUY

# Read a row as: an order in this status, and what each step makes of it. What is not there cannot happen.
LIFECYCLE: dict[OrderStatus, dict[Step, OrderStatus]] = {
    _S.PENDING: {
        Step.SUBMIT: _S.SUBMITTED,
        Step.ACCEPT: _S.ACCEPTED,  # a held stop works from the moment it is taken
        Step.REJECT: _S.REJECTED,
        Step.CANCEL: _S.CANCELLED,
        Step.EXPIRE: _S.EXPIRED,
    },
    _S.SUBMITTED: {
        Step.ACCEPT: _S.ACCEPTED,
        Step.REJECT: _S.REJECTED,
        Step.PARTIAL_FILL: _S.PARTIALLY_FILLED,  # a fill can be quicker than the acknowledgement
        Step.FILL: _S.FILLED,
        Step.CANCEL: _S.CANCELLED,
        Step.EXPIRE: _S.EXPIRED,
    },
    _S.ACCEPTED: {
        Step.SUBMIT: _S.SUBMITTED,  # a held stop that triggered goes to the venue
        Step.TRIGGER: _S.ACCEPTED,
        Step.PARTIAL_FILL: _S.PARTIALLY_FILLED,
        Step.FILL: _S.FILLED,
        Step.CANCEL: _S.CANCELLED,
        Step.EXPIRE: _S.EXPIRED,
        Step.REJECT: _S.REJECTED,  # a triggered stop that the venue refuses
        Step.AMEND: _S.ACCEPTED,
    },
    _S.PARTIALLY_FILLED: {
        Step.ACCEPT: _S.PARTIALLY_FILLED,  # the late acknowledgement
        Step.PARTIAL_FILL: _S.PARTIALLY_FILLED,
        Step.FILL: _S.FILLED,
        Step.CANCEL: _S.CANCELLED,
        Step.EXPIRE: _S.EXPIRED,
        Step.AMEND: _S.PARTIALLY_FILLED,
    },
    # Ended. A fill can cross our cancel on the wire: it counts, and the order stays ended or is full.
    _S.CANCELLED: {Step.PARTIAL_FILL: _S.CANCELLED, Step.FILL: _S.FILLED},
    _S.EXPIRED: {Step.PARTIAL_FILL: _S.EXPIRED, Step.FILL: _S.FILLED},
    # Bybit can say rejected and still have filled a part.
    _S.REJECTED: {Step.PARTIAL_FILL: _S.CANCELLED, Step.FILL: _S.FILLED},
    _S.FILLED: {},
}


class ImpossibleStep(Exception):
    """A step that the table does not know for the order's status: a fault of the program or of the venue."""


@dataclass(slots=True, eq=False)
class Replacing:
    """An amend that the venue was asked for: the new total, and why it was refused when it was. `was_entry`: it is taken
    as an exit from here on, and the venue has it as an entry until it answers."""

    quantity: Decimal
    was_entry: bool = False
    refusal: tuple[Reason | None, str] | None = None

    def refuse(self, reason: Reason | None, text: str) -> None:
        """It came to nothing, and why."""
        self.refusal = reason, text


@dataclass(slots=True)
class OrderRelations:
    """Whose an order is, besides its account's."""

    parent_id: str | None = None
    oco_id: str | None = None
    origin: Reason | None = None
    tracks_position: bool = False


@dataclass(slots=True, eq=False)
class Order:
    """One order. Money in quote currency; `filled_cost` is the sum of quantity·price over its fills."""

    id: str
    account: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    time_in_force: TimeInForce
    created_at: datetime
    updated_at: datetime
    client_order_id: str
    fingerprint: str
    price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    expire_at: datetime | None = None
    post_only: bool = False
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING
    closes_only: bool = False  # an exit, whatever it is called: it can only make a position smaller
    take_profit: BracketLeg | None = None
    stop_loss: BracketLeg | None = None
    awaits_trigger: bool = False  # it waits here for its trigger, before it may go to the venue
    priority: int = 0  # its place among all orders, in time
    requested: Decimal | None = None  # how much was asked for, where less than that was taken
    status: OrderStatus = OrderStatus.PENDING
    filled: Decimal = ZERO
    filled_cost: Decimal = ZERO
    fees: Decimal = ZERO  # in quote currency
    base_fees: Decimal = ZERO  # in base currency: what was kept back of what was bought
    other_fees: dict[str, Decimal] = field(default_factory=dict)  # in neither: a coin of the venue's own
    filled_at: datetime | None = None
    reject_reason: Reason | None = None
    reject_text: str | None = None
    rejected_by: RejectedBy | None = None
    parent_id: str | None = None
    oco_id: str | None = None
    triggered: bool = False
    sent: bool = False  # the venue was given it
    tracks_position: bool = False  # a position's protection: its size is the position's
    opened: Decimal = ZERO  # how much of its fills opened a position: what a bracket's exits close
    peak: Decimal | None = None  # the best price since a trailing stop was placed
    origin: Reason | None = None  # why the server made it
    cancel_reason: Reason | None = None  # why its end was asked for; it lives until the venue says so
    venue_order_id: str | None = None
    unconfirmed: bool = False  # nobody knows whether the venue has it
    venue_price: Decimal | None = None  # what the venue was given, where it is not `price` (a capped market order)
    rests_at: Decimal | None = None  # where the venue keeps it while it may not go as far as its price
    reserve_price: Decimal | None = None  # what each unit reserves at; None: an exit, reserves nothing
    replacing: Replacing | None = None  # an amend is on its way
    aside: Decimal = ZERO  # what that amend binds more than the order does, until the venue has answered
    place: int = 0  # its number in the venue's queue, once it rests
    encoded: bytes | None = None  # the wire object as who writes it left it here, until something changes
    encoded_terms: str | None = None  # its part that only an amend changes

    @property
    def is_exit_there(self) -> bool:
        """Does it only close at the venue too, or is that on its way?"""
        return self.closes_only and not (self.replacing is not None and self.replacing.was_entry)

    @property
    def leaves(self) -> Decimal:
        """What is still to fill; zero once it has ended."""
        return ZERO if self.status in FINAL_STATUSES else self.quantity - self.filled

    @property
    def is_resting(self) -> bool:
        """Has the venue taken it into its book?"""
        return self.sent and self.venue_order_id is not None

    @property
    def is_external(self) -> bool:
        """Was it made elsewhere? It is shown, and moves no money of ours: what it did is a difference to the venue."""
        return self.origin is _EXTERNAL

    @property
    def is_stop(self) -> bool:
        """An exit that limits a loss, as opposed to one that takes a profit."""
        return self.type in STOP_TYPES

    @property
    def rises(self) -> bool:
        """Does its trigger fire when the price comes up to it (or when it comes down)?"""
        return (self.side is _BUY) == self.is_stop

    def is_reached(self, price: Decimal) -> bool:
        """Would a trade at `price` fire the trigger?"""
        assert self.stop_price is not None
        return price >= self.stop_price if self.rises else price <= self.stop_price

    @property
    def is_open(self) -> bool:
        return self.status not in FINAL_STATUSES

    @property
    def average(self) -> Decimal | None:
        return divide(self.filled_cost, self.filled) if self.filled else None

    def take(self, step: Step, now: datetime) -> None:
        """Move to what the table says. Raises ImpossibleStep."""
        try:
            self.status = LIFECYCLE[self.status][step]
        except KeyError:
            raise ImpossibleStep(f"{step.name} of a {self.status} order") from None
        self.updated_at = now
        self.unconfirmed = False  # whatever the venue said of it, it said something
        self.encoded = None
        if step is _AMEND:
            self.encoded_terms = None

    def fire(self, now: datetime) -> None:
        """Its trigger was reached."""
        self.triggered, self.awaits_trigger = True, False
        self.take(Step.TRIGGER, now)

    def restated(self) -> None:
        """What it asks for was changed without a step of its own."""
        self.encoded = self.encoded_terms = None

    def ask_end(self, reason: Reason | None) -> None:
        """Its end is asked for (or, None, was refused): it lives until the venue says so."""
        self.cancel_reason, self.encoded = reason, None

    def rest(self, venue_order_id: str | None, at: Decimal | None, place: int) -> None:
        """Where it stands in the venue's book."""
        self.venue_order_id, self.rests_at, self.place = venue_order_id, at, place

    def doubt(self) -> None:
        """Nobody knows whether the venue has it."""
        self.unconfirmed, self.encoded = True, None

    def belong(self, links: OrderRelations) -> None:
        """Whose it is, from the moment that it is made."""
        self.parent_id, self.oco_id = links.parent_id, links.oco_id
        self.origin, self.tracks_position = links.origin, links.tracks_position

    def send(self) -> None:
        """The venue is given it."""
        self.sent = True

    def unsend(self) -> None:
        """Whoever was given it has forgotten it."""
        self.sent = False

    def end(self, step: Step, reason: Reason | None, now: datetime) -> None:
        """It is over without being full, and why. Raises ImpossibleStep."""
        self.reject_reason = reason
        self.take(step, now)

    def blame(self, text: str | None, by: RejectedBy | None = None) -> None:
        """Say in words why it ends, and who refused it."""
        self.reject_text = text
        self.rejected_by = by or self.rejected_by

    def reserve_at(self, price: Decimal | None, venue_price: Decimal | None) -> None:
        """What each unit reserves at, and the limit that the venue gets where the order has none."""
        self.reserve_price, self.venue_price = price, venue_price

    def take_as(self, *, closes_only: bool) -> None:
        """It is taken as an exit, or as an entry."""
        self.closes_only = closes_only

    def bind(self, value: Decimal) -> Decimal:
        """An amend binds `value` besides what the order reserves; how much more that is than before."""
        more, self.aside = value - self.aside, value
        return more

    def follow(self, mark: Decimal, level: Decimal) -> None:
        """A trailing stop's trigger is at `level` since the market was at `mark`."""
        self.peak, self.stop_price = mark, level
        self.restated()

    # ------------------------------------------------------------ amends

    def ask_change(self, quantity: Decimal, *, closes_only: bool) -> None:
        """The venue is asked for another total, and to have it only close where `closes_only` is new."""
        was_entry = closes_only and not self.closes_only
        self.replacing, self.encoded = Replacing(quantity, was_entry), None

    def end_change(self) -> Replacing | None:
        """The venue has answered what was asked for, if anything was."""
        asked, self.replacing, self.encoded = self.replacing, None, None
        return asked

    def resize(self, quantity: Decimal) -> None:
        """Another total, because its owner wants it so."""
        self.quantity, self.requested = quantity, None
        self.restated()

    def move(self, price: Decimal) -> None:
        """The venue keeps it at another price now."""
        if self.venue_price is not None:
            self.venue_price = price
        else:
            self.price = price
        if self.reserve_price is not None:
            self.reserve_price = price

    def try_on(
        self, quantity: Decimal | None = None, price: Decimal | None = None, stop_price: Decimal | None = None
    ) -> None:
        """A twin that nobody else has is what its order is to become; None leaves it as it is."""
        if quantity is not None:
            self.quantity = quantity
        if price is not None:
            self.price = price
        if stop_price is not None:
            self.stop_price = stop_price

    def become(self, changed: "Order") -> None:
        """One that waits here takes over what its twin was tried with."""
        if self.quantity != changed.quantity:
            self.resize(changed.quantity)
        self.price, self.stop_price, self.reserve_price = changed.price, changed.stop_price, changed.reserve_price

    def cut(self, quantity: Decimal) -> None:
        """Take less (or, of what had been cut, more again) than was asked for; what was asked for is remembered."""
        asked = self.requested if self.requested is not None else self.quantity
        self.quantity = quantity
        self.requested = asked if quantity < asked else None
        self.restated()

    def fill(self, quantity: Decimal, value: Decimal, now: datetime, fee: Decimal = ZERO) -> None:
        """Book one execution of so much, worth `value` and paid for with `fee`. Raises ImpossibleStep for more than was
        asked for."""
        filled = self.filled + quantity if self.filled else quantity
        if filled == self.quantity:
            self.take(_FILL, now)
            self.filled_at = now
        elif filled < self.quantity:
            self.take(_PARTIAL_FILL, now)
        else:
            raise ImpossibleStep(f"{filled} filled of {self.quantity}")
        self.filled = filled
        self.filled_cost += value
        self.fees += fee

    def keep_back(self, quantity: Decimal) -> None:
        """So much of what was bought went as a fee."""
        self.base_fees += quantity

    def pay_in(self, coin: str, fee: Decimal) -> None:
        """A fee was taken in a coin that is neither of the market's."""
        self.other_fees[coin] = self.other_fees.get(coin, ZERO) + fee

    def open_more(self, quantity: Decimal) -> None:
        """So much of what filled opened a position or added to it."""
        self.opened += quantity


_all_of = attrgetter(*(one.name for one in fields(Order)))


def twin(order: Order) -> Order:
    """The same order once more, to try on it what the one in the books is to become."""
    return Order(*_all_of(order))


def order_from(
    terms: OrderTerms, order_id: str, account: str, fingerprint: str, now: datetime, priority: int = 0
) -> Order:
    """A new pending order. Time in force is always explicit: gtc, for a market order ioc."""
    default = _IOC if terms.type is _MARKET else _GTC
    client_order_id = terms.client_order_id or order_id.replace("-", "")
    # In the order of the fields: to find two dozen names costs as much as all the rest of making an order.
    return Order(
        order_id,
        account,
        terms.symbol,
        terms.side,
        terms.type,
        terms.quantity,
        terms.time_in_force or default,
        now,
        now,
        client_order_id,
        fingerprint,
        terms.price,
        terms.stop_price,
        terms.trail_amount,
        terms.trail_percent,
        terms.expire_at,
        terms.post_only,
        terms.reduce_only,
        terms.self_trade,
        terms.reduce_only,
        terms.take_profit,
        terms.stop_loss,
        terms.type in CONDITIONAL_TYPES,
        priority,
    )
