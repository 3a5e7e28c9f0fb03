"""A client order id is answered with the order that has it, open, ended or of an earlier life of the server."""

from server.domain.commands import CancelOrder
from tests.server.executor.rig import make, opened
from tradeterm.protocol.vocabulary import ErrorCode


def test_an_id_that_was_used_is_answered_and_used_by_nothing_else() -> None:
    """While the order is open, after it has ended, and after a restart; for another order it is a conflict."""
    rig = opened()
    command = make("ann", "buy", "1", "90.0", client_order_id="mine")
    other = make("ann", "buy", "2", "90.0", client_order_id="mine")
    command.fingerprint, other.fingerprint = "one", "two"
    order_id = rig.body(rig.do(command))["id"]
    for happens in (lambda: None, lambda: rig.do(CancelOrder("ann", str(order_id))), rig.restart):
        happens()
        again = rig.do(command)
        assert (again.status, rig.body(again)["id"]) == (200, order_id)
        assert rig.do(other).code is ErrorCode.IDEMPOTENCY_CONFLICT
    assert len(rig.core.ledger.orders) == 0
