"""What follows from a command or a venue's report: the one door to the rules. Does no I/O.

Time is an argument, ids come through a port. One turn is: `handle` a command, give `requests` to the venue and its
reports back to `reports` until nothing is left. After some turns `settle`, and `take_batch` hands over what to commit.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from server.domain.accounts import Account
from server.domain.commands import Command, Deposit, ResetAccount
from server.domain.markets import Market
from server.domain.risk import CoreSettings, Denial
from server.executor.handlers.accounts import AccountHandlers
from server.executor.handlers.orders import OrderHandlers
from server.executor.handlers.positions import PositionHandlers
from server.executor.handlers.replies import refuse
from server.executor.rules import closing, coverage, lifecycle
from server.executor.rules.alerts import Alerts
from server.executor.rules.conditional_orders import Firing
from server.executor.rules.reports import Reports
from server.executor.rules.surveillance import Part, Surveillance
from server.executor.state.ledger import Ledger, Reply
from server.ports import Batch, FillReport, Foresight, Ids, OrderRow, PrintReport, Request
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import ErrorCode, Side


class Core:
    """All accounts and orders, and what moves them."""

    def __init__(
        self,
        settings: CoreSettings,
        markets: dict[str, Market],
        quotes: Foresight,
        ids: Ids,
        find_order: Callable[[str, str], OrderRow | None],
    ) -> None:
        self._start(Ledger(settings, markets, quotes, ids, find_order))

    def _start(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.requests, self.urgent_requests = ledger.requests, ledger.urgent_requests
        self.firing = Firing(ledger)
        self.watch = Surveillance(ledger, self.firing)
        self.alerts = Alerts(ledger)
        self.reports = Reports(ledger, self.firing, self.alerts)
        self._later: deque[Callable[[], None]] = deque()
        self._handlers = {
            **OrderHandlers(ledger, self.firing, self.watch).handlers,
            **PositionHandlers(ledger, self.firing, self._later).handlers,
            **AccountHandlers(ledger, self.firing, self.watch, self.alerts, self._later).handlers,
        }
        self._kept_later: tuple[Callable[[], None], ...] = ()

    # ------------------------------------------------------------ keeping and undoing

    def keep(self) -> None:
        """All that was done is committed."""
        self.ledger.keep()
        self.watch.keep()
        self._kept_later = tuple(self._later)

    def begin_anew(self, fill: Callable[[], None]) -> None:
        """Throw away all that is in memory, have `fill` take in what was committed, and add what no row says as it was
        at the last `keep`."""
        ledger, watch, later = self.ledger, self.watch, self._kept_later
        self._start(Ledger(ledger.settings, ledger.markets, ledger.quotes, ledger.ids, ledger.find_order))
        fill()
        self.ledger.take_over(ledger)
        self.watch.take_over(watch)
        self._later.extend(later)
        self._kept_later = later

    def forget_amend(self, order_id: str) -> None:
        """An amend was on its way to a venue that forgot it: the order is as it was, and whoever asked is told."""
        self._later.append(lambda: self._forget_amend(order_id))

    def _forget_amend(self, order_id: str) -> None:
        order = self.ledger.orders.get(order_id)
        if order is not None and order.replacing is not None:
            lifecycle.amend_refused(self.ledger, order, None, "the server was restarted before the venue had answered")

    # ------------------------------------------------------------ the turn

    def tick(self, seconds: float) -> None:
        """The time that durations are measured with: a monotonic clock's."""
        self.ledger.seconds = seconds

    def handle(self, command: Command, now: datetime) -> Reply:
        """Take one command; its reply may be asked for after `settle`."""
        ledger = self.ledger
        ledger.at(now)
        owner = ledger.settings.only_account
        denial = None if owner is None else self._deny_elsewhere(command, owner)
        if denial is not None:
            return refuse(denial)
        account = ledger.accounts.get(command.account) or self._open_account(command.account, now)
        return self._handlers[type(command)](account, command)

    def _deny_elsewhere(self, command: Command, owner: str) -> Denial | None:
        """On a real exchange there is one account, and its money is there."""
        if command.account != owner:
            return Denial(
                None, "this server trades on one account at the exchange, and it is not yours", ErrorCode.FORBIDDEN
            )
        if isinstance(command, Deposit | ResetAccount):
            text = "the money is at the exchange: nothing is moved in or out of it here"
            return Denial(None, text, ErrorCode.CONFLICT)
        return None

    def beat(self, now: datetime) -> None:
        """Time has passed; called a few times a second."""
        self.ledger.at(now)
        self.watch.beat(now)

    def look(self, part: Part, now: datetime) -> None:
        """One part of a beat alone."""
        self.ledger.at(now)
        self.watch.look(part, now)

    def set_stale(self, symbol: str, is_stale: bool) -> None:
        """The feed of a market fell silent, or is back: orders that need its price are refused meanwhile."""
        if is_stale:
            self.ledger.stale.add(symbol)
        else:
            self.ledger.stale.discard(symbol)

    def last_look(self, request: Request) -> Request | None:
        """A request as the venue is to get it now; None where it is no longer wanted."""
        looked_at = self.firing.look_again(request) if self.firing.in_line else request
        return None if looked_at is None else lifecycle.last_look(self.ledger, looked_at)

    def next_step(self) -> bool:
        """Do what waits for all requests to be through; False when nothing does."""
        if self._later:
            self._later.popleft()()
            return True
        if self.ledger.owing:
            self.watch.cover_losses(self.ledger.take_debtors())
        if self.ledger.lost_stops:
            closing.tell_unprotected(self.ledger)
        return bool(self.requests or self.urgent_requests)

    def settle(self) -> None:
        """The end of what is committed together: tell what every account that moved has now."""
        self.ledger.settle()

    def take_batch(self) -> tuple[Batch, list[PrintReport]]:
        """What is to be committed since the last call, and the prints that were made."""
        return self.ledger.take_batch()

    def _open_account(self, name: str, now: datetime) -> Account:
        """Whoever may trade has an account; the gateway lets nobody else through."""
        account = self.ledger.accounts[name] = Account(name, day=self.watch.day_of(now))
        self.ledger.transfer(account, self.ledger.settings.paper_cash, "deposit")
        return account

    # ------------------------------------------------------------ what is asked about the state

    def closable_after(self, name: str, symbol: str, fills: Sequence[FillReport]) -> Decimal:
        """ports.Positions: how much of its position an account's orders could close once `fills` have been booked."""
        account = self.ledger.accounts.get(name)
        return ZERO if account is None else self.ledger.valuation.closable_after(account, symbol, fills)

    def keeps_entries(self, name: str, symbol: str, side: Side, price: Decimal) -> bool:
        """ports.Coverage: whether an account's entries of a side all stay, though exits close its position at a price."""
        account = self.ledger.accounts.get(name)
        return account is None or coverage.keeps_entries(self.ledger, account, symbol, side, price)

    def holdings(self, name: str) -> dict[str, Decimal] | None:
        """Per asset what an account holds by our books; None where there is no such account."""
        account = self.ledger.accounts.get(name)
        if account is None:
            return None
        held = {self.ledger.settings.currency: account.cash}
        for position in account.positions.values():
            base = self.ledger.markets[position.symbol].base
            held[base] = held.get(base, ZERO) + position.quantity
        return held

    def followed(self) -> set[str]:
        """The markets whose price somebody depends on: positions and open orders, and where one was missing."""
        ledger = self.ledger
        held = {symbol for account in ledger.accounts.values() for symbol in account.positions}
        return held | {order.symbol for order in ledger.orders.values()} | ledger.missed

    def liquidation_price(self, account: Account, symbol: str) -> Decimal | None:
        return self.ledger.valuation.liquidation_price(account, symbol)
