"""The field's words as enums, spelled as they stand on the wire; no behaviour lives here."""

from enum import IntEnum, StrEnum


class Side(StrEnum):
    """Buy or sell."""

    BUY = "buy"
    SELL = "sell"

    def __init__(self, word: str) -> None:
        # +1 for buy, -1 for sell: the direction in which a fill moves the signed position.
        self.sign = 1 if word == "buy" else -1

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class PositionSide(StrEnum):
    """Long or short."""

    LONG = "long"
    SHORT = "short"


class PositionStatus(StrEnum):
    """Open, or closed for good."""

    OPEN = "open"
    CLOSED = "closed"


class OrderType(StrEnum):
    """How an order is carried out. `market` and `limit` go to the book; the others wait for their trigger before they do."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TAKE_PROFIT = "take_profit"
    TAKE_PROFIT_LIMIT = "take_profit_limit"
    TRAILING_STOP = "trailing_stop"


LIMIT_TYPES = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT})
MARKET_TYPES = frozenset(OrderType) - LIMIT_TYPES  # what they become once they are let loose
STOP_TYPES = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
TAKE_PROFIT_TYPES = frozenset({OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT})
CONDITIONAL_TYPES = STOP_TYPES | TAKE_PROFIT_TYPES  # they wait for a trigger
STOP_PRICE_TYPES = CONDITIONAL_TYPES - {OrderType.TRAILING_STOP}  # they are given the trigger as a price


class TimeInForce(StrEnum):
    """How long an order works: until it is cancelled (`gtc`), only at once, a part or all of it (`ioc`, `fok`), until the day
    ends, or until `expireAt` (`gtd`)."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    DAY = "day"
    GTD = "gtd"


AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})  # nothing of it ever rests


class SelfTrade(StrEnum):
    """What gives way when an order would trade with another one of the same account."""

    CANCEL_RESTING = "cancel_resting"
    CANCEL_TAKING = "cancel_taking"
    CANCEL_BOTH = "cancel_both"


class OrderStatus(StrEnum):
    """How far an order is; `filled`, `cancelled`, `rejected` and `expired` are final."""

    PENDING = "pending"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


FINAL_STATUSES = frozenset({OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.EXPIRED})


class Liquidity(StrEnum):
    """Whether an order rested (`maker`) or took what rested (`taker`)."""

    MAKER = "maker"
    TAKER = "taker"


class TradeType(StrEnum):
    """`entry` opens or adds, `exit` reduces or closes."""

    ENTRY = "entry"
    EXIT = "exit"


class RejectedBy(StrEnum):
    """Who rejected an order: our risk rules, or the venue."""

    RISK = "risk"
    VENUE = "venue"


class TradingState(StrEnum):
    """`active` trades, `reducing` only exits, `halted` not at all."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


class MarketState(StrEnum):
    """Whether a market takes orders. `stale` is not sent: tickers and books say it of themselves."""

    OPEN = "open"
    PAUSED = "paused"
    STALE = "stale"


class AlertCondition(StrEnum):
    """`above`: at or above the price; `below`: at or below it."""

    ABOVE = "above"
    BELOW = "below"


class AlertStatus(StrEnum):
    """`waiting`, `triggered` once and for all, or `deleted`."""

    WAITING = "waiting"
    TRIGGERED = "triggered"
    DELETED = "deleted"


class Role(StrEnum):
    """What a user is: a `trader` has an account, a `monitor` sees trading of all, an `admin` looks after users and limits."""

    TRADER = "trader"
    MONITOR = "monitor"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a token may do: `trade` all that its user may, `read` only look."""

    TRADE = "trade"
    READ = "read"


class Reason(StrEnum):
    """Why an order was refused or ended, `rejectReason` on the wire; or why it is there, `reason`."""

    QUANTITY_ABOVE_MAXIMUM = "QUANTITY_ABOVE_MAXIMUM"
    NOTIONAL_ABOVE_LIMIT = "NOTIONAL_ABOVE_LIMIT"
    POSITION_ABOVE_LIMIT = "POSITION_ABOVE_LIMIT"
    EXPOSURE_ABOVE_LIMIT = "EXPOSURE_ABOVE_LIMIT"
    OPEN_ORDERS_ABOVE_LIMIT = "OPEN_ORDERS_ABOVE_LIMIT"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    PRICE_OUTSIDE_COLLAR = "PRICE_OUTSIDE_COLLAR"
    PRICE_OUTSIDE_BAND = "PRICE_OUTSIDE_BAND"
    REDUCE_ONLY_WOULD_INCREASE = "REDUCE_ONLY_WOULD_INCREASE"
    TRADING_HALTED = "TRADING_HALTED"
    TRADING_REDUCING = "TRADING_REDUCING"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    POST_ONLY_WOULD_CROSS = "POST_ONLY_WOULD_CROSS"
    SLIPPAGE_LIMIT = "SLIPPAGE_LIMIT"
    SELF_TRADE = "SELF_TRADE"
    LIQUIDATION = "LIQUIDATION"
    STOP_WOULD_TRIGGER = "STOP_WOULD_TRIGGER"
    DAY_LOSS_LIMIT = "DAY_LOSS_LIMIT"
    NO_LIQUIDITY = "NO_LIQUIDITY"
    IOC_REMAINDER = "IOC_REMAINDER"
    FOK_NOT_FILLABLE = "FOK_NOT_FILLABLE"
    NO_PRICE = "NO_PRICE"
    PRICE_STALE = "PRICE_STALE"
    MARKET_PAUSED = "MARKET_PAUSED"
    USER_REQUEST = "USER_REQUEST"
    AMENDED_TO_FILLED = "AMENDED_TO_FILLED"
    OCO_SIBLING = "OCO_SIBLING"
    POSITION_CLOSED = "POSITION_CLOSED"
    TRIMMED = "TRIMMED"
    TIME_EXPIRED = "TIME_EXPIRED"
    PRACTICE_REJECT = "PRACTICE_REJECT"
    KILL = "KILL"
    DEAD_MAN = "DEAD_MAN"
    ACCOUNT_RESET = "ACCOUNT_RESET"
    EXIT_FILLED = "EXIT_FILLED"
    REPLACED = "REPLACED"
    CLOSE = "CLOSE"
    REVERSE = "REVERSE"
    PROTECTION = "PROTECTION"
    BRACKET = "BRACKET"
    MARGIN_CALL = "MARGIN_CALL"
    DAY_LOSS_HALF = "DAY_LOSS_HALF"
    DAY_LOSS_80 = "DAY_LOSS_80"
    RECONCILING = "RECONCILING"
    EXTERNAL = "EXTERNAL"
    LATE_ARRIVAL = "LATE_ARRIVAL"
    NEVER_ARRIVED = "NEVER_ARRIVED"
    VENUE_REFUSED = "VENUE_REFUSED"
    VENUE_ENDED = "VENUE_ENDED"
    VENUE_UNREACHABLE = "VENUE_UNREACHABLE"
    VENUE_CANNOT = "VENUE_CANNOT"


class BalanceReason(StrEnum):
    """Why a balance is another one than before: `reason` of `balance:updated`."""

    TRADE = "trade"
    ORDER = "order"
    LIQUIDATION = "liquidation"
    FUNDING = "funding"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    RESET = "reset"
    INSURANCE = "insurance"


class ErrorCode(StrEnum):
    """Codes of refused requests: `error.code` in REST, `code` in a WebSocket error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    OTP_REQUIRED = "OTP_REQUIRED"
    OTP_INVALID = "OTP_INVALID"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    CONFLICT = "CONFLICT"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    OFF_TICK = "OFF_TICK"
    OFF_LOT = "OFF_LOT"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    RATE_LIMITED = "RATE_LIMITED"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    MALFORMED = "MALFORMED"
    EXPIRED = "EXPIRED"
    STOPPING = "STOPPING"
    BUSY = "BUSY"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    INTERNAL = "INTERNAL"


UNPROCESSABLE = 422  # whatever is wrong with what was sent, and has no other status
HTTP_STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.OTP_REQUIRED: 401,
    ErrorCode.OTP_INVALID: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.IDEMPOTENCY_CONFLICT: 409,
    ErrorCode.CONFLICT: 409,
    ErrorCode.EXPIRED: 409,  # of a command; where it is said of a token it is 401
    ErrorCode.BODY_TOO_LARGE: 413,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.STOPPING: 503,
    ErrorCode.BUSY: 503,
    ErrorCode.OUTCOME_UNKNOWN: 503,
}


def status_of(code: str | None) -> int:
    """The HTTP status that goes with a code, be it one of these or a reason for which an order was refused."""
    return HTTP_STATUS.get(code, UNPROCESSABLE)  # type: ignore[call-overload,no-any-return]  # a StrEnum key is its text


class EventName(StrEnum):
    """What happened."""

    ORDER_CREATED = "order:created"
    ORDER_SUBMITTED = "order:submitted"
    ORDER_ACCEPTED = "order:accepted"
    ORDER_PARTIALLY_FILLED = "order:partially_filled"
    ORDER_FILLED = "order:filled"
    ORDER_TRIGGERED = "order:triggered"
    ORDER_AMENDED = "order:amended"
    ORDER_CANCELLED = "order:cancelled"
    ORDER_REJECTED = "order:rejected"
    ORDER_EXPIRED = "order:expired"
    ORDER_UNCONFIRMED = "order:unconfirmed"
    ORDER_CANCEL_REJECTED = "order:cancel_rejected"
    ORDER_AMEND_REJECTED = "order:amend_rejected"
    POSITION_OPENED = "position:opened"
    POSITION_UPDATED = "position:updated"
    POSITION_CLOSED = "position:closed"
    POSITION_UNPROTECTED = "position:unprotected"
    TRADE_EXECUTED = "trade:executed"
    BALANCE_UPDATED = "balance:updated"
    ACCOUNT_UPDATED = "account:updated"
    TRADING_STATE = "trading:state"
    ALERT_CREATED = "alert:created"
    ALERT_DELETED = "alert:deleted"
    ALERT_TRIGGERED = "alert:triggered"
    DEAD_MAN_FIRED = "dead_man:fired"


class CloseCode(IntEnum):
    """WebSocket close codes. Below 4500 the client comes back by itself; from 4500 on it must not."""

    STOPPING = 4000
    SIGN_IN_TIMEOUT = 4001
    TOKEN_EXPIRED = 4003
    SILENT = 4008
    SLOW = 4009
    INTERNAL = 4011
    TOO_MANY_MESSAGES = 4013
    BAD_TOKEN = 4500
    MALFORMED = 4501
    FORBIDDEN = 4502
    SESSION_REVOKED = 4503
    TOO_MANY_CONNECTIONS = 4504
