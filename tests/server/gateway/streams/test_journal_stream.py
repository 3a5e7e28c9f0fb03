"""Readers of the journal: each event once and in order, whoever falls behind or comes late."""

from collections.abc import Iterable

import pytest

from server.gateway.streams.journal_stream import (
    PAGE,
    AccountFeed,
    JournalFeed,
    MonitorFeed,
    PlacedFacts,
    Reader,
    rows_by_account,
)
from server.ports import Batch, EventRow
from tests.fakes import START
from tests.server.gateway.rig import MemoryJournal
from tradeterm.protocol.vocabulary import EventName

LIVE = b"|live;"


class Plain:
    """A dialect that can be read in a failing test: `ann-1;`, and `ann-1R;` where it is told again."""

    def facts(self, facts: PlacedFacts, *, replay: bool) -> bytes:
        told = [(fact.account.encode(), fact.seq, b"R" if replay else b"") for _, fact in facts]
        return b"".join([b"%b-%d%b;" % one for one in told])

    def told(self, event: str, data: bytes, as_of: int) -> bytes:
        return b"told%d;" % as_of


class Ready:
    """Something to write to that is full while the test says so."""

    def __init__(self) -> None:
        self.ready, self.text = True, ""

    def write(self, data: bytes) -> bool:
        if self.ready:
            self.text += data.decode()
        return self.ready

    def said(self) -> list[str]:
        """What was written since the last time."""
        taken, self.text = self.text, ""
        return taken.split(";")[:-1]


def reader_of(feed: JournalFeed, place: int = 0) -> tuple[Reader, Ready]:
    wire = Ready()
    reader = Reader(feed, wire, place, lambda place: LIVE)
    feed.readers[reader] = None
    return reader, wire


def account(journal: MemoryJournal, name: str = "ann") -> AccountFeed:
    return AccountFeed(name, journal, journal, Plain())


def to_head(reader: Reader) -> None:
    while reader.pull():
        pass


def offer(feed: AccountFeed | MonitorFeed, readers: Iterable[Reader]) -> list[bool]:
    batch = feed.take()
    assert batch is not None
    return [reader.offer(batch) for reader in readers]


# ---------------------------------------------------------------- one reader


def test_a_reader_gets_what_it_missed_then_the_marker_then_what_comes() -> None:
    """In one order, without a gap and nothing twice."""
    journal = MemoryJournal()
    feed = account(journal)
    journal.append("ann")
    journal.append("bob")
    journal.append("ann")
    reader, wire = reader_of(feed, place=1)
    to_head(reader)
    assert wire.said() == ["ann-2R", "|live"]
    feed.collect([journal.append("ann")])
    assert offer(feed, [reader]) == [True]
    assert wire.said() == ["ann-3"]


def test_a_long_past_comes_in_pages_and_the_marker_behind_the_last() -> None:
    """As many as a page holds make one more to see that there is no more."""
    journal = MemoryJournal()
    for _ in range(2 * PAGE):
        journal.append("ann")
    reader, wire = reader_of(account(journal))
    assert reader.pull()
    assert not reader.live
    to_head(reader)
    assert wire.said() == [*(f"ann-{seq}R" for seq in range(1, 2 * PAGE + 1)), "|live"]


def test_what_a_full_wire_refuses_is_pulled_later() -> None:
    """The place stays where it was until the bytes were taken."""
    journal = MemoryJournal()
    feed = account(journal)
    reader, wire = reader_of(feed)
    to_head(reader)
    wire.said()
    wire.ready = False
    feed.collect([journal.append("ann")])
    assert offer(feed, [reader]) == [False]
    feed.collect([journal.append("ann")])
    assert offer(feed, [reader]) == [False]
    assert not reader.pull()
    wire.ready = True
    to_head(reader)
    assert wire.said() == ["ann-1", "ann-2"]


def test_the_marker_is_not_said_while_the_wire_is_full() -> None:
    """It goes with the page: on its own it could be lost."""
    journal = MemoryJournal()
    journal.append("ann")
    reader, wire = reader_of(account(journal))
    wire.ready = False
    to_head(reader)
    assert (wire.said(), reader.live) == ([], False)
    wire.ready = True
    to_head(reader)
    assert (wire.said(), reader.live) == (["ann-1R", "|live"], True)


def test_what_the_database_has_before_the_executor_heard_so_is_not_shown() -> None:
    """Only what the live state holds already: else a snapshot would be older than an event before it."""
    journal = MemoryJournal()
    journal.append("ann")
    journal.commit(Batch(events=[EventRow("ann", 2, EventName.ORDER_CREATED, b"{}", START)]))  # its head is still 1
    reader, wire = reader_of(account(journal))
    to_head(reader)
    assert wire.said() == ["ann-1R", "|live"]


def test_a_reader_that_had_a_batch_already_needs_nothing() -> None:
    """It pulled it from the journal, before the commit was told."""
    journal = MemoryJournal()
    feed = account(journal)
    row = journal.append("ann")
    reader, wire = reader_of(feed)
    to_head(reader)
    wire.said()
    feed.collect([row])
    assert offer(feed, [reader]) == [True]
    assert wire.said() == []


# ---------------------------------------------------------------- what is collected


def test_after_a_hole_only_what_follows_is_kept() -> None:
    """Who stands before it finds the rest in the journal."""
    journal = MemoryJournal()
    feed = account(journal)
    rows = [journal.append("ann") for _ in range(4)]
    feed.collect([rows[0]])
    feed.collect([rows[2], rows[3]])
    batch = feed.take()
    assert batch is not None
    assert (batch.before, batch.last, batch.events, batch.data) == (2, 4, 2, b"ann-3;ann-4;")
    assert feed.take() is None


def test_a_value_that_moved_with_the_price_joins_its_moment_and_no_other() -> None:
    """One that was overtaken by an event is worthless; it is no event."""
    journal = MemoryJournal()
    feed = account(journal)
    feed.collect([journal.append("ann")])
    feed.tell(EventName.BALANCE_UPDATED, b"{}", 1)
    feed.tell(EventName.BALANCE_UPDATED, b"{}", 0)
    batch = feed.take()
    assert batch is not None
    assert (batch.data, batch.events, batch.last) == (b"ann-1;told1;", 1, 1)
    feed.tell(EventName.BALANCE_UPDATED, b"{}", 1)
    batch = feed.take()
    assert batch is not None
    assert (batch.before, batch.last, batch.events) == (1, 1, 0)


@pytest.mark.parametrize(("after", "reaches"), [(0, False), (1, False), (2, True), (3, True), (4, False)])
def test_a_feed_reaches_back_as_far_as_the_journal_is_kept(after: int, reaches: bool) -> None:
    """Of four events two are kept; after the newest there is nothing to give."""
    journal = MemoryJournal()
    for _ in range(4):
        journal.append("ann")
    del journal.rows[:2]
    assert account(journal).reaches_back(after) is reaches
    assert MonitorFeed(journal, Plain()).reaches_back(after) is reaches


# ---------------------------------------------------------------- everybody's


def test_monitors_read_on_together_from_where_the_foremost_stands() -> None:
    """Who is behind is pulled; what is left out moves the place all the same."""
    journal = MemoryJournal()
    feed = MonitorFeed(journal, Plain())
    journal.append("ann")
    first, heard = reader_of(feed)
    to_head(first)
    assert heard.said() == ["ann-1R", "|live"]
    journal.append("ann", EventName.BALANCE_UPDATED)
    journal.append("bob")
    late, wire = reader_of(feed)
    assert offer(feed, [first, late]) == [True, False]
    assert heard.said() == ["bob-1"]
    assert first.flow.place == journal.head_cursor() == 3
    to_head(late)
    assert wire.said() == ["ann-1R", "bob-1R", "|live"]


def test_without_a_monitor_nothing_is_read() -> None:
    """And the next one begins where it says."""
    journal = MemoryJournal()
    feed = MonitorFeed(journal, Plain())
    journal.append("ann")
    assert feed.take() is None


def test_rows_are_sorted_out_by_those_accounts_that_are_heard_of_in_their_order() -> None:
    journal = MemoryJournal()
    rows = [journal.append(name) for name in ("ann", "cid", "bob", "ann")]
    heard = rows_by_account(rows, {"ann", "bob", "dora"})
    assert {name: [row.seq for row in of] for name, of in heard.items()} == {"ann": [1, 2], "bob": [1]}
