"""What every journal must do: all or nothing, in order, and the same after a restart."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from server.ports import Batch, BatchRefused, DatabaseAway, JournalFailure
from server.storage.database import Database, open_database
from tests.contracts.journals import (
    account,
    event,
    events,
    market,
    of_orders,
    order,
    position,
    trade,
    transfer,
)
from tests.eventually import eventually


def test_new_journal_holds_nothing_but_an_epoch(database: Database) -> None:
    """A fresh database has an epoch and no account, order, position or market."""
    state = database.journal.load()
    assert state.epoch == database.epoch
    assert state.epoch
    assert (state.accounts, state.orders, state.positions, state.markets) == ([], [], [], [])
    assert state.last_venue_trade_id is None


def test_committed_batch_comes_back_as_it_was(url: str) -> None:
    """After a restart every row that start-up needs equals the row that was committed, to the last digit."""
    one, two = order(1), order(2, status="partially_filled")
    held = position(1, quantity="-0.000000000001")
    owner = account("ann", 2, "-351170.000000000001")
    batch = Batch(
        events=[event("ann", 1), event("ann", 2)],
        orders={one.id: one, two.id: two},
        trades=[trade(1), trade(2)],
        positions={held.id: held},
        accounts={"ann": owner},
        transfers=[transfer(1)],
        markets={"BTC/USD": market("BTC/USD", "45000.5"), "ETH/USD": market("ETH/USD", None)},
    )
    database = open_database(url, "paper")
    database.journal.commit(batch)
    epoch = database.epoch
    database.close()
    again = open_database(url, "paper")
    state = again.journal.load()
    again.close()
    assert state.epoch == epoch
    assert state.accounts == [owner]
    assert state.orders == [one, two]
    assert state.positions == [held]
    assert state.markets == list(batch.markets.values())
    assert state.last_venue_trade_id == "v-2"


def test_later_state_of_a_row_replaces_the_earlier(database: Database) -> None:
    """An order, position, account or market is there once, as it was last committed."""
    database.journal.commit(
        Batch(
            orders={"o-1": order(1)},
            positions={"p-1": position(1)},
            accounts={"ann": account("ann", 0)},
            markets={"BTC/USD": market("BTC/USD", "1")},
        )
    )
    later = order(1, status="filled", updated_at=order(9).updated_at)
    database.journal.commit(
        Batch(
            orders={"o-1": later},
            positions={"p-1": position(1, quantity="0")},
            accounts={"ann": account("ann", 0, "5")},
            markets={"BTC/USD": market("BTC/USD", "2")},
        )
    )
    state = database.journal.load()
    assert (state.orders, state.positions) == ([], [])
    assert state.accounts[0].cash == Decimal(5)
    assert state.markets[0].last == Decimal(2)
    assert database.journal.find_order("ann", "c-1") == later


def test_positions_come_in_the_order_in_which_they_were_opened(url: str) -> None:
    """They are listed in that order, before a restart and after it."""
    opened = [position(3, symbol="ETH/USD"), position(4, symbol="ADA/USD")]
    database = open_database(url, "paper")
    database.journal.commit(Batch(positions={one.id: one for one in opened}, accounts={"ann": account("ann", 0)}))
    database.close()
    again = open_database(url, "paper")
    assert again.journal.load().positions == opened
    again.close()


def test_open_orders_come_oldest_first(database: Database) -> None:
    """The venue takes its queue back in the order in which the orders came."""
    database.journal.commit(of_orders(order(3), order(1)))
    database.journal.commit(of_orders(order(2), order(4, created_at=order(3).created_at)))
    assert [one.id for one in database.journal.load().orders] == ["o-1", "o-2", "o-3", "o-4"]


def test_client_order_id_is_found_long_after_the_order_ended(database: Database) -> None:
    """An id finds its order for ever, and only that of its own account."""
    database.journal.commit(of_orders(order(1, status="cancelled"), order(2)))
    found = database.journal.find_order("ann", "c-1")
    assert found == order(1, status="cancelled")
    assert database.journal.find_order("bob", "c-1") is None
    assert database.journal.find_order("ann", "c-3") is None


@pytest.mark.parametrize("seq", [0, 1, 2, 4, 5], ids=str)
def test_event_that_does_not_follow_is_refused_whole(database: Database, seq: int) -> None:
    """Head 2: only 3 may come. Any other seq is refused, and with it everything in its batch."""
    database.journal.commit(events("ann", 1, 2))
    batch = Batch(events=[event("bob", 1), event("ann", seq)], orders={"o-1": order(1)})
    with pytest.raises(JournalFailure):
        database.journal.commit(batch)
    assert [one.seq for one in database.history.events("ann", 0, 10)] == [1, 2]
    assert database.history.events("bob", 0, 10) == []
    assert database.journal.load().orders == []


@pytest.mark.parametrize(
    "row",
    [
        Batch(trades=[trade(1)]),
        Batch(accounts={"bob": account("bob", 2**63)}),
        Batch(orders={"o-2": order(2, client_order_id="\ud800")}),
    ],
    ids=["a key that is there", "a number that does not fit", "text that is none"],
)
def test_refused_row_leaves_nothing_of_its_batch_and_the_journal_goes_on(database: Database, row: Batch) -> None:
    """A row that the database refuses takes its whole batch along, and nothing else: the next batch is written."""
    database.journal.commit(Batch(events=[event("ann", 1)], trades=[trade(1)]))
    with pytest.raises(BatchRefused, match="not written"):
        database.journal.commit(replace(row, events=[event("ann", 2)], markets={"X/USD": market("X/USD", "1")}))
    assert [one.seq for one in database.history.events("ann", 0, 10)] == [1]
    assert database.journal.load().markets == []
    database.journal.commit(events("ann", 2, 2))
    assert [one.seq for one in database.history.events("ann", 0, 10)] == [1, 2]


def test_second_order_of_a_client_id_cannot_be_committed(database: Database) -> None:
    """The last guard against a doubled order stands in the database itself."""
    database.journal.commit(of_orders(order(1)))
    with pytest.raises(BatchRefused):
        database.journal.commit(of_orders(order(2, client_order_id="c-1")))


def test_empty_batch_costs_nothing_and_changes_nothing(database: Database) -> None:
    """A turn in which nothing happened commits nothing."""
    database.journal.commit(Batch())
    assert database.history.head_cursor() == 0


def test_heads_go_on_after_a_restart(url: str) -> None:
    """The next start takes the event after the last one, and no other."""
    database = open_database(url, "paper")
    database.journal.commit(events("ann", 1, 3))
    database.close()
    again = open_database(url, "paper")
    again.journal.commit(events("ann", 4, 4))
    with pytest.raises(JournalFailure):
        again.journal.commit(events("ann", 4, 4))
    found = [one.seq for one in again.history.events("ann", 0, 10)]
    again.close()
    assert found == [1, 2, 3, 4]


def test_text_of_any_script_comes_back(database: Database) -> None:
    """A payload is the same bytes whatever is written in it."""
    data = '{"text":"grün 取引 \\u0000 🙂"}'.encode()
    database.journal.commit(Batch(events=[event("ann", 1, data)]))
    assert database.history.events("ann", 0, 1)[0].data == data


def test_commit_whose_answer_was_lost_is_found(database: Database) -> None:
    """Sealed and forgotten: the journal says that it is there, and goes on after it; asked again there is nothing in doubt."""
    journal = database.journal
    journal.commit(events("ann", 1, 2))
    journal.stage(events("ann", 3, 4))
    journal.seal()
    assert not _resumed(database)
    journal.commit(events("ann", 5, 5))
    assert [one.seq for one in database.history.events("ann", 0, 10)] == [1, 2, 3, 4, 5]


def test_commit_that_was_cut_off_before_it_was_made_is_not_there(database: Database) -> None:
    """The line is lost in the middle of it: nothing of it stays, and it can be made again."""
    journal = database.journal
    journal.commit(events("ann", 1, 2))
    journal.stage(events("ann", 3, 4))
    assert not _resumed(database)
    assert [one.seq for one in database.history.events("ann", 0, 10)] == [1, 2]
    journal.commit(events("ann", 3, 4))
    assert [one.seq for one in database.history.events("ann", 0, 10)] == [1, 2, 3, 4]


def test_commit_that_was_made_unheard_is_there(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database has it, the driver says that the line broke: `resume` finds it, once."""
    journal = database.journal
    journal.stage(events("ann", 1, 2))

    def unheard() -> None:
        raise DatabaseAway("the line broke")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_take", unheard)
        with pytest.raises(DatabaseAway):
            journal.seal()
    assert _resumed(database)
    journal.commit(events("ann", 3, 3))
    assert [one.seq for one in database.history.events("ann", 0, 10)] == [1, 2, 3]


def _resumed(database: Database) -> bool:
    """As soon as the session that was lost has ended, which a busy server takes its time for."""
    found: list[bool] = []

    def is_back() -> bool:
        with suppress(DatabaseAway):
            found.append(database.journal.resume())
        return bool(found)

    eventually(is_back)
    return found[0]
