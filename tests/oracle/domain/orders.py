"""An order and its life: one table decides what may follow what. No prices are matched and no money is moved here."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

from tests.oracle.arithmetic import ZERO, divide
from tests.oracle.domain.commands import BracketLeg, OrderTerms
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


class Step(Enum):
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
    requested: Decimal | None = None  # how much was asked for, where less than that was taken
    status: OrderStatus = OrderStatus.PENDING
    filled: Decimal = ZERO
    filled_cost: Decimal = ZERO
    fees: Decimal = ZERO  # in quote currency
    base_fees: Decimal = ZERO  # in base currency: what was kept back of what was bought
    filled_at: datetime | None = None
    reject_reason: Reason | None = None
    reject_text: str | None = None
    rejected_by: RejectedBy | None = None
    parent_id: str | None = None
    oco_id: str | None = None
    take_profit: BracketLeg | None = None
    stop_loss: BracketLeg | None = None
    triggered: bool = False
    sent: bool = False  # the venue was given it
    tracks_position: bool = False  # a position's protection: its size is the position's
    opened: Decimal = ZERO  # how much of its fills opened a position: what a bracket's exits close
    peak: Decimal | None = None  # the best price since a trailing stop was placed
    origin: Reason | None = None  # why the server made it
    cancel_reason: Reason | None = None  # why its end was asked for; it lives until the venue says so
    venue_order_id: str | None = None
    venue_price: Decimal | None = None  # what the venue was given, where it is not `price` (a capped market order)
    rests_at: Decimal | None = None  # where the venue keeps it while it may not go as far as its price
    reserve_price: Decimal | None = None  # what each unit reserves at; None: an exit, reserves nothing
    replacing: Replacing | None = None  # an amend is on its way
    aside: Decimal = ZERO  # what that amend binds more than the order does, until the venue has answered
    priority: int = 0  # its place among all orders, in time
    place: int = 0  # its number in the venue's queue, once it rests
    encoded: bytes | None = None  # the wire object, until something changes
    encoded_terms: bytes | None = None  # its part that only an amend changes

    @property
    def is_exit_there(self) -> bool:
        """Does it only close at the venue too, or is that on its way?"""
        return self.closes_only and not (self.replacing is not None and self.replacing.was_entry)

    @property
    def leaves(self) -> Decimal:
        """What is still to fill; zero once it has ended."""
        return ZERO if self.status in FINAL_STATUSES else self.quantity - self.filled

    @property
    def awaits_trigger(self) -> bool:
        """Does it wait for a trigger before it may go to the venue?"""
        return self.type in CONDITIONAL_TYPES and not self.triggered

    @property
    def is_resting(self) -> bool:
        """Has the venue taken it into its book?"""
        return self.sent and self.venue_order_id is not None

    @property
    def is_stop(self) -> bool:
        """An exit that limits a loss, as opposed to one that takes a profit."""
        return self.type in STOP_TYPES

    @property
    def rises(self) -> bool:
        """Does its trigger fire when the price comes up to it (or when it comes down)?"""
        return (self.side is Side.BUY) == self.is_stop

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
        target = LIFECYCLE[self.status].get(step)
        if target is None:
            raise ImpossibleStep(f"{step.name} of a {self.status} order")
        self.status = target
        self.updated_at = now
        self.encoded = None
        if step is Step.AMEND:
            self.encoded_terms = None

    def restated(self) -> None:
        """What it asks for was changed without a step of its own."""
        self.encoded = self.encoded_terms = None

    def cut(self, quantity: Decimal) -> None:
        """Take less (or, of what had been cut, more again) than was asked for; what was asked for is remembered."""
        asked = self.requested if self.requested is not None else self.quantity
        self.quantity = quantity
        self.requested = asked if quantity < asked else None
        self.restated()

    def fill(self, quantity: Decimal, price: Decimal, now: datetime) -> None:
        """Book one execution. Raises ImpossibleStep for more than was asked for."""
        filled = self.filled + quantity
        if filled > self.quantity:
            raise ImpossibleStep(f"{filled} filled of {self.quantity}")
        full = filled == self.quantity
        self.take(Step.FILL if full else Step.PARTIAL_FILL, now)
        self.filled = filled
        self.filled_cost += quantity * price
        if full:
            self.filled_at = now


def order_from(terms: OrderTerms, order_id: str, account: str, fingerprint: str, now: datetime) -> Order:
    """A new pending order. Time in force is always explicit: gtc, for a market order ioc."""
    default = TimeInForce.IOC if terms.type is OrderType.MARKET else TimeInForce.GTC
    return Order(
        id=order_id,
        account=account,
        symbol=terms.symbol,
        side=terms.side,
        type=terms.type,
        quantity=terms.quantity,
        time_in_force=terms.time_in_force or default,
        created_at=now,
        updated_at=now,
        client_order_id=terms.client_order_id or order_id.replace("-", ""),
        fingerprint=fingerprint,
        price=terms.price,
        stop_price=terms.stop_price,
        trail_amount=terms.trail_amount,
        trail_percent=terms.trail_percent,
        expire_at=terms.expire_at,
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        closes_only=terms.reduce_only,
        self_trade=terms.self_trade,
        take_profit=terms.take_profit,
        stop_loss=terms.stop_loss,
    )
