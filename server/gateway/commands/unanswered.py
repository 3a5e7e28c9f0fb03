"""What a command is told that has no answer: the code and the sentence, the same on every way in."""

from server.ports import DatabaseAway, OutcomeUnknown, Stopping, TablesBehind
from tradeterm.protocol.vocabulary import ErrorCode

RETRY_S = 1.0
AWAY = "the database does not answer; nothing was done, ask again in a moment"
_STOPPING = "the server is stopping and takes no new work"
_UNKNOWN = "whether this took place is not known; ask again with the same clientOrderId"


def unanswered(error: BaseException) -> tuple[ErrorCode, str] | None:
    """None for an error that is none of these."""
    match error:
        case Stopping():
            return ErrorCode.STOPPING, _STOPPING
        case TablesBehind():
            return ErrorCode.BUSY, f"{error}; only what cancels or closes is taken, ask again in a moment"
        case DatabaseAway():
            return ErrorCode.BUSY, AWAY
        case OutcomeUnknown():
            return ErrorCode.OUTCOME_UNKNOWN, _UNKNOWN
    return None
