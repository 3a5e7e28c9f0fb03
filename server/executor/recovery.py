"""Start-up: accounts, positions and open orders as the journal left them. Its cost is open state, not history."""

from server.executor.core import Core
from server.executor.rules import lifecycle
from server.executor.state.journal_rows import account_from_row, order_from_row, position_from_row
from server.ports import Cancel, OpenState, Venue


def recover(core: Core, venue: Venue, state: OpenState) -> None:
    """Rebuild the core, and put resting orders back into the book in the order of their making."""
    ledger = core.ledger
    for account_row in state.accounts:
        ledger.accounts[account_row.account] = account_from_row(account_row)
    for position_row in state.positions:
        ledger.hold(ledger.accounts[position_row.account], position_from_row(position_row))
    for market_row in state.markets:
        if market_row.last is not None:
            ledger.last[market_row.symbol] = market_row.last
    for order_row in state.orders:
        order = order_from_row(order_row)
        ledger.restore_order(order)
        if order.waits:
            core.firing.restore(order)
        elif order.is_resting:
            venue.restore(lifecycle.place_of(order))
            if order.ending is not None:
                ledger.trims.append(Cancel(order.id, order.symbol))
        else:
            # It was on its way to a venue that forgot everything with this process: it is sent again.
            ledger.requests.append(lifecycle.place_of(order))
    core.watch.restore()
