"""The SDK: everything a bot needs; the console uses nothing else.

`TradingClient` is the way in: `client.rest` sends commands and asks, `client.events()` gives every event of the own
account once, in order, across every break, and `client.store` is the state as of the last one. Whatever goes wrong is a
`TradetermError`; its subclasses say what may be done about it.
"""

from tradeterm.client.connection import Link, LinkState
from tradeterm.client.errors import (
    ClientClosed,
    HistoryLost,
    OutcomeUnknown,
    PositionUnreadable,
    RequestRefused,
    SessionEnded,
    SignInFailed,
    TradetermError,
    Unreachable,
)
from tradeterm.client.rest import Rest, new_client_order_id
from tradeterm.client.session import Event, Snapshot, StreamPosition
from tradeterm.client.store import Depth, Store
from tradeterm.client.trading_client import TradingClient

__all__ = [
    "ClientClosed",
    "Depth",
    "Event",
    "HistoryLost",
    "Link",
    "LinkState",
    "OutcomeUnknown",
    "PositionUnreadable",
    "RequestRefused",
    "Rest",
    "SessionEnded",
    "SignInFailed",
    "Snapshot",
    "Store",
    "StreamPosition",
    "TradetermError",
    "TradingClient",
    "Unreachable",
    "new_client_order_id",
]
