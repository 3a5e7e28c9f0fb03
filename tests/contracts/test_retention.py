"""What must hold where old events are let go: what is left is told whole and in order, and nothing else is touched."""

import os
import random
from collections.abc import Callable
from contextlib import closing

import pytest

from server.ports import Batch, StoredEvent
from server.storage.database import Database, open_database
from tests.contracts.journals import account, at, event, order, trade
from tests.eventually import eventually

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
NAMES = ("ann", "bob", "cyd")


def cut(database: Database, before: int) -> None:
    """Everything that is due, once the tables have it."""
    eventually(lambda: database.behind().commits == 0)
    while database.retention.step(at(before)):
        pass


class Told:
    """A history as it was committed, kept whole here."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.events: list[tuple[str, int, bytes]] = []
        self.heads = dict.fromkeys(NAMES, 0)
        self.moment = 0  # of the newest event
        self.moments: list[int] = []

    def batch(self) -> Batch:
        """A few events of some accounts, each a moment after the last commit's."""
        self.moment += self._draw.randrange(1, 4)
        batch = Batch()
        for name in self._draw.sample(NAMES, self._draw.randrange(1, 4)):
            for _ in range(self._draw.randrange(1, 4)):
                self.heads[name] += 1
                row = event(name, self.heads[name], b'{"of":"%b","n":%d}' % (name.encode(), self.heads[name]))
                batch.events.append(row._replace(at=at(self.moment)))
                self.events.append((name, row.seq, row.data))
                self.moments.append(self.moment)
            batch.accounts[name] = account(name, self.heads[name])
        return batch

    def since(self, before: int) -> int:
        """How many of all events may be gone at most."""
        return sum(moment < before for moment in self.moments)


def plain(found: list[StoredEvent]) -> list[tuple[str, int, bytes]]:
    return [(one.account, one.seq, one.data) for one in found]


def all_of(read: Callable[[int], list[StoredEvent]], place: Callable[[StoredEvent], int]) -> list[StoredEvent]:
    """Page by page, from the very beginning."""
    found: list[StoredEvent] = []
    while page := read(place(found[-1]) if found else 0):
        found += page
    return found


def check(database: Database, told: Told, gone_at_most: int) -> None:
    """Every read gives an end of what was committed, and no younger event is missing."""
    history = database.history
    size = 1 + len(told.events) // 7
    for name in NAMES:
        own = [one for one in told.events if one[0] == name]
        found = plain(all_of(lambda after, who=name: history.events(who, after, size), lambda one: one.seq))  # type: ignore[misc]
        assert found == own[len(own) - len(found) :]
        assert set(own) & set(told.events[gone_at_most:]) <= set(found)
    found = plain(all_of(lambda after: history.all_events(after, size), lambda one: one.cursor))
    assert found == told.events[len(told.events) - len(found) :]
    assert len(found) >= len(told.events) - gone_at_most
    assert history.head_cursor() == len(told.events)


@pytest.mark.parametrize("seed", range(2 * SOAK))
def test_what_is_left_is_the_end_of_what_was_told(url: str, seed: int) -> None:
    """Random commits, cuts and restarts: whoever reads, in pages of any size, gets the end of the uncut history."""
    draw = random.Random(seed)
    told, before = Told(draw), 0
    database = open_database(url, "paper")
    try:
        for _ in range(8):
            for _ in range(draw.randrange(1, 6)):
                database.journal.commit(told.batch())
            if draw.random() < 0.6:
                before = max(before, draw.randrange(told.moment + 2))
                cut(database, before)
            if draw.random() < 0.3:
                database.close()
                database = open_database(url, "paper")
            check(database, told, told.since(before))
    finally:
        database.close()


def test_only_what_is_older_goes_and_never_the_last(url: str) -> None:
    """An event of the very moment stays; with everything due, the last commit does."""
    with closing(open_database(url, "paper")) as database:
        for seq in range(1, 21):
            database.journal.commit(Batch(events=[event("ann", seq)], accounts={"ann": account("ann", seq)}))
        assert not database.retention.step(at(1))
        assert [one.seq for one in database.history.events("ann", 0, 99)] == [*range(1, 21)]
        cut(database, 8)
        assert [one.seq for one in database.history.events("ann", 0, 99)] == [*range(8, 21)]
        cut(database, 99)
        assert [one.seq for one in database.history.events("ann", 0, 99)] == [20]
        database.journal.commit(Batch(events=[event("ann", 21)], accounts={"ann": account("ann", 21)}))
        assert [one.seq for one in database.history.events("ann", 19, 99)] == [20, 21]


def test_orders_trades_and_ids_stay(url: str) -> None:
    """Whose events are gone goes on where they were, over a restart too, and no client order id is free again."""
    rows = {one.id: one for one in (order(number, status="filled") for number in range(1, 9))}
    for opened in range(3):
        with closing(open_database(url, "paper")) as database:
            if not opened:
                for number, row in enumerate(rows.values(), 1):
                    batch = Batch(events=[event("ann", number)], orders={row.id: row}, trades=[trade(number)])
                    database.journal.commit(batch)
                database.journal.commit(Batch(events=[event("bob", 1)], accounts={"ann": account("ann", 8)}))
            cut(database, 100)
            assert database.history.events("ann", 0, 99) == []
            assert database.journal.load().accounts[0].seq == 8
            assert database.journal.find_order("ann", "c-3") == rows["o-3"]
            assert len(database.history.orders("ann").items) == len(database.history.trades("ann").items) == 8
    with closing(open_database(url, "paper")) as database:
        database.journal.commit(Batch(events=[event("ann", 9)], accounts={"ann": account("ann", 9)}))
        assert [one.seq for one in database.history.events("ann", 0, 99)] == [9]
        epoch = database.epoch
    with closing(open_database(url, "paper")) as database:
        assert database.epoch == epoch


def test_writer_comes_back_to_a_history_that_was_cut(url: str) -> None:
    """A database that was away is known again by its heads, though the events that had them are gone."""
    with closing(open_database(url, "paper")) as database:
        for seq in (1, 2, 3):
            database.journal.commit(Batch(events=[event("ann", seq)], accounts={"ann": account("ann", seq)}))
        database.journal.commit(Batch(events=[event("bob", 1)], accounts={"bob": account("bob", 1)}))
        cut(database, 100)
        assert database.journal.resume() is False
        database.journal.commit(Batch(events=[event("ann", 4)], accounts={"ann": account("ann", 4)}))
        assert [one.seq for one in database.history.events("ann", 0, 9)] == [4]
