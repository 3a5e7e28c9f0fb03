"""A cancel or an amend of an order that has ended: another answer than for one that never was the asker's."""

from typing import Any

import orjson

from server.domain.commands import AmendOrder, CancelOrder, Command
from server.gateway import names
from server.ports import Answer, History
from tradeterm.protocol.vocabulary import ErrorCode, status_of


def of_ended(history: History, command: Command, answer: Answer) -> Answer:
    """The answer to give: where the executor knows no open order of that id but history does, what became of it."""
    if answer.code != ErrorCode.NOT_FOUND or not isinstance(command, AmendOrder | CancelOrder):
        return answer
    if not names.is_id(command.order_id):
        return answer
    found = history.order(command.account, command.order_id)
    if found is None:
        return answer
    order: dict[str, Any] = orjson.loads(found)
    status = order["status"]
    code = ErrorCode.CONFLICT
    return Answer(status_of(code), code=code, message=f"the order is {status} already", details={"status": status})
