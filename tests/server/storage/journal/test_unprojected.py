"""What is not in the tables yet: found by whoever asks, gone when they have it, and never counted twice."""

import random

from server.ports import Batch, Behind
from server.storage.journal.record import Numbered
from server.storage.journal.unprojected import DROPPED_AT_ONCE, Pending, Unprojected
from tests.contracts.journals import event, order, trade


def pending(number: int, batch: Batch, cursor: int = 0, trades: int = 0) -> Pending:
    numbers = {one: at for at, one in enumerate(batch.orders, 1)}
    return Pending(number, Numbered(batch, cursor, trades, numbers, set(numbers)), size=100)


def commit(number: int) -> Pending:
    """Commit `number`: two events of ann and one of bob, an order and a trade of ann."""
    seq = number * 2
    events = [event("ann", seq - 1), event("bob", number), event("ann", seq)]
    one = order(number)
    return pending(
        number, Batch(events=events, orders={one.id: one}, trades=[trade(number)]), (number - 1) * 3, number - 1
    )


def test_nothing_is_behind_at_first_and_after_all_was_taken() -> None:
    """Commits, bytes and age are those that the tables do not have."""
    one = Unprojected()
    assert one.behind() == Behind()
    one.add(commit(1))
    one.add(commit(2))
    behind = one.behind()
    assert (behind.commits, behind.bytes) == (2, 200)
    assert behind.seconds >= 0
    one.drop(1)
    assert one.behind().commits == 1
    one.drop(5)
    assert one.behind() == Behind()


def test_many_commits_that_the_tables_have_go_at_once() -> None:
    """However few of them are let go at a time."""
    one = Unprojected()
    for number in range(1, 6 * DROPPED_AT_ONCE):
        one.add(commit(number))
    one.drop(4 * DROPPED_AT_ONCE + 1)
    assert one.batches()[0].cursor == (4 * DROPPED_AT_ONCE + 1) * 3
    assert one.find_order("ann", f"c-{4 * DROPPED_AT_ONCE + 1}") is None
    assert one.find_order("ann", f"c-{4 * DROPPED_AT_ONCE + 2}") is not None
    one.drop(6 * DROPPED_AT_ONCE)
    assert one.behind() == Behind()


def test_commit_that_the_projector_had_before_is_not_kept() -> None:
    """It reads the file: what is durable may be in the tables before the writer says so."""
    one = Unprojected()
    one.drop(1)
    one.add(commit(1))
    assert one.behind() == Behind()
    assert one.find_order("ann", "c-1") is None


def test_order_is_found_as_it_was_committed_last_until_the_tables_have_that() -> None:
    """An earlier commit that goes takes nothing of a later one along."""
    one = Unprojected()
    one.add(pending(1, Batch(orders={"o-1": order(1)})))
    later = order(1, status="filled")
    one.add(pending(2, Batch(orders={"o-1": later})))
    assert one.orders("ann")["o-1"][1] == later
    one.drop(1)
    assert one.find_order("ann", "c-1") == later
    assert one.orders("ann")["o-1"][1] == later
    one.drop(2)
    assert one.find_order("ann", "c-1") is None
    assert one.orders("ann") == {}
    assert one.head_cursor() is None


def test_readers_and_the_projector_in_any_order() -> None:
    """Whatever is added, read and dropped in between: an account's events, trades and orders are those of the commits left,
    and so is what is looked up by its id."""
    draw = random.Random(7)
    one, left, number = Unprojected(), list[int](), 0
    for _ in range(400):
        match draw.randrange(4):
            case 0:
                number += 1
                one.add(commit(number))
                left.append(number)
            case 1 if left:
                through = draw.choice(left)
                one.drop(through)
                left = [at for at in left if at > through]
            case 2:
                found = [at for at in range(1, number + 1) if one.find_order("ann", f"c-{at}") is not None]
                assert found == [at for at in range(1, number + 1) if one.has_trade(f"t-{at}")] == left
            case _:
                assert [row.seq for row in one.events("ann", 0, 999)] == [s for n in left for s in (n * 2 - 1, n * 2)]
                assert [row.seq for row in one.events("bob", 0, 999)] == left
                assert sorted(one.orders("ann")) == sorted(f"o-{n}" for n in left)
                assert [at for at, _ in one.trades("ann")] == left
                assert one.events("carol", 0, 1) == []


def test_events_are_read_from_any_place() -> None:
    """After a seq, after a cursor; one that the tables have still begins with the first that is here."""
    one = Unprojected()
    for number in (1, 2, 3):
        one.add(commit(number))
    one.drop(1)
    assert [row.seq for row in one.events("ann", 4, 9)] == [5, 6]
    assert [row.seq for row in one.events("ann", 0, 1)] == [3]
    assert [row.cursor for row in one.all_events(4, 2)] == [5, 6]
    assert [row.cursor for row in one.all_events(0, 99)] == [4, 5, 6, 7, 8, 9]
    assert one.all_events(9, 9) == []
    assert one.head_cursor() == 9
    assert one.has_trade("t-2")
    assert not one.has_trade("t-1")
    assert one.order_number("o-3") == 1
    assert one.order_number("o-1") is None
