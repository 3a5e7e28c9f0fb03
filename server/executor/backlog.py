"""What is not taken in while the tables are too far behind the journal: what would make that worse, exits excepted."""

from server.domain.commands import AmendOrder, Command, CreateOco, CreateOrder, OrderTerms, ReversePosition
from server.executor.state.ledger import Ledger
from tradeterm.protocol.vocabulary import Side


def is_put_off(ledger: Ledger, command: Command) -> bool:
    """New orders and changes of them are. What cancels, closes or can only make a position smaller is not."""
    match command:
        case CreateOrder():
            return not _leaves(ledger, command.account, command.terms)
        case CreateOco():
            return not all(_leaves(ledger, command.account, leg) for leg in (command.first, command.second))
        case AmendOrder():
            order = ledger.orders.get(command.order_id)
            return order is not None and not (order.reduce_only or order.closes_only)
        case ReversePosition():
            return True
    return False


def _leaves(ledger: Ledger, name: str, terms: OrderTerms) -> bool:
    """Whether an order only makes a position smaller: it says so, or is no larger than what it stands against."""
    account = ledger.accounts.get(name)
    if terms.reduce_only or account is None:
        return terms.reduce_only
    held = account.held(terms.symbol)
    return (held > 0) is (terms.side is Side.SELL) and abs(held) >= terms.quantity
