"""The journal as lines: in order, each once, bounded, and of one story only."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tradeterm.tui.desk.event_log import LINES, EventLog

ACCEPTED: dict[str, Any] = {
    "order": {"side": "buy", "quantity": "0.5", "symbol": "BTC/USD", "price": "45010.50", "filledQuantity": "0"},
    "timestamp": "2026-01-05T12:31:07.000Z",
}


def log() -> EventLog:
    return EventLog(lambda symbol: 2)


def put(events: EventLog, seq: int, name: str = "order:accepted") -> None:
    events.put(seq, name, ACCEPTED)


@given(st.lists(st.integers(1, 50), max_size=80))
def test_lines_are_newest_first_and_each_once(seqs: list[int]) -> None:
    """History that comes after live events finds its place."""
    events = log()
    events.restart("e")
    for seq in seqs:
        put(events, seq)
    assert [line.id for line in events.newest_first()] == [f"e:{seq}" for seq in sorted(set(seqs), reverse=True)]


def order_event(order_id: str, filled: str = "0") -> dict[str, Any]:
    return {
        **ACCEPTED,
        "order": {**ACCEPTED["order"], "id": order_id, "filledQuantity": filled, "averagePrice": "45010.50"},
    }


def test_an_order_has_one_line_which_tells_the_newest_of_it() -> None:
    """Whatever comes first, the history or what is live; what went wrong stays beside it."""
    events = log()
    events.put(5, "order:filled", order_event("a", "0.5"))
    events.put(3, "order:accepted", order_event("a"))
    events.put(4, "order:cancel_rejected", order_event("a"))
    events.put(6, "order:accepted", order_event("b"))
    events.put(8, "order:cancelled", order_event("b"))
    texts = [line.text for line in events.newest_first()]
    assert len(texts) == 3
    assert ("cancelled" in texts[0], "filled" in texts[1], "could not be cancelled" in texts[2]) == (True,) * 3


def test_what_became_of_the_link_stands_where_it_happened() -> None:
    """Between what came before it and what came after."""
    events = log()
    put(events, 1)
    events.note(datetime(2026, 1, 5, 12, 32, tzinfo=UTC), "The link to the server is lost")
    events.put(2, "order:accepted", {**ACCEPTED, "timestamp": "2026-01-05T12:33:00.000Z"})
    assert [line.id.startswith("note") for line in events.newest_first()] == [False, True, False]


def test_the_oldest_lines_go_when_there_are_too_many() -> None:
    """The list is bounded."""
    events = log()
    for seq in range(LINES + 10):
        put(events, seq)
    assert len(events.newest_first()) == LINES
    assert events.newest_first()[0].id.endswith(f":{LINES + 9}")


def test_another_epoch_is_another_story() -> None:
    """Its numbers begin anew, and nothing of the old one is left."""
    events = log()
    events.restart("a")
    put(events, 7)
    events.restart("a")
    assert len(events.newest_first()) == 1
    events.restart("b")
    assert list(events.newest_first()) == []


def test_what_needs_no_line_has_none() -> None:
    """A balance is not an event that one reads."""
    events = log()
    put(events, 1, "balance:updated")
    assert list(events.newest_first()) == []
