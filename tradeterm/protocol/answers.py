"""What REST answers with where that is neither one noun nor a list of them."""

from typing import Any, Literal

from tradeterm.protocol.money import Money
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import PositionSide, Role, Scope, TradingState
from tradeterm.protocol.wire import WireOut


class OrderGroup(WireOut):
    """The orders that one command made."""

    orders: list[Order]
    """As they are once the command is durable; empty where there was nothing to do."""


class CancelledOrders(WireOut):
    """What cancelling many orders came to."""

    cancelled: list[str]
    """The ids of the orders that are asked to end."""
    without_stop: list[str] | None = None
    """The markets in which a position has no stop afterwards; only where exits were asked to end as well."""


class ReversingOrder(Order):
    """The order that turns a position round."""

    without_stop: list[str] | None = None
    """The market, where the new position has no stop; absent in the answer to a retry."""


class WhatIsLeft(WireOut):
    """What a halted account still has: positions in which nobody trades, and orders that wait for the venue's word."""

    trading_state: TradingState
    """`halted`."""
    positions: list[Position]
    """The positions that are not closed yet."""
    orders: list[Order]
    """The orders that have not ended yet."""
    without_stop: list[str]
    """The markets in which a position has no stop."""


class PreviewedFill(WireOut):
    """What the order would trade at one price."""

    price: Money
    """At which price, in the quote currency."""
    quantity: Money
    """How much there, in the base currency."""


class PreviewedPosition(WireOut):
    """The position after the fills."""

    text: str
    """From what to what, in words: `long 0.01 → flat`."""
    side: PositionSide | None
    """Long or short; null where nothing would be held."""
    quantity: Money
    """How much, without a sign, in the base currency."""
    entry_price: Money | None = None
    """The quantity-weighted entry price, in the quote currency; absent where nothing would be held."""
    break_even_price: Money | None = None
    """Closed here at the taker rate, the net total is zero. In the quote currency; absent where nothing would be held."""


class PreviewedMargin(WireOut):
    """What the order would bind, in the account's currency."""

    required: Money
    """What it binds more than is bound already, in the account's currency."""
    available_before: Money
    """What new entries may use without it, in the account's currency."""
    available_after: Money
    """The same while it is open, in the account's currency."""


class Preview(WireOut):
    """What an order would do if it were sent now."""

    accepted: bool
    """Whether it would be taken."""
    reject_reason: str | None
    """Why not, as a code such as `INSUFFICIENT_FUNDS`; null where it would be taken."""
    reject_text: str | None
    """The same in one sentence for people."""
    quantity: Money
    """How much would be asked for, in the base currency: less than was said where the rest may not be."""
    fills: list[PreviewedFill]
    """What would fill at once, in the order of the book."""
    filled_quantity: Money
    """The sum of the fills, in the base currency."""
    resting_quantity: Money
    """What would wait, in the book or for its trigger, in the base currency."""
    average_price: Money | None
    """The quantity-weighted price of the fills, in the quote currency; null without one."""
    value: Money
    """Quantity · price of the fills, in the quote currency."""
    fee: Money
    """What the fills would cost at the taker rate, in the quote currency."""
    position: PreviewedPosition
    """The position after the fills."""
    margin: PreviewedMargin
    """What it binds."""
    limits: list[str]
    """The risk limits that it would break, as sentences."""


class JournalEvent(WireOut):
    """One event of the own account, as the socket brings it."""

    event: str
    """What happened, such as `order:filled`."""
    seq: int
    """The event's number in its account: from 1, without gaps."""
    data: dict[str, Any]
    """The payload of the event, as AsyncAPI lists it by name."""


class EventPage(WireOut):
    """One page of the own account's journal."""

    items: list[JournalEvent]
    """The events after the seq that was named, oldest first."""
    next_cursor: str | None = None
    """The next `after`; null at the end."""
    reason: Literal["HISTORY_LOST"] | None = None
    """`HISTORY_LOST` where some of what was asked for is no longer kept; else absent."""
    lost_through: int | None = None
    """The last seq that is missing; absent where none is."""


class Whose(WireOut):
    """Whose token it is."""

    user: str
    """Who is signed in."""
    role: Role
    """What the user is."""
    scope: Scope
    """`read` may look, `trade` may trade."""
    session_id: str
    """The sign-in, as `DELETE /auth/sessions/{id}` takes it."""
    expires_at: Time
    """When the token ends, UTC."""


class UserEntry(WireOut):
    """A user as an admin sees one."""

    name: str
    """The user's name, and that of a trader's account."""
    role: Role
    """What the user is."""
    disabled: bool
    """Whether the user may not sign in."""
    created_at: Time
    """When the user was added, UTC."""


class SocketEntry(WireOut):
    """One socket that is open, as an admin sees it."""

    socket_id: str
    """The socket's id, as it was told in `hello`."""
    user: str | None
    """Who is signed in on it; null before the sign-in."""
    role: Role | None
    """What the user is."""
    session_id: str | None
    """The sign-in that its token is of."""
    address: str
    """From where it was opened."""
    kind: str
    """What it speaks."""
    since: Time
    """When it was opened, UTC."""
    channels: list[str]
    """What it has subscribed to."""
    events_sent: int
    """How many events of accounts were written to it."""
    events_unacknowledged: int
    """How many of them its reader has not said to have taken."""


class TablesBehind(WireOut):
    """How far the tables are behind the journal."""

    commits: int
    """In commits."""
    bytes: int
    """In bytes of the journal."""
    seconds: float
    """How old the oldest commit is that they lack, in seconds."""


class Readiness(WireOut):
    """Whether orders are taken."""

    status: Literal["ready", "unavailable"]
    """`ready`, or `unavailable` while the server starts, stops or waits."""
    behind: TablesBehind
    """How far the tables are behind the journal."""
    reason: str | None = None
    """Why not, in one sentence, where the tables are too far behind."""


class Health(WireOut):
    """That the process answers, and what it trades on."""

    status: Literal["ok"]
    """Always `ok`."""
    app: Literal["tradeterm"]
    """Always `tradeterm`."""
    venue: str
    """paper, or the name of the venue as the settings have it."""
    feed: str
    """The kind of the feed: `synthetic`, `recorded`, `ccxt` or `none`."""
    mode: str
    """Whose money it is: paper, live, or test: an exchange's test money."""
