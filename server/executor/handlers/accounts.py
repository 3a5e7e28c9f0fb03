"""Commands about accounts: their money, their limits, their alerts, and whether they may trade."""

from collections import deque
from collections.abc import Callable

from server.domain.accounts import Account
from server.domain.commands import (
    Command,
    DeleteAlert,
    Deposit,
    Kill,
    OpenAccount,
    ResetAccount,
    Resume,
    SetAlert,
    SetDeadMan,
    SetLimits,
)
from server.domain.limits import wrong_limit
from server.domain.risk import Denial
from server.executor.handlers.replies import CREATED, KNOWN, Handler, account_reply, refuse
from server.executor.rules import day_loss, halt, paper_money
from server.executor.rules.alerts import Alerts
from server.executor.rules.conditional_orders import Firing
from server.executor.rules.surveillance import Surveillance
from server.executor.state.ledger import Ledger, Reply
from server.ports import Answer
from tradeterm.protocol.vocabulary import ErrorCode


class AccountHandlers:
    """One method a command; each gives the reply that its sender gets. `later`: what is done when all requests are through."""

    def __init__(
        self, ledger: Ledger, firing: Firing, watch: Surveillance, alerts: Alerts, later: deque[Callable[[], None]]
    ) -> None:
        self._ledger, self._firing, self._watch, self._alerts, self._later = ledger, firing, watch, alerts, later

    @property
    def handlers(self) -> dict[type[Command], Handler]:
        """Who carries out which command."""
        return {
            OpenAccount: self.open,
            Kill: self.kill,
            Resume: self.resume,
            Deposit: self.deposit,
            ResetAccount: self.reset,
            SetLimits: self.set_limits,
            SetAlert: self.set_alert,
            DeleteAlert: self.delete_alert,
            SetDeadMan: self.set_dead_man,
        }

    def open(self, account: Account, command: OpenAccount) -> Reply:
        """Nothing more is to be done: whoever sends a command has an account by then."""
        return lambda: Answer(200, b"{}", account.seq)

    def kill(self, account: Account, command: Kill) -> Reply:
        return halt.kill(self._ledger, account)

    def resume(self, account: Account, command: Resume) -> Reply:
        day_loss.check(self._ledger, account, self._ledger.valuation.margin(account))
        denial = halt.resume(self._ledger, account)
        return refuse(denial) if denial is not None else account_reply(self._ledger, account)

    def deposit(self, account: Account, command: Deposit) -> Reply:
        denial = paper_money.deposit(self._ledger, account, command)
        return refuse(denial) if denial is not None else account_reply(self._ledger, account)

    def reset(self, account: Account, command: ResetAccount) -> Reply:
        if self._ledger.settings.answers_later and any(not order.awaits_trigger for order in account.orders.values()):
            text = "orders are with the venue, and may have filled: cancel them all, and reset when they have ended"
            return refuse(Denial(None, text, ErrorCode.CONFLICT))
        paper_money.reset(self._ledger, self._firing, account)
        self._later.append(lambda: paper_money.refill(self._ledger, account))
        return account_reply(self._ledger, account)

    def set_limits(self, account: Account, command: SetLimits) -> Reply:
        wrong = wrong_limit(command.limits)
        if wrong is not None:
            return refuse(Denial(None, wrong, ErrorCode.VALIDATION_FAILED))
        account.limit(command.limits)
        self._ledger.moved(account)
        return account_reply(self._ledger, account)

    def set_alert(self, account: Account, command: SetAlert) -> Reply:
        made = self._alerts.create(account, command)
        if isinstance(made, Denial):
            return refuse(made)
        alert, is_new = made
        return lambda: Answer(CREATED if is_new else KNOWN, alert, account.seq)

    def delete_alert(self, account: Account, command: DeleteAlert) -> Reply:
        gone = self._alerts.delete(account, command)
        return refuse(gone) if isinstance(gone, Denial) else lambda: Answer(200, gone, account.seq)

    def set_dead_man(self, account: Account, command: SetDeadMan) -> Reply:
        self._watch.dead_men.hear(account, command.seconds)
        return lambda: Answer(200, b'{"seconds":%d}' % account.dead_man_s, account.seq)
