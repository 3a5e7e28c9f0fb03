"""Start-up: accounts, positions and open orders as the journal left them. Its cost is open state, not history."""

from server.domain.orders import Order
from server.executor.core import Core
from server.executor.rows import account_from_row, order_from_row, position_from_row
from server.ports import OpenState, Place, Venue
from tradeterm.protocol.vocabulary import TimeInForce


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
        else:
            _put_back(venue, order)
    core.watch.restore()


def _put_back(venue: Venue, order: Order) -> None:
    price = order.venue_price if order.venue_price is not None else order.price
    if price is None:
        return
    place = Place(
        *(order.id, order.account, order.symbol, order.side, order.leaves, price),
        time_in_force=TimeInForce.GTC,
        post_only=order.post_only,
    )
    venue.restore(place)
