"""A record is taken apart by its own process as well, which has nothing but bytes: see `test_record.py` for the way there."""

import orjson
import pytest

from server.storage.journal.table_rows import FORMAT, START, RecordDamaged, events_in, table_rows


def record(head: object, body: bytes = b"") -> bytes:
    text = orjson.dumps(head)
    return START.pack(FORMAT, len(text)) + text + body


def test_payloads_are_cut_out_of_the_body() -> None:
    """Events one after the other from its beginning; the others where their row says, also within an event."""
    events = [["ann", "bob"], [1, 7], ["order:created", "order:filled"], [5, 6], [4, 6]]
    order = [3, "o", "ann", "c", "f", "BTC/USD", "buy", "filled", 0, 1, 2, 6, 3, None, None]
    whole = record([10, 0, events, [order], [], [], [], [], []], "abcdüxyz0".encode())
    told = [(11, "ann", 1, "order:created", 5, b"abcd"), (12, "bob", 7, "order:filled", 6, "üxyz0".encode())]
    assert events_in(whole) == told
    found = table_rows(whole)
    starts = {account: orjson.loads(places)[0][2] for account, _, places in found.runs}
    assert {account: whole[at : at + 4] for account, at in starts.items()} == {"ann": b"abcd", "bob": "üxy".encode()}
    assert found.orders == [(3, "o", "ann", "c", "f", "BTC/USD", "buy", "filled", 0, 1, 2, "xyz", None)]


@pytest.mark.parametrize(
    "damaged",
    [
        record([]),
        record([0, 0, [["ann"], [1], ["x"], [1], []], [], [], [], [], [], []]),
        record([0, 0, [[], [], [], [], []], [], [], [], [], [], [["X/Y", None, 0, 1]]], b"\xff"),
        record("text"),
        START.pack(FORMAT + 1, 2) + b"[]",
    ],
    ids=["empty", "columns of unlike length", "no text", "no list", "another form"],
)
def test_what_does_not_fit_is_damaged(damaged: bytes) -> None:
    """Never half of its rows."""
    with pytest.raises(RecordDamaged):
        table_rows(damaged)
