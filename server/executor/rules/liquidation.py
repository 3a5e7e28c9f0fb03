"""Margin calls: entries go, positions are closed step by step, and what an account then owes the insurance pays."""

from decimal import Decimal

from server.domain.accounts import INSURANCE, Account, Margin
from server.domain.margin_call import Closable, is_called, next_closes
from server.domain.orders import Order
from server.executor.rules import closing, halt, lifecycle
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Reason

LONGEST_WAIT = 240  # looks, four a second: a minute


class BackOff:
    """How many looks to let pass before a market that gave nothing is tried again: 1, 2, 4 … up to a minute.

    Counted in looks, which the server's beat paces: no clock that can be set is asked.
    """

    def __init__(self) -> None:
        self._waits: dict[tuple[str, str], tuple[int, int]] = {}  # (looks to go, the last wait)

    def copy(self) -> "BackOff":
        other = BackOff()
        other._waits = self._waits.copy()
        return other

    def is_due(self, key: tuple[str, str]) -> bool:
        """Count one look."""
        left, last = self._waits.get(key, (0, 0))
        if left > 0:
            self._waits[key] = left - 1, last
        return left <= 0

    def failed(self, key: tuple[str, str]) -> None:
        _, last = self._waits.get(key, (0, 0))
        wait = min(LONGEST_WAIT, max(1, 2 * last))
        self._waits[key] = wait, wait

    def worked(self, key: tuple[str, str]) -> None:
        self._waits.pop(key, None)


class Liquidation:
    """Looks at accounts that the margin may no longer carry."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._back_off = BackOff()
        self._sent: dict[str, list[Order]] = {}  # by account, the closes whose outcome is still to be looked at
        self.keep()

    def keep(self) -> None:
        """All is committed: remember what no row says."""
        self._kept = {name: orders.copy() for name, orders in self._sent.items()}, self._back_off.copy()

    def take_over(self, failed: "Liquidation") -> None:
        """What no row says, as it was when the one that this stands in for was kept last."""
        sent, self._back_off = failed._kept
        known = self._ledger.orders
        self._sent = {name: [known.get(order.id, order) for order in orders] for name, orders in sent.items()}
        self.keep()

    def look_at(self, account: Account, margin: Margin) -> None:
        """One step, and no next one while the last is on its way."""
        if not self._ledger.settings.liquidation:
            return
        before = account.liquidating, account.is_stuck
        self._step(account, margin)
        if (account.liquidating, account.is_stuck) != before:
            self._ledger.touch(account)

    def _step(self, account: Account, margin: Margin) -> None:
        account.mark_called(is_called=is_called(margin, was=account.liquidating))
        if any(order.origin is Reason.LIQUIDATION for order in account.orders.values()):
            return
        self._learn(account)
        if not account.liquidating:
            account.mark_stuck(is_stuck=False)
            return
        lifecycle.cancel_entries(self._ledger, account, Reason.LIQUIDATION)
        closes = next_closes(margin, [self._closable(account, symbol) for symbol in account.positions])
        account.mark_stuck(is_stuck=not closes)
        for symbol, quantity in closes:
            order = closing.close(self._ledger, account, symbol, Reason.LIQUIDATION, quantity)
            self._sent.setdefault(account.name, []).append(order)

    def _learn(self, account: Account) -> None:
        """A close that found nobody makes its market wait."""
        for order in self._sent.pop(account.name, []):
            key = account.name, order.symbol
            (self._back_off.worked if order.filled else self._back_off.failed)(key)

    def _closable(self, account: Account, symbol: str) -> Closable:
        ledger, held = self._ledger, account.held(symbol)
        quantity = ledger.valuation.closable(account, symbol)
        touch = ledger.quotes.best_bid(symbol) if held > 0 else ledger.quotes.best_ask(symbol)
        value = quantity * (ledger.valuation.margin_mark(symbol) or ZERO)
        has_buyer = touch is not None and self._back_off.is_due((account.name, symbol))
        return Closable(symbol, quantity, value, ledger.markets[symbol].lot, has_buyer)

    def cover(self, debtors: list[Account]) -> None:
        """Nobody owes money without a position: the insurance pays, and the account is halted until it has new money.

        What fees in base currency leave below a lot is no position.
        """
        if not self._ledger.settings.liquidation:
            return
        for account in debtors:
            if not self._has_position(account):
                self._cover(account, -account.cash)

    def _has_position(self, account: Account) -> bool:
        return any(self._ledger.valuation.closable(account, symbol) for symbol in account.positions)

    def _cover(self, account: Account, debt: Decimal) -> None:
        lifecycle.cancel_entries(self._ledger, account, Reason.LIQUIDATION)
        self._ledger.transfer(account, debt, "insurance", self._ledger.accounts[INSURANCE])
        account.mark_called(is_called=False)
        account.mark_stuck(is_stuck=False)
        halt.hold(self._ledger, account, Reason.LIQUIDATION)
