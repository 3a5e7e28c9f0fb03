"""What may follow, and which numbers it gets; what is there already is found however its ids sort."""

from collections.abc import Sequence

import pytest

from server.ports import Batch, BatchRefused, JournalFailure
from server.storage.journal import numbering as module
from server.storage.journal.numbering import ClientId, Newest, Numbering
from tests.contracts.journals import event, of_orders, of_trades, order, trade, transfer


class Tables:
    """Rows that are there, and what was asked for."""

    def __init__(self, orders: dict[str, int], client_ids: set[ClientId] = frozenset()) -> None:  # type: ignore[assignment]
        self.orders, self.client_ids = orders, client_ids
        self.asked: list[object] = []

    def order_number(self, order_id: str) -> int | None:
        self.asked.append(order_id)
        return self.orders.get(order_id)

    def has_any_order(self, client_ids: Sequence[ClientId]) -> bool:
        self.asked += client_ids
        return any(one in self.client_ids for one in client_ids)

    def has_trade(self, trade_id: str) -> bool:
        self.asked.append(trade_id)
        return trade_id == "t-1"

    def has_transfer(self, transfer_id: str) -> bool:
        return transfer_id == "x-1"


def test_new_orders_are_numbered_in_their_order_and_old_ones_keep_theirs() -> None:
    """Open ones are known; one that has ended is looked up; what sorts behind all others need not be."""
    tables = Tables({"o-2": 2})
    numbering = Numbering(tables, {}, Newest(order_id="o-5", order=5), {"o-4": 4})
    followed = numbering.follow(of_orders(order(4), order(6), order(2), order(7)))
    assert followed.numbered.orders == {"o-4": 4, "o-6": 6, "o-2": 2, "o-7": 7}
    assert followed.numbered.new_orders == {"o-6", "o-7"}
    assert "o-6" not in tables.asked
    numbering.take(followed)
    tables.asked.clear()
    assert numbering.follow(of_orders(order(6, status="filled"))).numbered.orders == {"o-6": 6}
    assert tables.asked == []


def test_batch_that_was_not_taken_leaves_no_trace() -> None:
    """Its numbers are given again."""
    numbering = Numbering(Tables({}), {"ann": 3}, Newest(), {})
    for _ in range(2):
        followed = numbering.follow(Batch(events=[event("ann", 4)], orders={"o-1": order(1)}, trades=[trade(1)]))
        assert followed.numbered.orders == {"o-1": 1}
        assert (followed.newest.cursor, followed.newest.trade, followed.heads) == (1, 1, {"ann": 4})


@pytest.mark.parametrize(
    "batch",
    [
        of_orders(order(1), order(2, client_order_id="c-1")),
        of_orders(order(9, client_order_id="c-8")),
        of_trades(trade(1)),
        of_trades(trade(5), trade(5)),
        Batch(transfers=[transfer(1)]),
    ],
    ids=["twice in one batch", "in the tables", "a trade", "a trade twice", "a transfer"],
)
def test_what_is_there_already_is_refused(batch: Batch) -> None:
    """However its id sorts."""
    numbering = Numbering(Tables({}, {("ann", "c-8")}), {}, Newest("o-0", "t-3", "x-3"), {})
    with pytest.raises(BatchRefused, match="there already"):
        numbering.follow(batch)


def test_client_id_that_was_looked_for_is_not_looked_for_again() -> None:
    """The executor has asked for it a moment ago. Once an order has it, it is not absent any more."""
    tables = Tables({})
    numbering = Numbering(tables, {}, Newest(), {})
    numbering.miss("ann", "c-1")
    numbering.take(numbering.follow(of_orders(order(1))))
    assert ("ann", "c-1") not in tables.asked
    numbering.follow(of_orders(order(2, client_order_id="c-1")))
    assert ("ann", "c-1") in tables.asked


def test_client_id_that_is_made_of_the_orders_own_id_is_not_looked_for() -> None:
    """It is as new as that."""
    tables = Tables({})
    number = "01a217ef-3951-7000-8def-6e20f2a355eb"
    own = order(1, id=number, client_order_id=number.replace("-", ""))
    Numbering(tables, {}, Newest(), {}).follow(of_orders(own))
    assert tables.asked == []


def test_event_must_follow() -> None:
    """Within the batch as well."""
    numbering = Numbering(Tables({}), {"ann": 1}, Newest(), {})
    with pytest.raises(JournalFailure, match="does not follow event 2"):
        numbering.follow(Batch(events=[event("ann", 2), event("ann", 4)]))


def test_what_was_looked_for_in_vain_is_not_remembered_without_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is looked for again, and found absent as before."""
    monkeypatch.setattr(module, "REMEMBERED", 2)
    tables = Tables({})
    numbering = Numbering(tables, {}, Newest(), {})
    for number in (1, 2, 3):
        numbering.miss("ann", f"c-{number}")
    followed = numbering.follow(of_orders(order(1), order(3)))
    assert tables.asked == [("ann", "c-1")]
    assert set(followed.numbered.orders) == {"o-1", "o-3"}
