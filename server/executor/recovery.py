"""Accounts, positions and open orders as the journal left them: at start-up, and when a turn has failed.

Its cost is open state, not history.
"""

from collections.abc import Callable

from server.domain.orders import Order
from server.executor.core import Core
from server.executor.rules import lifecycle
from server.executor.state.journal_rows import account_from_row, order_from_row, position_from_row
from server.ports import Cancel, OpenState, Venue


def recover(core: Core, venue: Venue, state: OpenState) -> None:
    """Start-up: rebuild the core, put resting orders back where they stood, and send what was on its way once more."""
    _take_in(core, state)
    ledger = core.ledger
    for order in sorted((one for one in ledger.orders.values() if one.is_resting), key=_queue_place):
        venue.restore(lifecycle.place_of(order))
        if order.cancel_reason is not None:
            ledger.urgent_requests.append(Cancel(order.id, order.symbol))
    underway = [one for one in ledger.orders.values() if not one.awaits_trigger and not one.is_resting]
    if venue.outlives_us:
        for order in underway:
            venue.restore(lifecycle.place_of(order))
    else:  # what was on its way to a venue that forgot everything with this process is sent again
        for order in underway:
            order.unsend()
            ledger.requests.append(lifecycle.place_of(order))
    for order in ledger.orders.values():
        if order.replacing is not None:
            core.forget_amend(order.id)
    core.watch.restore()
    core.keep()
    venue.keep()


def _queue_place(order: Order) -> tuple[int, int]:
    """Rows of before places were written down come first, in the order in which they were made."""
    return order.place, order.priority


def _take_in(core: Core, state: OpenState) -> None:
    ledger = core.ledger
    for account_row in state.accounts:
        account = ledger.accounts[account_row.account] = account_from_row(account_row)
        core.alerts.restore(account)
    for position_row in state.positions:
        ledger.hold(ledger.accounts[position_row.account], position_from_row(position_row))
    for market_row in state.markets:
        if market_row.last is not None:
            ledger.last[market_row.symbol] = market_row.last
    for order in sorted(map(order_from_row, state.orders), key=lambda one: one.priority):
        ledger.restore_order(order)
        if order.awaits_trigger:
            core.firing.restore(order)


class LastCommit:
    """The way back. What a turn changes before it fails is not undone piece by piece, which would have to be right wherever
    something is changed: all of it is thrown away, and built anew from what was committed.

    The venue brings its own books back, in which the flow stands that no row knows; what memory alone knows (levels on
    their way, marks, budgets) is kept with every commit and put back.
    """

    def __init__(self, core: Core, venue: Venue, load: Callable[[], OpenState]) -> None:
        self._core, self._venue, self._load = core, venue, load

    def keep(self) -> None:
        """All that was done is committed."""
        self._core.keep()
        self._venue.keep()

    def go_back(self) -> None:
        """Undo all that was done since. Raises JournalFailure where what was committed cannot be read."""
        self._venue.undo()
        state = self._load()
        self._core.begin_anew(lambda: _take_in(self._core, state))
