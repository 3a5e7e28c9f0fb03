"""What is kept is asked of the tables and of what they do not have yet: the same answers, wherever a row is just now."""

from dataclasses import replace
from pathlib import Path

from server.ports import RESET_TRADE, Batch, OpenState
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.database import open_database
from server.storage.journal.kept import KeptRows
from server.storage.journal.numbering import Newest
from server.storage.journal.unprojected import Unprojected
from tests.contracts.journals import Asleep, account, events, market, order, position, trade, transfer
from tests.server.storage.journals import url_of

STEPS = [
    Batch(
        orders={"o-1": order(1), "o-2": order(2)},
        positions={"p-1": position(1)},
        accounts={"ann": account("ann", 0)},
        trades=[trade(1), replace(trade(2), venue_trade_id=f"{RESET_TRADE}2")],
        markets={"X/Y": market("X/Y", "1")},
        transfers=[transfer(1)],
    ),
    events("bob", 1, 2),
    Batch(
        orders={"o-1": order(1, status="cancelled"), "o-0": order(0)},
        positions={"p-1": position(1, quantity="0"), "p-2": position(2, symbol="A/B")},
        accounts={"ann": account("ann", 0, "5")},
        markets={"X/Y": market("X/Y", "2"), "A/B": market("A/B", None)},
    ),
]


def loaded(path: Path, projected: int) -> OpenState:
    """The state after all steps, of which the tables have the first few."""
    database = open_database(url_of(path), "paper")
    for step in STEPS[:projected]:
        database.journal.commit(step)
    database.close()
    database = open_database(url_of(path), "paper", start_projector=Asleep)
    for step in STEPS[projected:]:
        database.journal.commit(step)
    state = database.journal.load()
    assert database.journal.find_order("ann", "c-1") == order(1, status="cancelled")
    database.close()
    return replace(state, epoch="")


def test_open_state_is_the_same_however_far_the_tables_are(tmp_path: Path) -> None:
    """What ended is gone, what changed is as it was last, oldest orders first."""
    states = [loaded(tmp_path / f"{projected}.db", projected) for projected in range(4)]
    assert states[0].orders == [order(0), order(2)]
    assert [one.id for one in states[0].positions] == ["p-2"]
    assert [one.account for one in states[0].accounts] == ["ann", "bob"]
    assert states[0].markets == [market("A/B", None), market("X/Y", "2")]
    assert states[0].last_venue_trade_id == "v-1"
    assert all(state == states[0] for state in states)


def test_newest_ids_and_numbers_are_those_of_the_tables(tmp_path: Path) -> None:
    """A start goes on from there."""
    path = tmp_path / "tradeterm.db"
    loaded(path, 0)
    open_database(url_of(path), "paper").close()
    kept = KeptRows(SqliteFile(path).link(), Unprojected())
    assert kept.newest() == Newest("o-2", "t-2", "x-1", order=3, trade=2, cursor=2)
    assert kept.heads() == {"ann": 0, "bob": 2}
    assert kept.open_orders() == {"o-0": 3, "o-2": 2}
    assert (kept.has_trade("t-1"), kept.has_trade("t-9")) == (True, False)
    assert (kept.has_transfer("x-1"), kept.has_transfer("x-2")) == (True, False)
    assert kept.has_any_order([("bob", "c-1"), ("ann", "c-1")])
    assert not kept.has_any_order([("bob", "c-1")])
