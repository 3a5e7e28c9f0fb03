"""What is left when the disk fills up or the process is killed: whole batches, and only those that were reported."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from server.ports import Batch, JournalFailure
from server.storage.database import open_database
from server.storage.errors import DatabaseRefused
from tests.contracts.journals import account, event, order
from tests.small_disk import room_for

COMMITS = 400
TIME_LIMIT_S = 300  # a machine may be busy

# Commits batches of three events, an order and the account, and says each number after the commit has returned.
WRITER = textwrap.dedent(
    """
    import resource, signal, sys
    from server.ports import Batch, JournalFailure
    from server.storage.database import open_database
    from tests.contracts.journals import account, event, order

    url, limit = sys.argv[1], int(sys.argv[2])
    database = open_database(url, "paper")
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    first = database.journal.load()
    start = first.accounts[0].seq // 3 if first.accounts else 0
    for number in range(start + 1, start + 1 + int(sys.argv[3])):
        seq = number * 3
        one = order(number, payload=b'{"fill":"%s"}' % (b"x" * 4000))
        batch = Batch(
            events=[event("ann", seq - 2), event("ann", seq - 1), event("ann", seq)],
            orders={one.id: one},
            accounts={"ann": account("ann", seq)},
        )
        try:
            database.journal.commit(batch)
        except JournalFailure as failure:
            print("failure", failure, flush=True)
            try:
                database.journal.commit(batch)
            except JournalFailure:
                sys.exit(7)
            sys.exit(8)
        print(number, flush=True)
    """
)


def writer(path: Path, limit: int = 0, commits: int = COMMITS) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, f"sqlite:///{path}", str(limit), str(commits)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradeterm.db"


def whole_batches(path: Path) -> int:
    """How many batches the database holds; each of them must be there in all its parts."""
    database = open_database(f"sqlite:///{path}", "paper")
    seqs = [one.seq for one in database.history.events("ann", 0, 10_000)]
    state = database.journal.load()
    orders = len(state.orders)
    head = state.accounts[0].seq if state.accounts else 0
    database.close()
    assert seqs == list(range(1, len(seqs) + 1))
    assert (len(seqs), head) == (orders * 3, orders * 3)
    return orders


def test_full_disk_is_a_failure_and_leaves_whole_batches(path: Path) -> None:
    """The commit that finds no room raises, so does every later one, and the file holds exactly what was reported."""
    process = writer(path, limit=600_000)
    out, _ = process.communicate(timeout=TIME_LIMIT_S)
    done = [line for line in out.splitlines() if line.isdecimal()]
    (failure,) = [line for line in out.splitlines() if line.startswith("failure")]
    assert process.returncode == 7, out
    assert failure.startswith("failure the journal could not be written")
    assert "full" in failure
    assert whole_batches(path) == len(done) > 0


def test_after_room_was_made_the_journal_goes_on(path: Path) -> None:
    """The same database opens again and takes the next batch."""
    writer(path, limit=600_000).communicate(timeout=TIME_LIMIT_S)
    before = whole_batches(path)
    process = writer(path, commits=5)
    process.communicate(timeout=TIME_LIMIT_S)
    assert process.returncode == 0
    assert whole_batches(path) == before + 5


@pytest.mark.parametrize("size", [0, 40, 4_096, 70_000, 120_000, 200_000])
def test_disk_that_is_full_from_the_start(path: Path, size: int) -> None:
    """Wherever in the making of which file it is found: refused in one sentence, or open and true. With room made, all
    that was reported is there."""
    reported, said = 0, "full"
    with room_for(size):
        try:
            database = open_database(f"sqlite:///{path}", "paper")
        except DatabaseRefused as refused:
            said = str(refused)
        else:
            try:
                for number in range(1, 20):
                    one, seq = order(number, payload=b'{"fill":"%s"}' % (b"x" * 4000)), number * 3
                    events = [event("ann", seq - 2), event("ann", seq - 1), event("ann", seq)]
                    database.journal.commit(Batch(events, {one.id: one}, accounts={"ann": account("ann", seq)}))
                    reported = number
            except JournalFailure as failure:
                said = str(failure)
            database.close()
    assert "full" in said
    assert "\n" not in said
    assert whole_batches(path) == reported


@pytest.mark.parametrize("told", [1, 7, 60], ids=str)
def test_killed_writer_leaves_whole_batches(path: Path, told: int) -> None:
    """kill -9 in the midst of commits: nothing that was reported is missing, and at most one batch more is there."""
    process = writer(path)
    assert process.stdout is not None
    last = 0
    for line in process.stdout:
        last = int(line)
        if last == told:
            os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=TIME_LIMIT_S)
    process.stdout.close()
    assert told <= last <= whole_batches(path) <= last + 1
