"""What monitors are shown of a stored event: whose business it is, without whose money."""

from dataclasses import replace
from typing import Any, Final

import orjson

from server.ports import StoredEvent
from tradeterm.protocol.vocabulary import Reason

MONITORED: Final = ("order:", "position:", "trade:")
MONEY: Final = frozenset(
    {Reason.INSUFFICIENT_FUNDS.value, Reason.NOTIONAL_ABOVE_LIMIT.value}
)  # a text says how much there is
UNSAID: Final = "the account's money does not allow it"


def as_monitored(row: StoredEvent) -> StoredEvent | None:
    """The event as a monitor may see it; None where it may not. What an account has is told to its owner alone, also where
    it stands in the words of a refusal."""
    if not row.event.startswith(MONITORED) or row.account.startswith(":"):
        return None
    if b'"rejectText"' not in row.data:
        return row
    said = orjson.loads(row.data)
    for words in (said, said.get("order")):
        _leave_money_out(words)
    return replace(row, data=orjson.dumps(said))


def _leave_money_out(words: Any) -> None:
    if isinstance(words, dict) and words.get("rejectReason") in MONEY and "rejectText" in words:
        words["rejectText"] = UNSAID
