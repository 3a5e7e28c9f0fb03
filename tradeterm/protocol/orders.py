"""Orders on the wire: what may be asked for, held against its shape only, and what an order looks like."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from tradeterm.protocol.money import Money, Price, Quantity
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import (
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
Symbol = Annotated[str, Field(min_length=1, max_length=32)]

LIMIT_TYPES = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT})
TRIGGER_TYPES = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT})


def _one_spelling(value: Any) -> Any:
    return "cancelled" if value == "canceled" else value


Status = Annotated[OrderStatus, BeforeValidator(_one_spelling)]


class TakeProfit(WireIn):
    price: Price


class StopLoss(WireIn):
    stop_price: Price
    price: Price | None = None


class OrderRequest(WireIn):
    """The body of `POST /orders`. Which keys go together is checked here; market and account are the server's matter."""

    symbol: Symbol
    side: Side
    type: OrderType
    quantity: Quantity
    price: Price | None = None
    stop_price: Price | None = None
    trail_amount: Price | None = None
    trail_percent: Annotated[Price, Field(lt=100)] | None = None
    time_in_force: TimeInForce | None = None
    expire_at: Time | None = None
    post_only: bool = Field(default=False, strict=True)
    reduce_only: bool = Field(default=False, strict=True)
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING
    client_order_id: ClientOrderId | None = None
    take_profit: TakeProfit | None = None
    stop_loss: StopLoss | None = None

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
        if self.type in TRIGGER_TYPES and self.stop_price is None:
            return f"a {name} order needs a stopPrice"
        if self.type not in TRIGGER_TYPES and self.stop_price is not None:
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
        at_once = self.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
        if self.type is OrderType.MARKET and self.time_in_force is not None and not at_once:
            return "a market order is ioc or fok"
        return None

    def _flags(self) -> str | None:
        rests = self.type in LIMIT_TYPES and self.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK)
        if self.post_only and not rests:
            return "postOnly goes with a limit order that may rest"
        if self.reduce_only and (self.take_profit or self.stop_loss):
            return "an exit takes no bracket"
        return None


class OcoRequest(WireIn):
    """Two orders of one symbol, of which one cancels the other."""

    first: OrderRequest
    second: OrderRequest

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
    price: Price | None = None
    stop_price: Price | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.quantity is None and self.price is None and self.stop_price is None:
            raise ValueError("an amend names a new quantity, price or stopPrice")
        return self


class ProtectionRequest(WireIn):
    """A position's one pair of exits; both absent takes it away."""

    take_profit: TakeProfit | None = None
    stop_loss: StopLoss | None = None


class CloseRequest(WireIn):
    client_order_id: ClientOrderId | None = None


class Order(WireOut):
    """An order as every view shows it."""

    id: str
    client_order_id: str | None = None
    symbol: str
    side: Side
    type: OrderType
    quantity: Money
    price: Money | None = None
    status: Status
    filled_quantity: Money
    average_price: Money | None = None
    created_at: Time
    filled_at: Time | None = None
    updated_at: Time | None = None
    stop_price: Money | None = None
    trail_amount: Money | None = None
    trail_percent: Money | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expire_at: Time | None = None
    post_only: bool = False
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING
    leaves_quantity: Money | None = None
    requested_quantity: Money | None = None  # what was asked for, where less than that was taken
    fees: Money | None = None
    fee_currency: str | None = None
    fees_by_currency: dict[str, Money] | None = None  # with a fee in base currency an order can have paid in two
    reject_reason: str | None = None
    reject_text: str | None = None
    rejected_by: RejectedBy | None = None
    reason: str | None = None
    parent_id: str | None = None
    oco_id: str | None = None
    take_profit: TakeProfit | None = None
    stop_loss: StopLoss | None = None
    triggered: bool = False
    unconfirmed: bool = False
    pending_cancel: bool = False
    pending_replace: bool = False
    venue_order_id: str | None = None
    liquidity: Liquidity | None = None
