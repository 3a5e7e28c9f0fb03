"""How exchanges differ where ccxt does not level it: the parameter of our id, by which way an order of that id is found, how
long a request of theirs is good, and what requests weigh.

Measured against ccxt 4.5.90; `tried` says how far.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

NO_DEADLINE_S = 60.0  # where an exchange has no deadline of its own, a request is thought to come for so long
WEIGHTS = {"submit": 1, "cancel": 1, "find": 4, "trades": 20, "open": 80, "balance": 20}

READ = "by the answers that it documents, read through ccxt; never run against it"
# Else ccxt asks, at other addresses too, for markets of other kinds, and takes a pair's spot market for its perpetual.
SPOT_ALONE: Mapping[str, Any] = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}}


class Finding(Enum):
    """By which way an order is found by our id."""

    BY_ID = auto()  # fetch_order takes it
    IN_LISTS = auto()  # fetch_open_orders and fetch_closed_orders do
    IN_HISTORY = auto()  # none does: all orders of the symbol are looked through


@dataclass(frozen=True, slots=True)
class Quirks:
    """`client_id` is the parameter's name when an order is made, `find_by` and `cancel_by` (None: it cannot) afterwards;
    `trades_by` the one that asks for one order's trades alone. `weight_limit` 0: the exchange counts otherwise, and ccxt's
    own pace is kept."""

    name: str
    tried: str
    client_id: str = "clientOrderId"
    find_by: str = "clientOrderId"
    cancel_by: str | None = "clientOrderId"
    finding: Finding = Finding.BY_ID
    find_more: Mapping[str, Any] = field(default_factory=dict)
    make_more: Mapping[str, Any] = field(default_factory=dict)
    trades_by: str | None = None
    lists_trades: bool = False  # an order names its trades, and they are asked for by these names
    has_passphrase: bool = False  # its keys have one of their own, ccxt's `password`
    is_in_turn: bool = False  # a request must carry a higher number than the last of its key, whoever sent that
    window_s: float = NO_DEADLINE_S
    window_option: str | None = None  # ccxt's option that holds that deadline, in milliseconds
    until_parameter: str | None = None  # else an order itself says until when it may arrive: as a time
    until_header: str | None = None  # or in milliseconds
    weight_limit: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


QUIRKS = {
    one.name: one
    for one in (
        Quirks(
            "binance",
            "whole: every fault of a submit, stream and reconciliation, against a loopback exchange",
            window_s=10.0,
            window_option="recvWindow",
            trades_by="orderId",
            weight_limit=6_000,
            options={
                **SPOT_ALONE,
                "fetchCurrencies": False,
                "fetchMargins": False,
                "warnOnFetchOpenOrdersWithoutSymbol": False,
            },
        ),
        Quirks(
            "kraken",
            "orders, faults of a submit, streams and restart, against a smaller loopback exchange",
            finding=Finding.IN_LISTS,
            # Its trades say a fee in quote currency, whichever it took it in.
            make_more={"oflags": "fciq"},
            lists_trades=True,
            is_in_turn=True,
            window_s=15.0,  # from when it was asked for, its turn included
            until_parameter="deadline",
        ),
        Quirks(
            "coinbase",
            READ,
            client_id="client_order_id",
            cancel_by=None,
            finding=Finding.IN_HISTORY,
            trades_by="order_ids",
            # Else balances come without what orders bind.
            options={"fetchBalance": "v3PrivateGetBrokerageAccounts"},
        ),
        Quirks(
            "okx",
            READ,
            trades_by="ordId",
            has_passphrase=True,
            window_s=10.0,
            until_header="expTime",
            options=SPOT_ALONE,
        ),
        Quirks(
            "bybit",
            READ,
            trades_by="orderId",
            find_by="orderLinkId",
            cancel_by="orderLinkId",
            find_more={"acknowledged": True},
            window_s=5.0,
            window_option="recvWindow",
            options=SPOT_ALONE,
        ),
    )
}


def quirks_of(name: str) -> Quirks:
    """Of an exchange that nobody has tried, what ccxt documents for all."""
    return QUIRKS.get(name) or Quirks(name, "not at all: by what ccxt says of it")
