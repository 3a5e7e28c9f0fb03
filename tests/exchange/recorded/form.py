"""What an exchange has answered and told, in its own words, and what that means: the form of the tables beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from server.venues.exchange.seen import Ending

CLIENT_ID = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Terms:
    """A market's, as texts: tick, lot, least size, least value, fees."""

    tick: str
    lot: str
    min_quantity: str
    min_notional: str
    maker_fee: str
    taker_fee: str


@dataclass(frozen=True, slots=True)
class Order:
    """One order as a look-up or the stream shows it, and what it means."""

    what: str
    raw: Mapping[str, Any]
    ending: Ending | None = None
    filled: str = "0"
    quantity: str | None = "1"
    price: str | None = "100"
    why: str = ""
    client_id: str | None = CLIENT_ID


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution as a look-up or the stream shows it, and what it means. `fee` None: nobody knows."""

    what: str
    raw: Mapping[str, Any]
    trade_id: str
    fee: str | None
    fee_currency: str
    quantity: str = "0.4"
    price: str = "100"
    side: str = "buy"
    liquidity: str = "taker"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange. `answers` by what stands in the address; `{order}`, `{trades}` are put in by the rows.

    `frames` wraps an order, or a trade, as the stream sends it.
    """

    name: str
    order_id: str
    answers: Mapping[str, Any]
    terms: Terms
    created: Any  # the answer to a submit
    order_route: str
    order_answer: Any  # a function of one raw order
    orders: Sequence[Order]
    trade_routes: Mapping[str, Any]  # functions of one raw trade
    trades: Sequence[Trade]
    balance_route: str
    balance: Any
    holds: Mapping[str, str]
    streamed_orders: Sequence[Order] = ()
    streamed_trades: Sequence[Trade] = ()
    untold: Sequence[Mapping[str, Any]] = ()  # frames that name an order and do not say what became of it
    quote: str = "USDT"
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def symbol(self) -> str:
        return f"BTC/{self.quote}"


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
