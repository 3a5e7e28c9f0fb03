"""Alerts and the dead-man's switch on the wire: what the server looks after while nobody looks."""

from pydantic import Field

from tradeterm.protocol.market import Symbol
from tradeterm.protocol.money import Money, Price
from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import AlertCondition, AlertStatus
from tradeterm.protocol.wire import WireIn, WireOut

LONGEST_SILENCE_S = 3600


class AlertRequest(WireIn):
    """Be told once when the last price of a market reaches a price."""

    symbol: Symbol
    """The market, such as `BTC/USD`."""
    condition: AlertCondition
    """`above`: at or above the price; `below`: at or below it."""
    price: Price
    """In the quote currency, on the tick of its market."""


class Alert(WireOut):
    """An alert as every view shows it; only its owner sees it."""

    id: str
    """Ours, time-ordered, unique for ever."""
    symbol: str
    """The market, such as `BTC/USD`."""
    condition: AlertCondition
    """`above`: at or above the price; `below`: at or below it."""
    price: Money
    """In the quote currency."""
    status: AlertStatus
    """`waiting`, `triggered` once and for all, or `deleted`."""
    created_at: Time
    """When it was set, UTC."""
    last_price: Money | None = None
    """The price that triggered it, in the quote currency; absent before."""
    triggered_at: Time | None = None
    """When it was triggered, UTC; absent before."""


class DeadManRequest(WireIn):
    """Cancel my entries unless I say this again in time; exits stay."""

    seconds: int = Field(ge=0, le=LONGEST_SILENCE_S, strict=True)
    """How many seconds of silence are taken; 0 switches it off."""


class DeadMan(WireOut):
    """The dead-man's switch of an account."""

    seconds: int
    """How many seconds of silence are taken; 0 is off."""
    cancelled: list[str] = Field(default_factory=list)
    """Of `dead_man:fired`: the ids of the entries that were cancelled."""
