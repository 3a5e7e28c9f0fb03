"""What monitors are shown of events and of what stands open: whose business it is, without whose money and limits."""

from dataclasses import replace
from typing import Any, Final

import orjson

from server.ports import StoredEvent
from tradeterm.protocol.vocabulary import Reason

MONITORED: Final = ("order:", "position:", "trade:")
SAID: Final = frozenset(
    {
        Reason.PRICE_OUTSIDE_BAND,
        Reason.REDUCE_ONLY_WOULD_INCREASE,
        Reason.POST_ONLY_WOULD_CROSS,
        Reason.SLIPPAGE_LIMIT,
        Reason.SELF_TRADE,
        Reason.STOP_WOULD_TRIGGER,
        Reason.NO_LIQUIDITY,
        Reason.IOC_REMAINDER,
        Reason.FOK_NOT_FILLABLE,
        Reason.NO_PRICE,
        Reason.PRICE_STALE,
        Reason.MARKET_PAUSED,
        Reason.PRACTICE_REJECT,
    }
)
"""Reasons whose words are of orders, positions and the market alone. In all others may stand what there is, or what is
allowed at most; in those of an exchange, anything."""
UNSAID: Final = "the account's owner alone is told the particulars"
WORDS: Final = ("rejectText", "text")
# The mark at which the account is liquidated says how much it has, to the cent where it holds nothing else.
OWNERS_ALONE: Final = "liquidationPrice"
_TELLING: Final = tuple(b'"%b":' % key.encode() for key in (*WORDS, OWNERS_ALONE))


def as_monitored(row: StoredEvent) -> StoredEvent | None:
    """The event as a monitor may see it; None where it may not. What an account has is told to its owner alone, also where
    it stands in the words of a refusal, or follows from another number."""
    if not row.event.startswith(MONITORED) or row.account.startswith(":"):
        return None
    shown = without_money(row.data)
    return row if shown is row.data else replace(row, data=shown)


def without_money(data: bytes) -> bytes:
    """An encoded object, or the payload of an event, as a monitor may see it."""
    if not any(key in data for key in _TELLING):
        return data
    said = orjson.loads(data)
    for one in (said, said.get("order"), said.get("position")):
        if isinstance(one, dict):
            _leave_money_out(one)
    return orjson.dumps(said)


def _leave_money_out(one: dict[str, Any]) -> None:
    one.pop(OWNERS_ALONE, None)
    if one.get("rejectReason") not in SAID:
        one.update({key: UNSAID for key in WORDS if one.get(key) is not None})
