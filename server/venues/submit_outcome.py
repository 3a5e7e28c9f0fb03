"""What became of an order that was sent through ccxt: taken, refused, or nobody knows.

A submit is never sent twice, so everything hangs on telling these three apart. Only what proves it counts: an answer with
the exchange's own id is taken; a refusal that the exchange says, or a connection that never came about, is refused; all
else is unknown, whatever it looks like, until it is found or shown absent (`unconfirmed`).

ccxt's classes are told by their names, so that nothing here loads it. What each event gives was measured.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tradeterm.protocol.vocabulary import Reason

LONGEST_TEXT = 200
# The connection never came about: nothing was sent.
NOT_SENT = frozenset({"ClientConnectorError", "ConnectionRefusedError", "gaierror"})
# The exchange, or ccxt before it sent anything, says no. Found by the first name, from the class itself upwards.
REFUSED = frozenset(
    {
        *("AuthenticationError", "ArgumentsRequired", "BadRequest", "OperationRejected", "InsufficientFunds"),
        *("InvalidOrder", "NotSupported", "DDoSProtection", "RateLimitExceeded", "InvalidNonce"),
        "Banned",  # our own: nothing was sent
    }
)
# These say that there may be an order of ours after all.
EXISTS = frozenset({"DuplicateOrderId", "OrderNotFound"})
# As do these words, whatever class they come with: bybit's "Order creation timeout" is an InvalidOrder to ccxt, its
# "Duplicate clientOrderId." a BadRequest, and Binance's "Server is busy" at any other address than its own is a refusal.
DOUBTFUL = re.compile(r"duplicate|already exists?\b|time[- ]?out|timed out|\bbusy\b|overloaded", re.IGNORECASE)
IMMEDIATELY = re.compile(r"immediately (match|fill)|OrderImmediatelyFillable", re.IGNORECASE)
# Binance's word for a key that is not taken, which ccxt calls too many requests once one was taken.
WRONG_KEY = re.compile(r"Invalid API-key")
REASONS = {
    "InsufficientFunds": Reason.INSUFFICIENT_FUNDS,
    "OrderImmediatelyFillable": Reason.POST_ONLY_WOULD_CROSS,
    "DDoSProtection": Reason.RATE_LIMIT_EXCEEDED,
    "RateLimitExceeded": Reason.RATE_LIMIT_EXCEEDED,
    "Banned": Reason.RATE_LIMIT_EXCEEDED,
}
QUERY = re.compile(r"\?\S+")  # of an address: it is signed, and nobody's to read


class Verdict(Enum):
    ACK = "ack"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text` is for a trader: printable, short, without addresses' queries."""

    verdict: Verdict
    text: str
    venue_order_id: str | None = None


def outcome_of_answer(answer: Any) -> Outcome:
    """Of what ccxt returned. Without the exchange's id it is unknown: ccxt makes an order of a broken answer too."""
    venue_order_id = answer.get("id") if isinstance(answer, Mapping) else None
    if not isinstance(venue_order_id, str) or not venue_order_id.strip():
        return Outcome(Verdict.UNKNOWN, "the exchange's answer names no order")
    return Outcome(Verdict.ACK, "", venue_order_id)


def outcome_of_error(error: BaseException) -> Outcome:
    """Of what ccxt raised, or of what ended the wait for it."""
    text = _readable(error)
    cause = error.__cause__
    if cause is not None:
        never_sent = not NOT_SENT.isdisjoint(class_names(cause))
        return Outcome(Verdict.REJECTED if never_sent else Verdict.UNKNOWN, text)
    if DOUBTFUL.search(str(error)):
        return Outcome(Verdict.UNKNOWN, text)
    for name in class_names(error):
        if name in EXISTS:
            return Outcome(Verdict.UNKNOWN, text)
        if name in REFUSED:
            return Outcome(Verdict.REJECTED, text)
    return Outcome(Verdict.UNKNOWN, text)


def reason_of(error: BaseException | None) -> Reason:
    """Of a refusal that is certain: why, as far as its class or its words say."""
    names = [] if error is None else [*class_names(error), *(class_names(error.__cause__) if error.__cause__ else ())]
    if not NOT_SENT.isdisjoint(names):
        return Reason.VENUE_UNREACHABLE
    if IMMEDIATELY.search(str(error)):
        return Reason.POST_ONLY_WOULD_CROSS
    if is_wrong_key(error):
        return Reason.VENUE_REFUSED
    return next((REASONS[name] for name in names if name in REASONS), Reason.VENUE_REFUSED)


def is_wrong_key(error: BaseException | None) -> bool:
    """Does the exchange say that it does not take the key, whatever class that comes with?"""
    return WRONG_KEY.search(str(error)) is not None


def is_final(error: BaseException) -> bool:
    """Does asking once more make no sense? What was refused for its time or for its number among others is asked anew."""
    if outcome_of_error(error).verdict is not Verdict.REJECTED or "InvalidNonce" in class_names(error):
        return False
    return reason_of(error) not in (Reason.RATE_LIMIT_EXCEEDED, Reason.VENUE_UNREACHABLE)


def class_names(error: BaseException) -> Iterator[str]:
    """By which an error of ccxt's is told without loading it: its class first, then what it is derived from."""
    return (one.__name__ for one in type(error).__mro__)


def _readable(error: BaseException) -> str:
    text = QUERY.sub("?…", str(error) or type(error).__name__)
    return "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST_TEXT]
