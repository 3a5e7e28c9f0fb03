"""The journal in memory, on which other tests rely, beside the database: the same batches, the same answers."""

from pathlib import Path
from random import Random

import pytest

from server.ports import Batch, BatchRefused, JournalFailure, OpenState
from server.storage.database import open_database
from tests.contracts.journals import account, at, event, events, market, of_orders, order, position, trade
from tests.server.executor.rig import MemoryJournal

STATUSES = ("accepted", "partially_filled", "filled", "cancelled")


def some_batches(chance: Random) -> list[Batch]:
    """Orders that come, change and end, positions that open and close, accounts at their heads, marks that move."""
    heads = {"ann": 0, "bob": 0}
    made = []
    for number in range(40):
        name = chance.choice(("ann", "bob"))
        heads[name] += 1
        batch = Batch(events=[event(name, heads[name])], accounts={name: account(name, heads[name], f"{number}")})
        of = chance.randrange(12)
        row = order(of, ("ann", "bob")[of % 2], status=chance.choice(STATUSES), updated_at=at(number))
        batch.orders[row.id] = row
        if chance.random() < 0.5:
            held = position(chance.randrange(3), quantity=chance.choice(("0", "1.5")))
            batch.positions[held.id] = held
        if chance.random() < 0.5:
            batch.trades.append(trade(number, name))
        if chance.random() < 0.3:
            batch.markets["BTC/USD"] = market("BTC/USD", f"{45_000 + number}")
        made.append(batch)
    return made


def seen(state: OpenState) -> tuple[object, ...]:
    """An open state without its epoch, in an order of its own."""
    return (
        sorted(state.accounts, key=lambda row: row.account),
        sorted(state.orders, key=lambda row: row.id),
        sorted(state.positions, key=lambda row: row.id),
        sorted(state.markets, key=lambda row: row.symbol),
        state.last_venue_trade_id,
    )


@pytest.mark.parametrize("seed", range(5))
def test_executor_s_journal_loads_what_the_database_loads(tmp_path: Path, seed: int) -> None:
    """After every batch: accounts, open orders and positions, marks and the venue's last trade."""
    database, memory = open_database(f"sqlite:///{tmp_path / 'tradeterm.db'}", "paper"), MemoryJournal()
    try:
        for batch in some_batches(Random(seed)):
            database.journal.commit(batch)
            memory.commit(batch)
            assert seen(memory.load()) == seen(database.journal.load())
        for number in range(12):
            key = (("ann", "bob")[number % 2], f"c-{number}")
            assert memory.find_order(*key) == database.journal.find_order(*key)
    finally:
        database.close()


@pytest.mark.parametrize(
    ("batch", "refusal"),
    [
        (of_orders(order(2, client_order_id="c-1")), BatchRefused),
        (Batch(events=[event("ann", 3)], accounts={"ann": account("ann", 3)}), JournalFailure),
        (Batch(events=[event("ann", 1)], accounts={"ann": account("ann", 1)}), JournalFailure),
    ],
    ids=["another order of the same id", "a gap", "a number twice"],
)
def test_executor_s_journal_refuses_what_the_database_refuses(
    tmp_path: Path, batch: Batch, refusal: type[Exception]
) -> None:
    """And nothing of it is there afterwards."""
    database, memory = open_database(f"sqlite:///{tmp_path / 'tradeterm.db'}", "paper"), MemoryJournal()
    try:
        for journal in (database.journal, memory):
            journal.commit(events("ann", 1, 1))
            journal.commit(of_orders(order(1)))
            with pytest.raises(refusal):
                journal.commit(batch)
        assert seen(memory.load()) == seen(database.journal.load())
    finally:
        database.close()
