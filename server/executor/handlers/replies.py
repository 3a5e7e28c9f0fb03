"""What a command's sender is told. A reply is called when the turn is over, so that it shows what came of it."""

from collections.abc import Callable
from typing import Any

from server.domain.accounts import Account
from server.domain.orders import Order
from server.domain.risk import Denial
from server.executor.state.ledger import Ledger, Reply
from server.ports import Answer
from tradeterm.protocol.vocabulary import ErrorCode, status_of

CREATED, KNOWN = 201, 200
Handler = Callable[[Account, Any], Reply]


def refuse(denial: Denial) -> Reply:
    """Why nothing of it is done."""
    code = denial.reason if denial.code is ErrorCode.CONFLICT and denial.reason else denial.code
    return lambda: Answer(status_of(denial.code), code=code, message=denial.text, details=denial.details)


def account_reply(ledger: Ledger, account: Account) -> Reply:
    """The account as it stands then."""
    return lambda: Answer(200, ledger.figures(account)[1], account.seq)


def order_reply(ledger: Ledger, account: Account, order: Order, status: int) -> Reply:
    """The order as it stands then."""
    return lambda: Answer(status, ledger.order_bytes(order), account.seq)


def known(ledger: Ledger, account: Account, client_id: str | None, fingerprint: str) -> Reply | None:
    """The answer to a client order id that was used before, however long ago."""
    if client_id is None:
        return None
    order = account.by_client_id.get(client_id) or ledger.fresh.get((account.name, client_id))
    if order is not None:
        same = order.fingerprint == fingerprint
        return order_reply(ledger, account, order, KNOWN) if same else refuse(Denial.conflict(client_id))
    row = ledger.find_order(account.name, client_id)
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        return refuse(Denial.conflict(client_id))
    payload = row.payload
    return lambda: Answer(KNOWN, payload, account.seq)


def pair_reply(replies: list[Reply], account: Account) -> Reply:
    """Both orders of a pair as they stand then; where one is refused, that alone."""

    def answer() -> Answer:
        answers = [reply() for reply in replies]
        refused = next((one for one in answers if one.code is not None), None)
        if refused is not None:
            return refused
        body = b'{"orders":[%b]}' % b",".join(one.body or b"" for one in answers)
        return Answer(answers[0].status, body, account.seq)

    return answer


def orders_body(ledger: Ledger, orders: list[Order]) -> bytes:
    """Several orders as they stand, under one name."""
    return b'{"orders":[%b]}' % b",".join(ledger.order_bytes(order) for order in orders)
