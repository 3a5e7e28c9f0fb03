"""What the routes work with: the ports, the sign-in and the limits, put together by the composition root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.requests import Request

from server.gateway.limits import Limits
from server.gateway.rest.metrics import Metrics
from server.gateway.rest.turns import Turns
from server.identity.authenticator import Authenticator
from server.ports import Behind, Clock, Epochs, History, MarketData, Orders, Users, View


def _nothing() -> dict[str, Any]:
    return {}


def _no_shadow(user: str) -> None:
    return None


def _no_sockets() -> list[dict[str, Any]]:
    return []


@dataclass(slots=True)
class Services:
    """Everything the REST side may use. `sockets()` lists the connected sockets as wire objects."""

    orders: Orders
    view: View
    history: History
    epochs: Epochs
    users: Users
    market_data: MarketData
    clock: Clock
    authenticator: Authenticator
    limits: Limits
    allow_origins: Sequence[str] = ()
    hosts: Sequence[str] = ()  # names that the server goes by
    trusted_proxies: Sequence[str] = ()
    is_ready: Callable[[], bool] = lambda: True
    behind: Callable[[], Behind] = Behind  # the tables the journal
    overdue: Callable[[], str | None] = lambda: None  # that this is too far for new orders, in a sentence
    sockets: Callable[[], list[dict[str, Any]]] = _no_sockets
    metrics: Metrics = field(default_factory=Metrics)
    venue: str = "paper"
    exchange: Callable[[], dict[str, Any]] = _nothing  # how a real one stands, as a wire object
    shadow: Callable[[str], dict[str, Any] | None] = _no_shadow  # a user's orders there beside their twins on paper
    mode: str = "paper"  # or live, or test: an exchange's test money
    market_reach_pct: Decimal | None = None  # how far past the touch a market entry goes; None: as far as the book goes
    leverage: Decimal | None = None  # how many times what it binds an entry may be worth; None: not known
    turns: Turns = field(default_factory=Turns)
    feed: str = "none"  # its kind alone


def services_of(request: Request) -> Services:
    found: Services = request.app.state.services
    return found
