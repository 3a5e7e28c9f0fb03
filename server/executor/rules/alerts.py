"""Alerts: prices that accounts want to be told of. Kept in the account's row, rung by the print that reaches them.

A print costs one look at the nearest price on either side, however many alerts wait.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from server.domain.accounts import Account
from server.domain.alerts import Alert
from server.domain.commands import DeleteAlert, SetAlert
from server.domain.risk import Denial, price_denial
from server.executor.state import payloads
from server.executor.state.ledger import Ledger
from tradeterm.protocol.vocabulary import AlertCondition, AlertStatus, ErrorCode, EventName

MOST = 100  # of one account


@dataclass(slots=True)
class Nearest:
    """The first price that rings something, from below and from above; None where nothing waits."""

    above: Decimal | None = None
    below: Decimal | None = None

    def is_reached(self, last: Decimal) -> bool:
        above, below = self.above, self.below
        return (above is not None and last >= above) or (below is not None and last <= below)


class Alerts:
    """All alerts that wait, by symbol."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: defaultdict[str, dict[str, tuple[Account, Alert]]] = defaultdict(dict)
        self._nearest: dict[str, Nearest] = {}

    def restore(self, account: Account) -> None:
        """Take up the alerts of an account as its row has them; a market that is listed no longer rings nothing."""
        for alert in list(account.alerts.values()):
            if alert.symbol in self._ledger.markets:
                self._watch(account, alert)
            else:
                account.drop_alert(alert.id)

    def create(self, account: Account, command: SetAlert) -> tuple[bytes, bool] | Denial:
        """The alert, and whether it is new; one that is reached already rings at once."""
        market = self._ledger.markets.get(command.symbol)
        if market is None:
            return Denial.no_market(command.symbol)
        wrong = price_denial("price", command.price, market)
        if wrong is not None:
            return wrong
        same = next((one for one in account.alerts.values() if _is_same(one, command)), None)
        if same is not None:
            return payloads.alert_bytes(same, market.price_decimals), False
        if len(account.alerts) >= MOST:
            return Denial(None, f"{MOST} alerts wait already: delete one first", ErrorCode.CONFLICT)
        alert = Alert(self._ledger.ids.new(), command.symbol, command.condition, command.price, self._ledger.now)
        account.add_alert(alert)
        self._watch(account, alert)
        self._tell(EventName.ALERT_CREATED, account, payloads.alert_bytes(alert, market.price_decimals))
        last = self._ledger.last.get(alert.symbol)
        if last is not None and alert.is_reached(last):
            return self._ring(account, alert, last), True
        return payloads.alert_bytes(alert, market.price_decimals), True

    def delete(self, account: Account, command: DeleteAlert) -> bytes | Denial:
        alert = account.alerts.get(command.alert_id)
        if alert is None:
            return Denial.missing("there is no alert of that id")
        self._forget(account, alert)
        decimals = self._ledger.markets[alert.symbol].price_decimals
        gone = payloads.alert_bytes(alert, decimals, AlertStatus.DELETED)
        self._tell(EventName.ALERT_DELETED, account, gone)
        return gone

    def on_print(self, symbol: str, last: Decimal) -> None:
        """Ring what this price reaches, in the order in which it was set."""
        nearest = self._nearest.get(symbol)
        if nearest is None or not nearest.is_reached(last):
            return
        for account, alert in list(self._waiting[symbol].values()):
            if alert.is_reached(last):
                self._ring(account, alert, last)

    def _ring(self, account: Account, alert: Alert, last: Decimal) -> bytes:
        self._forget(account, alert)
        decimals = self._ledger.markets[alert.symbol].price_decimals
        rung = payloads.alert_bytes(alert, decimals, AlertStatus.TRIGGERED, last, self._ledger.now)
        self._tell(EventName.ALERT_TRIGGERED, account, rung)
        return rung

    def _tell(self, event: EventName, account: Account, alert: bytes) -> None:
        self._ledger.tell(event, account, payloads.ALERT, alert)

    def _watch(self, account: Account, alert: Alert) -> None:
        self._waiting[alert.symbol][alert.id] = (account, alert)
        self._measure(alert.symbol)

    def _forget(self, account: Account, alert: Alert) -> None:
        account.drop_alert(alert.id)
        del self._waiting[alert.symbol][alert.id]
        self._measure(alert.symbol)

    def _measure(self, symbol: str) -> None:
        waiting = [alert for _, alert in self._waiting[symbol].values()]
        if not waiting:
            del self._waiting[symbol]
            self._nearest.pop(symbol, None)
            return
        above = (alert.price for alert in waiting if alert.condition is AlertCondition.ABOVE)
        below = (alert.price for alert in waiting if alert.condition is AlertCondition.BELOW)
        self._nearest[symbol] = Nearest(min(above, default=None), max(below, default=None))


def _is_same(alert: Alert, command: SetAlert) -> bool:
    asked = command.symbol, command.condition, command.price
    return (alert.symbol, alert.condition, alert.price) == asked
