"""Orders on the wire: what may be asked for, held against its shape only, and what an order looks like."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from tradeterm.protocol.market import Symbol
from tradeterm.protocol.money import Money, Price, Quantity
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import (
    AT_ONCE,
    LIMIT_TYPES,
    STOP_PRICE_TYPES,
    Liquidity,
    OrderStatus,
    OrderType,
    RejectedBy,
    SelfTrade,
    Side,
    TimeInForce,
)
from tradeterm.protocol.wire import WireIn, WireOut

ClientOrderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:\-]{1,64}$")]


def _one_spelling(value: Any) -> Any:
    return "cancelled" if value == "canceled" else value


Status = Annotated[OrderStatus, BeforeValidator(_one_spelling)]


class TakeProfit(WireIn):
    """Where a profit is taken: a limit order that exits."""

    price: Price
    """The limit price, in the quote currency."""


class StopLoss(WireIn):
    """Where a loss is stopped: a stop order that exits."""

    stop_price: Price
    """The price that triggers the stop, in the quote currency."""
    price: Price | None = None
    """The limit price after the trigger, in the quote currency; absent for a market order."""


class OrderRequest(WireIn):
    """The body of `POST /orders`. Which keys go together is checked here; market and account are the server's matter."""

    symbol: Symbol
    """The market, such as `BTC/USD`."""
    side: Side
    """Buy or sell."""
    type: OrderType
    """How the order is carried out; it decides which prices are needed."""
    quantity: Quantity
    """How much, in the base currency; a whole multiple of the lot."""
    price: Price | None = None
    """The limit price, in the quote currency; a whole multiple of the tick. For the limit types only."""
    stop_price: Price | None = None
    """The price that triggers it, in the quote currency. For the stop and take-profit types only."""
    trail_amount: Price | None = None
    """How far a trailing stop follows the best price, in the quote currency."""
    trail_percent: Annotated[Price, Field(lt=100)] | None = None
    """How far a trailing stop follows the best price, in percent of it."""
    time_in_force: TimeInForce | None = None
    """How long it works; absent means `gtc`, for a market order `ioc`."""
    expire_at: Time | None = None
    """When a `gtd` order ends, UTC."""
    post_only: bool = Field(default=False, strict=True)
    """Refuse it rather than take liquidity."""
    reduce_only: bool = Field(default=False, strict=True)
    """Never open or add to a position; what exceeds it is cut off."""
    self_trade: SelfTrade | None = None
    """What gives way when it would trade with an order of the same account; `cancel_resting` where it is not said."""
    client_order_id: ClientOrderId | None = None
    """The client's own id: the same id and body again is the same order, for ever."""
    take_profit: TakeProfit | None = None
    """An exit with profit, held until the entry fills."""
    stop_loss: StopLoss | None = None
    """An exit with loss, held until the entry fills."""

    @model_validator(mode="after")
    def _keys_go_together(self) -> Self:
        for problem in (self._prices(), self._trigger(), self._time(), self._flags()):
            if problem:
                raise ValueError(problem)
        return self

    def _prices(self) -> str | None:
        name = self.type.value
        if self.type in LIMIT_TYPES and self.price is None:
            return f"a {name} order needs a price"
        if self.type not in LIMIT_TYPES and self.price is not None:
            return f"a {name} order takes no price"
        return None

    def _trigger(self) -> str | None:
        name = self.type.value
        if self.type in STOP_PRICE_TYPES and self.stop_price is None:
            return f"a {name} order needs a stopPrice"
        if self.type not in STOP_PRICE_TYPES and self.stop_price is not None:
            return f"a {name} order takes no stopPrice"
        trails = (self.trail_amount is not None) + (self.trail_percent is not None)
        if self.type is OrderType.TRAILING_STOP and trails != 1:
            return "a trailing_stop order needs one of trailAmount and trailPercent"
        if self.type is not OrderType.TRAILING_STOP and trails:
            return f"a {name} order does not trail"
        return None

    def _time(self) -> str | None:
        if self.time_in_force is TimeInForce.GTD and self.expire_at is None:
            return "a gtd order needs expireAt"
        if self.time_in_force is not TimeInForce.GTD and self.expire_at is not None:
            return "expireAt goes with timeInForce gtd"
        at_once = self.time_in_force in AT_ONCE
        if self.type is OrderType.MARKET and self.time_in_force is not None and not at_once:
            return "a market order is ioc or fok"
        return None

    def _flags(self) -> str | None:
        rests = self.type in LIMIT_TYPES and self.time_in_force not in AT_ONCE
        if self.post_only and not rests:
            return "postOnly goes with a limit order that may rest"
        if self.reduce_only and (self.take_profit or self.stop_loss):
            return "an exit takes no bracket"
        return None


class OcoRequest(WireIn):
    """Two orders of one symbol, of which one cancels the other."""

    first: OrderRequest
    """One of the two orders."""
    second: OrderRequest
    """The other; both are exits or both are entries."""

    @model_validator(mode="after")
    def _a_pair(self) -> Self:
        if self.first.symbol != self.second.symbol:
            raise ValueError("both orders of a pair are in one symbol")
        if self.first.reduce_only != self.second.reduce_only:
            raise ValueError("a pair is two exits or two entries")
        return self


class AmendRequest(WireIn):
    """New totals; what is absent stays."""

    quantity: Quantity | None = None
    """The new total quantity, with what has filled, in the base currency."""
    price: Price | None = None
    """The new limit price, in the quote currency."""
    stop_price: Price | None = None
    """The new trigger price, in the quote currency."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.quantity is None and self.price is None and self.stop_price is None:
            raise ValueError("an amend names a new quantity, price or stopPrice")
        return self


class ProtectionRequest(WireIn):
    """A position's one pair of exits; both absent takes it away."""

    take_profit: TakeProfit | None = None
    """The exit with profit; absent takes it away."""
    stop_loss: StopLoss | None = None
    """The exit with loss; absent takes it away."""


class CloseRequest(WireIn):
    """Close what is held of a market, at market."""

    client_order_id: ClientOrderId | None = None
    """The closing order's own id, which makes a retry safe."""


class QueuePlace(WireOut):
    """Where a resting order stands in the queue of its price."""

    order_id: str
    """The order's id."""
    ahead: Money
    """The quantity that trades there before it does, in the base currency."""


class Order(WireOut):
    """An order as every view shows it."""

    id: str
    """Ours, time-ordered, unique for ever."""
    client_order_id: str | None = None
    """The client's own id, where it gave one."""
    symbol: str
    """The market, such as `BTC/USD`."""
    side: Side
    """Buy or sell."""
    type: OrderType
    """How the order is carried out."""
    quantity: Money
    """The total asked for, in the base currency."""
    price: Money | None = None
    """The limit price, in the quote currency; null without one."""
    status: Status
    """How far it is; `filled`, `cancelled`, `rejected` and `expired` are final."""
    filled_quantity: Money
    """How much has filled, in the base currency."""
    average_price: Money | None = None
    """The quantity-weighted price of the fills, in the quote currency; null before the first."""
    created_at: Time
    """When the order was taken, UTC."""
    filled_at: Time | None = None
    """When it had filled in full, UTC."""
    updated_at: Time | None = None
    """When it last changed, UTC."""
    stop_price: Money | None = None
    """The price that triggers it, in the quote currency."""
    trail_amount: Money | None = None
    """How far it follows the best price, in the quote currency."""
    trail_percent: Money | None = None
    """How far it follows the best price, in percent of it."""
    time_in_force: TimeInForce = TimeInForce.GTC
    """How long it works."""
    expire_at: Time | None = None
    """When a `gtd` order ends, UTC."""
    post_only: bool = False
    """It is refused rather than take liquidity."""
    reduce_only: bool = False
    """It never opens or adds to a position."""
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING
    """What gives way when it would trade with an order of the same account."""
    leaves_quantity: Money | None = None
    """How much still works, in the base currency; 0 once it has ended."""
    requested_quantity: Money | None = None
    """What was asked for, where less than that was taken, in the base currency."""
    fees: Money | None = None
    """The sum of its fees in `feeCurrency`, the quote currency."""
    fee_currency: str | None = None
    """The asset that the fees were paid in."""
    fees_by_currency: dict[str, Money] | None = None
    """The fees by asset: with a fee in the base currency an order can have paid in two."""
    reject_reason: str | None = None
    """Why it was rejected, or ended before it was full, as a code such as `INSUFFICIENT_FUNDS` or `USER_REQUEST`."""
    reject_text: str | None = None
    """The same in one sentence for people."""
    rejected_by: RejectedBy | None = None
    """Who rejected it: our risk rules or the venue."""
    reason: str | None = None
    """Why it is there, where nobody placed it as an order: a code such as `PROTECTION`, `CLOSE` or `LIQUIDATION`."""
    parent_id: str | None = None
    """The entry that this exit protects."""
    oco_id: str | None = None
    """Shared by two orders of which one cancels the other."""
    take_profit: TakeProfit | None = None
    """The exit with profit that was asked for with it."""
    stop_loss: StopLoss | None = None
    """The exit with loss that was asked for with it."""
    triggered: bool = False
    """Its trigger price has traded: it works as a market or limit order now."""
    unconfirmed: bool = False
    """The venue did not answer: it may or may not exist, and its money stays reserved until that is proved."""
    held: str | None = None
    """Where an open order stands: `venue`, or `server`, which alone watches for its trigger."""
    pending_cancel: bool = False
    """A cancel is under way."""
    pending_replace: bool = False
    """An amend is under way."""
    venue_order_id: str | None = None
    """The venue's id of it."""
    liquidity: Liquidity | None = None
    """Absent of an order: each of its trades says it of itself."""
