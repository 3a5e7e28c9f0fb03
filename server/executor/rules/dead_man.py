"""The dead-man's switch: an account that asked for it and falls silent loses its entries; its exits stay.

How long is kept in the account's row; when it was last heard is not, so that a restart counts anew.
"""

import orjson

from server.domain.accounts import Account
from server.executor.rules import closing
from server.executor.state import payloads
from server.executor.state.ledger import Ledger
from tradeterm.protocol.vocabulary import EventName, Reason


class DeadMen:
    """All accounts that must be heard. Silence is measured with the monotonic clock."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._heard: dict[str, float | None] = {}  # by account; None: not since the start

    def restore(self) -> None:
        """Take up the accounts as a restart found them: from now on they must be heard."""
        self._heard = {name: None for name, account in self._ledger.accounts.items() if account.dead_man_s}

    def take_over(self, failed: "DeadMen") -> None:
        """Who was heard was heard, whatever became of the turn."""
        self.restore()
        self._heard |= {name: at for name, at in failed._heard.items() if name in self._heard}

    def hear(self, account: Account, seconds: int) -> None:
        """The account is there, and wants to be missed after so many seconds; 0: never."""
        if account.dead_man_s != seconds:
            account.expect_within(seconds)
            self._ledger.moved(account)
        if seconds:
            self._heard[account.name] = self._ledger.seconds
        else:
            self._heard.pop(account.name, None)

    def look(self) -> None:
        """Have those go who were silent for too long."""
        now = self._ledger.seconds
        for name, heard in list(self._heard.items()):
            account = self._ledger.accounts[name]
            if heard is None:
                self._heard[name] = now
            elif now - heard >= account.dead_man_s:
                self._fire(account)

    def _fire(self, account: Account) -> None:
        """Once: it is switched on again by being heard."""
        before = {order_id for order_id, order in account.orders.items() if order.cancel_reason is None}
        closing.cancel_opening(self._ledger, account, Reason.DEAD_MAN)
        left = {order_id for order_id, order in account.orders.items() if order.cancel_reason is None}
        told = {"seconds": account.dead_man_s, "cancelled": sorted(before - left)}
        self._ledger.tell(EventName.DEAD_MAN_FIRED, account, payloads.DEAD_MAN, orjson.dumps(told))
        self.hear(account, 0)
