"""What a command is told that has no answer."""

import pytest

from server.gateway.commands.unanswered import unanswered
from server.ports import DatabaseAway, OutcomeUnknown, Stopping, TablesBehind
from tradeterm.protocol.vocabulary import ErrorCode


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (Stopping(), ErrorCode.STOPPING, "no new work"),
        (DatabaseAway(), ErrorCode.BUSY, "nothing was done"),
        (TablesBehind("they are 2 GB behind"), ErrorCode.BUSY, "they are 2 GB behind; only what cancels or closes"),
        (OutcomeUnknown(), ErrorCode.OUTCOME_UNKNOWN, "same clientOrderId"),
    ],
)
def test_each_says_whether_anything_was_done(error: Exception, code: ErrorCode, says: str) -> None:
    """So that whoever asked knows whether to ask again, and how."""
    found = unanswered(error)
    assert found is not None
    assert found[0] is code
    assert says in found[1]


def test_any_other_error_is_a_fault() -> None:
    assert unanswered(ValueError("a bug")) is None
