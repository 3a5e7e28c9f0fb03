"""Where a commit's events stand: by account, each as long as it is, and back from what the tables keep."""

from typing import Any

import pytest

from server.ports import Batch
from server.storage.journal.event_places import places_in, runs_of
from server.storage.journal.record import Numbered, encoded
from server.storage.journal.table_rows import table_rows
from tests.contracts.journals import event


def test_each_account_has_one_run_in_a_commit() -> None:
    """Its first seq, and of each event the cursor, the name, and where it stands among all of them."""
    events: list[list[Any]] = [["ann", "bob", "ann"], [4, 1, 5], ["a", "b", "c"], [0, 0, 0], [10, 20, 30]]
    (ann, bob) = runs_of(7, events, 100)
    assert ann[:2] == ("ann", 4)
    assert places_in(ann[2]) == [[8, "a", 100, 10], [10, "c", 130, 30]]
    assert (*bob[:2], places_in(bob[2])) == ("bob", 1, [[9, "b", 110, 20]])


def test_places_lead_to_the_payloads_in_a_record() -> None:
    """Byte for byte, whatever letters stand before them."""
    payloads = ['{"x":"grün 取引"}'.encode(), b"{}", '{"y":"🙂"}'.encode()]
    batch = Batch(events=[event("ann" if seq != 2 else "bob", seq, data) for seq, data in enumerate(payloads, 1)])
    record = encoded(Numbered(batch, 0, 0, {}, set()))
    found = {
        cursor: record[start : start + length]
        for _, _, places in table_rows(record).runs
        for cursor, _, start, length in places_in(places)
    }
    assert [found[cursor] for cursor in (1, 2, 3)] == payloads


def test_text_that_was_never_kept_is_an_error() -> None:
    with pytest.raises(ValueError, match="unexpected"):
        places_in("[[1,")
