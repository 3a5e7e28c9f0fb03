"""What a cancel or an amend of an order is told that has ended."""

from decimal import Decimal

import pytest

from server.domain.commands import AmendOrder, CancelOrder, Command, Deposit
from server.gateway.commands.ended import of_ended
from server.ports import Answer, Batch
from server.storage.database import open_database
from tests.contracts.journals import order

MISSING = Answer(404, code="NOT_FOUND", message="there is no open order of that id")


@pytest.mark.parametrize("status", ["filled", "cancelled", "rejected", "expired"])
@pytest.mark.parametrize("command", [CancelOrder, AmendOrder])
def test_an_order_that_has_ended_is_a_conflict_with_its_status(
    tmp_path: object, status: str, command: type[CancelOrder | AmendOrder]
) -> None:
    """Somebody else's, and one that never was, are not found, word for word alike."""
    database = open_database(f"sqlite:///{tmp_path}/x.db", "paper")
    payload = b'{"id":"o-1","status":"%b"}' % status.encode()
    database.journal.commit(Batch(orders={"o-1": order(1, status=status, payload=payload)}))
    history = database.history
    told = of_ended(history, command("ann", "o-1"), MISSING)
    assert (told.status, told.code, told.details) == (409, "CONFLICT", {"status": status})
    for account, order_id in (("bob", "o-1"), ("ann", "o-2"), ("ann", "o\x00")):
        assert of_ended(history, command(account, order_id), MISSING) is MISSING
    database.close()


@pytest.mark.parametrize("command", [Deposit("ann", Decimal(1)), CancelOrder("ann", "o-1")])
def test_other_answers_stay_as_they_are(tmp_path: object, command: Command) -> None:
    """Nothing is asked for what was carried out, or for other commands."""
    database = open_database(f"sqlite:///{tmp_path}/x.db", "paper")
    done = Answer(200, b"{}")
    assert of_ended(database.history, command, done) is done
    database.close()
