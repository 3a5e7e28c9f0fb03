"""Start-up: accounts, positions and open orders as the journal left them. Its cost is open state, not history."""

from server.executor.core import Core
from server.executor.rows import account_from_row, order_from_row, position_from_row
from server.ports import OpenState, Place, Venue
from tradeterm.protocol.vocabulary import TimeInForce


def recover(core: Core, venue: Venue, state: OpenState) -> None:
    """Rebuild the core, and put resting orders back into the book in the order of their making."""
    for account_row in state.accounts:
        core.accounts[account_row.account] = account_from_row(account_row)
    for position_row in state.positions:
        core.accounts[position_row.account].positions[position_row.symbol] = position_from_row(position_row)
    for market_row in state.markets:
        if market_row.last is not None:
            core.last[market_row.symbol] = market_row.last
    for order_row in state.orders:
        order = order_from_row(order_row)
        core.orders[order.id] = order
        core.accounts[order.account].open_order(order)
        if order.held or order.price is None:
            continue
        venue.restore(
            Place(
                *(order.id, order.account, order.symbol, order.side, order.leaves, order.price),
                time_in_force=TimeInForce.GTC,
                post_only=order.post_only,
            )
        )
