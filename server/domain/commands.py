"""What can be asked of the executor, as plain values. The gateway makes them from checked wire models; the core decides.

Every command that trades carries its `account` (a user name), put there by the gateway from the token, never from a body.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.vocabulary import AlertCondition, OrderType, SelfTrade, Side, TimeInForce


@dataclass(slots=True)
class BracketLeg:
    """One exit of a bracket or of a position's protection: a trigger, and for a stop-limit its limit price."""

    trigger: Decimal
    price: Decimal | None = None


@dataclass(slots=True)
class OrderTerms:
    """What an order asks for; shape already checked, not yet held against the market or the account."""

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    time_in_force: TimeInForce | None = None  # None: gtc, for market ioc
    expire_at: datetime | None = None
    post_only: bool = False
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING
    client_order_id: str | None = None
    take_profit: BracketLeg | None = None
    stop_loss: BracketLeg | None = None

    @property
    def is_bracket(self) -> bool:
        """Does it name exits of its own?"""
        return self.take_profit is not None or self.stop_loss is not None


@dataclass(slots=True)
class CreateOrder:
    """`fingerprint` is a digest of the body without clientOrderId: the same id with another one is a conflict. Empty without
    one."""

    account: str
    terms: OrderTerms
    fingerprint: str
    expires_at: datetime | None = None  # the command's own deadline (WebSocket `expiresAt`), not the order's


@dataclass(slots=True)
class CreateOco:
    account: str
    first: OrderTerms
    second: OrderTerms
    fingerprint: str


@dataclass(slots=True)
class PreviewOrder:
    account: str
    terms: OrderTerms


@dataclass(slots=True)
class AmendOrder:
    """New totals; None leaves that one as it is."""

    account: str
    order_id: str
    quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None


@dataclass(slots=True)
class CancelOrder:
    account: str
    order_id: str


@dataclass(slots=True)
class CancelAll:
    account: str
    symbol: str | None = None
    include_exits: bool = False


@dataclass(slots=True)
class ClosePosition:
    """Close one symbol at market. `client_order_id` makes a retry safe."""

    account: str
    symbol: str
    client_order_id: str | None = None


@dataclass(slots=True)
class CloseAllPositions:
    account: str


@dataclass(slots=True)
class ReversePosition:
    account: str
    symbol: str
    client_order_id: str | None = None


@dataclass(slots=True)
class SetProtection:
    """Replace the position's one OCO pair; both None takes it away."""

    account: str
    symbol: str
    take_profit: BracketLeg | None = None
    stop_loss: BracketLeg | None = None


@dataclass(slots=True)
class Kill:
    """Halt entries, cancel, flatten, verify; safe to ask twice and to resume after a crash."""

    account: str


@dataclass(slots=True)
class Resume:
    account: str


@dataclass(slots=True)
class SetLimits:
    """Risk limits of one account, by an admin. Keys as in the account object's `limits`; None takes a limit away."""

    account: str
    limits: dict[str, Decimal | int | None] = field(default_factory=dict)


@dataclass(slots=True)
class SetAlert:
    """Be told when the last price reaches `price`. The same one again is the first."""

    account: str
    symbol: str
    condition: AlertCondition
    price: Decimal


@dataclass(slots=True)
class DeleteAlert:
    account: str
    alert_id: str


@dataclass(slots=True)
class SetDeadMan:
    """Cancel the entries after `seconds` without this command; 0 is never. Each time it counts anew."""

    account: str
    seconds: int


@dataclass(slots=True)
class OpenAccount:
    """Make the trader's account with the paper cash of the settings; nothing if it is there."""

    account: str


@dataclass(slots=True)
class Deposit:
    """Move paper money in (positive) or out (negative), as a journaled transfer."""

    account: str
    amount: Decimal


@dataclass(slots=True)
class ResetAccount:
    """Cancel all, close all positions at the mark against the house, and bring the cash back to the paper cash by a transfer."""

    account: str


Command = (
    CreateOrder
    | CreateOco
    | PreviewOrder
    | AmendOrder
    | CancelOrder
    | CancelAll
    | ClosePosition
    | CloseAllPositions
    | ReversePosition
    | SetProtection
    | Kill
    | Resume
    | SetLimits
    | SetAlert
    | DeleteAlert
    | SetDeadMan
    | OpenAccount
    | Deposit
    | ResetAccount
)
