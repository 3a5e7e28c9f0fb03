"""What a session decides about one message: plain values, carried out by `connection`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from server.gateway.native.messages import Id
from server.gateway.streams.channels import MarketChannel
from server.gateway.streams.position import StreamPosition
from server.identity.authenticator import Identity
from tradeterm.protocol.vocabulary import CloseCode


@dataclass(frozen=True, slots=True)
class Send:
    """Write one message: encoded JSON."""

    message: bytes


@dataclass(frozen=True, slots=True)
class Close:
    code: CloseCode
    reason: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is known now. Comes before the hello; refusing it is the peer's matter."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class ReadTrading:
    request: Id
    position: StreamPosition | None


@dataclass(frozen=True, slots=True)
class ReadMarket:
    request: Id
    channel: MarketChannel


@dataclass(frozen=True, slots=True)
class StopReading:
    request: Id
    channel: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    position: StreamPosition


class CommandOp(StrEnum):
    ORDER_CREATE = "order.create"
    ORDER_AMEND = "order.amend"
    ORDER_CANCEL = "order.cancel"
    ORDERS_CANCEL_ALL = "orders.cancelAll"
    POSITION_CLOSE = "position.close"
    ALERT_CREATE = "alert.create"
    ALERT_DELETE = "alert.delete"
    DEAD_MAN_SET = "deadMan.set"


@dataclass(frozen=True, slots=True)
class Perform:
    """Carry out a command. Its data is an object, not looked at yet."""

    request: Id
    op: CommandOp
    data: dict[str, Any]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeartbeatDue:
    """A heartbeat is due."""


Action = Send | Close | SignedIn | ReadTrading | ReadMarket | StopReading | Acknowledge | Perform | HeartbeatDue
