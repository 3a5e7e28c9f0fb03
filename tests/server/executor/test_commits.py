"""A commit that takes long, or is in doubt: waited for within a bound, found again, or written once more, never twice."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from server.executor import commits as module
from server.executor.commits import Commits
from server.ports import Batch, BatchRefused, DatabaseAway, JournalFailure, OpenState, OrderRow
from tests.fakes import ManualClock


class Journal:
    """A journal that can be slow, away, and of two minds about what it did."""

    def __init__(self, *, is_remote: bool = False) -> None:
        self.is_remote = is_remote
        self.clock = ManualClock()
        self.sealed: list[Batch] = []
        self.threads: list[int] = []
        self.takes_s = 0.0
        self.away_for = 0  # how many more calls are not answered
        self.was_sealed_all_the_same = False  # when it was away, what was under way took place
        self.refusal: Exception | None = None
        self._staged = Batch()

    def load(self) -> OpenState:
        return OpenState("e", [], [], [], [], None)

    def stage(self, batch: Batch) -> None:
        if self.refusal is not None:
            raise self.refusal
        self._staged = batch

    def seal(self) -> None:
        self.threads.append(threading.get_ident())
        self.clock.advance(self.takes_s)
        if self.away_for:
            self.away_for -= 1
            if self.was_sealed_all_the_same:
                self.sealed.append(self._staged)
            raise DatabaseAway("the line was cut")
        self.sealed.append(self._staged)

    def commit(self, batch: Batch) -> None:
        self.stage(batch)
        self.seal()

    def resume(self) -> bool:
        self.clock.advance(1)
        if self.away_for:
            self.away_for -= 1
            raise DatabaseAway("still away")
        return self._staged in self.sealed

    def find_order(self, account: str, client_order_id: str) -> OrderRow | None:
        return None


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two attempts."""
    monkeypatch.setattr(module, "AGAIN_S", 0)


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def commits(journal: Journal) -> Iterator[Commits]:
    made = Commits(journal, journal.clock, wait_s=10)
    yield made
    made.close()


async def test_a_quick_disk_is_waited_for_on_the_loop(journal: Journal, commits: Commits) -> None:
    """A change of threads costs more than the write."""
    batch = Batch()
    await commits.commit(batch, is_lone=True)
    assert journal.sealed == [batch]
    assert journal.threads == [threading.get_ident()]
    assert commits.load().epoch == "e"


async def test_a_slow_disk_is_waited_for_apart(journal: Journal, commits: Commits) -> None:
    """So that everybody else goes on; and where it is quick again, on the loop again."""
    journal.takes_s = 1.0
    for _ in range(20):
        await commits.commit(Batch(), is_lone=True)
    assert journal.threads[-1] != threading.get_ident()
    journal.takes_s = 0.0
    for _ in range(2_000):
        await commits.commit(Batch(), is_lone=True)
    assert journal.threads[-1] == threading.get_ident()
    assert len(journal.sealed) == 2_020


async def test_a_commit_of_many_is_waited_for_apart(journal: Journal, commits: Commits) -> None:
    """However quick the disk is: the loop reads meanwhile what comes after them."""
    for _ in range(20):
        await commits.commit(Batch(), is_lone=False)
    assert threading.get_ident() not in journal.threads
    await commits.commit(Batch(), is_lone=True)
    assert journal.threads[-1] == threading.get_ident()


async def test_a_server_of_a_database_is_always_waited_for_apart() -> None:
    """Its answer comes over a line."""
    journal = Journal(is_remote=True)
    commits = Commits(journal, journal.clock)
    await commits.commit(Batch(), is_lone=True)
    commits.close()
    assert journal.threads
    assert threading.get_ident() not in journal.threads


@pytest.mark.parametrize("took_place", [True, False])
async def test_a_commit_in_doubt_is_found_or_written_again(
    journal: Journal, commits: Commits, took_place: bool
) -> None:
    """Once the database is back, and in the end it is there once."""
    journal.away_for, journal.was_sealed_all_the_same = 3, took_place
    batch = Batch()
    await commits.commit(batch, is_lone=True)
    assert journal.sealed == [batch]


async def test_one_that_is_cut_again_while_it_is_repeated_is_waited_for_again(
    journal: Journal, commits: Commits
) -> None:
    """Away, back, away in the midst of the second attempt, back."""
    journal.away_for, batch = 1, Batch()
    resume = journal.resume

    def back_and_away_again() -> bool:
        found = resume()
        journal.away_for = 0 if len(journal.threads) > 1 else 1
        return found

    journal.resume = back_and_away_again  # type: ignore[method-assign]
    await commits.commit(batch, is_lone=True)
    assert journal.sealed == [batch]


async def test_a_database_that_stays_away_is_given_up(journal: Journal, commits: Commits) -> None:
    """After the bound, with the reason; whether it took place is not known."""
    journal.away_for = 1_000
    with pytest.raises(JournalFailure, match="did not come back within 10 s: the line was cut"):
        await commits.commit(Batch(), is_lone=True)
    assert 10 <= journal.clock.monotonic() <= 12
    assert journal.sealed == []


async def test_what_is_refused_is_refused_at_once(journal: Journal, commits: Commits) -> None:
    """It is the batch's own fault: waiting would not help."""
    journal.refusal = BatchRefused("a row is there already")
    with pytest.raises(BatchRefused):
        await commits.commit(Batch(), is_lone=True)
    assert journal.clock.monotonic() == 0


async def test_a_question_that_was_not_answered_is_waited_for_without_a_batch(
    journal: Journal, commits: Commits
) -> None:
    """Nothing of it is written, for nothing was decided."""
    journal.away_for = 2
    await commits.renew()
    assert journal.sealed == []
    journal.away_for = 1_000
    with pytest.raises(JournalFailure):
        await commits.renew()


async def test_others_go_on_while_a_database_is_away(journal: Journal, commits: Commits) -> None:
    """The loop is free between two attempts."""
    journal.away_for = 4
    turns = 0
    committing = asyncio.create_task(commits.commit(Batch(), is_lone=True))
    while not committing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 4
