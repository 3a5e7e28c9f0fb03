"""Everything that core and venue know, as plain values that can be compared: found by walking the objects, not by a list
of fields, so that what is added later is compared too. What is left out is named here, with the reason."""

from collections import deque
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from server.domain.accounts import Account
from server.domain.book import Book
from server.domain.orders import Order
from server.domain.positions import Position
from server.executor.core import Core
from server.executor.rules.surveillance import Surveillance
from server.executor.rules.trigger_index import Triggers
from server.ports import Venue
from server.venues.delayed import DelayedVenue
from server.venues.paper import PaperVenue

LEFT_OUT = {
    "encoded": "made anew from the rest",
    "encoded_terms": "made anew from the rest",
    "entry": "only told when a position closes, and set just before that",
    "peak": "a trailing level never loosens whatever it says; it only saves a computation",
    "closed_at": "of positions that are closed, and those are not kept",
    "settings": "never changes",
    "markets": "never changes",
    "quotes": "the venue, walked by itself",
    "ids": "where new ids come from: numbers that were given to what failed are not given again",
    "find_order": "the journal's",
    "now": "of the last turn",
    "seconds": "of the last turn",
    "stamp": "of the last turn",
    "_event_end": "of the last turn",
    "_kept_later": "what the way back needs",
    "_kept": "what the way back needs",
    "_kept_trade": "what the way back needs",
    "_kept_place": "what the way back needs",
    "_users_held": "what the way back needs",
    "_before": "what the way back needs",
    "_unkept": "what the way back needs",
    "_new": "what the way back needs",
    "_ended": "what the way back needs",
    "_ledger": "walked by itself",
    "valuation": "reads of the same state",
    "_heard": "who was heard was heard, whatever became of the turn",
    "_firing": "walked by itself",
    "_handlers": "never changes",
    "_takers": "never changes",
    "setbacks": "what failed is left alone for a while",
    "_positions": "the core's",
    "positions": "the core's",
    "_followed_bands": "what the way back needs",
    "_touched": "symbols to be shown anew: too many do no harm",
    "_markets": "never changes",
    "_chance": "chance",
    "_clock": "time",
    "_order": "numbers only count up",
    "_zone": "never changes",
    "_delays": "never changes",
    "_venue": "walked by itself",
}


def whole_state(core: Core, venue: Venue) -> dict[str, Any]:
    """All of it, in an order of its own."""
    ledger = core.ledger
    paper = venue._venue if isinstance(venue, DelayedVenue) else venue
    assert isinstance(paper, PaperVenue)
    state: dict[str, Any] = {
        "orders": {order_id: _fields(order) for order_id, order in sorted(ledger.orders.items())},
        "accounts": {name: _fields(account) for name, account in sorted(ledger.accounts.items())},
        "ledger": {name: _plain(value) for name, value in _named(ledger) if name not in ("orders", "accounts")},
        "firing": {name: _plain(value) for name, value in _named(core.firing)},
        "watch": _watch(core.watch),
        "later": len(core._later),
        "venue": {name: _plain(value) for name, value in _named(paper._books)},
    }
    state["ledger"]["holders"] = {symbol: held for symbol, held in state["ledger"]["holders"].items() if held}
    held_back = {
        symbol: sorted(rest.order_id for rest in held.values() if rest.leaves)
        for symbol, held in paper._books._held_back.items()
    }
    state["venue"]["_held_back"] = {symbol: held for symbol, held in held_back.items() if held}
    if isinstance(venue, DelayedVenue):
        state["underway"] = [(at, _plain(item)) for at, _, item in sorted(venue._underway, key=lambda one: one[:2])]
        state["latest"] = _plain(venue._latest)
        state["legs"] = _plain(venue._legs._legs), _plain(venue._legs._pairs)
    return state


def durable_state(core: Core, venue: Venue) -> dict[str, Any]:
    """What a restart brings back of it: accounts, orders, positions, and the places of users in the queue."""
    whole = whole_state(core, venue)
    return {
        "orders": whole["orders"],
        "accounts": whole["accounts"],
        "holders": whole["ledger"]["holders"],
        "triggers": whole["firing"]["_triggers"],
        "expiries": whole["watch"]["expiries"],
        "queues": {
            symbol: {side: [rest[0] for rest in rests if rest[1]] for side, rests in book.items() if side != "last"}
            for symbol, book in whole["venue"]["by_symbol"].items()
        },
    }


def _named(value: Any) -> list[tuple[str, Any]]:
    if is_dataclass(value):
        return [(one.name, getattr(value, one.name)) for one in fields(value) if one.name not in LEFT_OUT]
    return [(name, part) for name, part in sorted(vars(value).items()) if name not in LEFT_OUT]


def _fields(value: Any) -> dict[str, Any]:
    return {name: _plain(part) for name, part in _named(value)}


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str() | bytes() | datetime() | Enum():
            return value
        case Decimal():
            return value.normalize() if value else Decimal(0)
        case Order():
            return f"order {value.id}"
        case Account():
            return f"account {value.name}"
        case Position():
            return _fields(value)
        case Triggers():
            return _triggers(value)
        case Book():
            return _book(value)
        case dict():
            return {key: _plain(value[key]) for key in sorted(value, key=str)}
        case set() | frozenset():
            return sorted(map(str, value))
        case list() | tuple() | deque():
            return [_plain(one) for one in value]
    if is_dataclass(value) or hasattr(value, "__dict__"):
        return type(value).__name__, _fields(value)
    raise TypeError(f"nobody said how to compare a {type(value).__name__}")


def _triggers(triggers: Triggers) -> dict[str, Any]:
    """The indexes hold what no longer waits until they meet it: that is left out."""
    waiting = list(triggers._waiting.values())
    heaps = {"rising": [one.rising for one in waiting], "falling": [one.falling for one in waiting]}
    found: dict[str, Any] = {
        name: sorted({(str(level), order.id) for heap in held for level, _, order in heap if _waits_at(order, level)})
        for name, held in heaps.items()
    }
    found["trailing"] = sorted(
        order.id for one in waiting for order in one.trailing.values() if order.is_open and order.awaits_trigger
    )
    return found


def _waits_at(order: Order, level: Decimal) -> bool:
    return order.is_open and order.awaits_trigger and order.stop_price == abs(level)


def _watch(watch: Surveillance) -> dict[str, Any]:
    state = {name: _plain(value) for name, value in _named(watch) if name != "_expiries"}
    state["expiries"] = sorted(
        {
            (at.isoformat(), order.id)
            for at, _, order in watch._expiries
            if order.is_open and order.cancel_reason is None
        }
    )
    return state


def _book(book: Book) -> dict[str, Any]:
    """Both sides level by level, each as its queue: who, whose, how much, and the place."""
    found: dict[str, Any] = {"last": book._last_place}
    for name, side in (("bids", book.bids), ("asks", book.asks)):
        assert all(level.total == sum(rest.leaves for rest in level.queue.values()) for level in side.walk())
        rests = [rest for level in side.walk() for rest in level.queue.values()]
        found[name] = [(rest.order_id, rest.account, str(rest.price), str(rest.leaves), rest.place) for rest in rests]
    assert len(book._rests) == len(found["bids"]) + len(found["asks"])
    return found


def difference(one: Any, other: Any, where: str = "") -> str | None:
    """Where two values differ first, for a failing test to say; None when they are equal."""
    if one == other:
        return None
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            if key not in one or key not in other:
                return f"{where}.{key} is only in one"
            found = difference(one[key], other[key], f"{where}.{key}")
            if found:
                return found
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            found = difference(left, right, f"{where}[{number}]")
            if found:
                return found
    return f"{where}: {one!r} and {other!r}"
