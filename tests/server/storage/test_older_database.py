"""Real databases of older versions, as `kill -9` left them: brought over with all that is in them.

Each was made by that version's server: two users who trade, orders at rest, and in `facts.json` what its API said of them.
The first is of before there was a journal's file, the second of when events stood in it and once more as rows of a table,
and has commits that the tables had not yet.
"""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.ports import Batch
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.backup import back_up
from server.storage.checkup import faults
from server.storage.database import Database, open_database, upgrade
from server.storage.migrations import HEAD
from tests.contracts.journals import event, order
from tests.server.storage.journals import projection_of, url_of

OLDER = {"before_the_journal": ("0002", 0), "events_in_rows": ("0003", 24)}  # the revision, and how many commits it has

Facts = dict[str, Any]


@pytest.fixture(params=list(OLDER))
def older(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def path(tmp_path: Path, older: str) -> Path:
    with tarfile.open(Path(__file__).with_name(f"{older}.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "tradeterm.db"


def by_command(path: Path, revision: str) -> None:
    assert upgrade(url_of(path)) == (revision, HEAD)


def by_starting(path: Path, revision: str) -> None:
    """Nothing is done before."""


def check(database: Database, facts: Facts) -> None:
    """What the old version told is what this one tells."""
    for name in ("ann", "bob"):
        events = database.history.events(name, 0, 1_000)
        assert [(one.seq, one.event) for one in events] == [(one["seq"], one["event"]) for one in facts[name]["events"]]
        assert [json.loads(one.data) for one in events] == [one["data"] for one in facts[name]["events"]]
        listed = database.history.orders(name, limit=500).items
        assert [json.loads(one) for one in listed] == facts[name]["orders"]
        trades = database.history.trades(name, limit=500).items
        assert [json.loads(one) for one in trades] == facts[name]["trades"]


@pytest.mark.parametrize("bring_over", [by_command, by_starting])
def test_everything_is_there_and_it_goes_on(path: Path, older: str, bring_over: Callable[[Path, str], None]) -> None:
    """History, open state, ids and epoch are those of before; what is committed now follows them, over another restart."""
    facts: Facts = json.loads(path.with_name("facts.json").read_text())
    epoch = path.with_name("tradeterm.db.mark").read_text().split()[0]
    revision, commits = OLDER[older]
    bring_over(path, revision)
    database = open_database(url_of(path), "paper")
    assert database.epoch == epoch
    check(database, facts)
    state = database.journal.load()
    assert {one.client_order_id for one in state.orders} == {"ann-rest", "bob-rest"}
    assert {one.account: one.seq for one in state.accounts}["ann"] == facts["ann"]["events"][-1]["seq"]
    found = database.journal.find_order("ann", "ann-gone")
    assert found is not None
    assert found.status == "cancelled"
    head, cursor = facts["ann"]["events"][-1]["seq"], database.history.head_cursor()
    database.journal.commit(Batch(events=[event("ann", head + 1)], orders={"o-1": order(1)}))
    database.close()
    again = open_database(url_of(path), "paper")
    assert [(one.seq, one.cursor) for one in again.history.events("ann", head, 9)] == [(head + 1, cursor + 1)]
    assert len(again.history.orders("ann", limit=500).items) == len(facts["ann"]["orders"]) + 1
    again.close()
    assert projection_of(path).place() == commits + 1
    assert faults(SqliteFile(path)) == []


def test_pages_go_over_from_rows_to_records(path: Path) -> None:
    """Of one account and of all: from any place, and in a copy."""
    facts: Facts = json.loads(path.with_name("facts.json").read_text())
    database = open_database(url_of(path), "paper")
    own = [one["seq"] for one in facts["ann"]["events"]]
    for after in range(len(own)):
        found = [one.seq for one in database.history.events("ann", after, 7)]
        assert found == own[after : after + 7]
    told = database.history.all_events(0, 10_000)
    assert [one.cursor for one in told] == list(range(1, len(told) + 1))
    for after in range(0, len(told), 3):
        assert database.history.all_events(after, 5) == told[after : after + 5]
    copy = path.with_name("copy.db")
    back_up(url_of(path), copy)
    database.close()
    copied = open_database(url_of(copy), "paper")
    assert copied.history.all_events(0, 10_000) == told
    check(copied, facts)
    copied.close()
