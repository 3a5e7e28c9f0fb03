"""What time and price bring about by themselves: expiry, the day's boundary, day loss, margin calls and liquidation."""

import heapq
from datetime import datetime, timedelta
from decimal import Decimal

from server.domain.accounts import INSURANCE, Account, Margin
from server.domain.orders import Order
from server.executor.rules import closing, lifecycle
from server.executor.rules.conditional_orders import Firing
from server.executor.rules.funding import Funding
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import HUNDRED, round_down
from tradeterm.protocol.vocabulary import Reason, TimeInForce, TradingState

WARN_LEVEL = Decimal("1.5")
LIQUIDATION_LEVEL = Decimal(1)
SAFE_LEVEL = Decimal("1.25")
DAY_WARNINGS = ((Decimal("0.8"), Reason.DAY_LOSS_80), (Decimal("0.5"), Reason.DAY_LOSS_HALF))


class Watch:
    """Looked at a few times a second, whatever else happens."""

    def __init__(self, ledger: Ledger, firing: Firing) -> None:
        self._ledger, self._firing = ledger, firing
        self._funding = Funding(ledger)
        self._zone = ledger.settings.day_zone
        self._expiries: list[tuple[datetime, int, Order]] = []
        self._day = ""
        self._watched: dict[str, Account] = {}  # in trouble: looked at with every beat

    def restore(self) -> None:
        """Take up accounts and orders as a restart found them."""
        self._ledger.moved_marks.update(self._ledger.last)
        for order in self._ledger.orders.values():
            self.expect(order)

    def expect(self, order: Order) -> None:
        """Have a day or gtd order end in time."""
        if order.time_in_force is TimeInForce.GTD and order.expire_at is not None:
            heapq.heappush(self._expiries, (order.expire_at, order.priority, order))
        elif order.time_in_force is TimeInForce.DAY:
            heapq.heappush(self._expiries, (self._end_of_day(order.created_at), order.priority, order))

    def _end_of_day(self, moment: datetime) -> datetime:
        local = moment.astimezone(self._zone) + timedelta(days=1)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def day_of(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).date().isoformat()

    # ------------------------------------------------------------ the beat

    def beat(self, now: datetime) -> None:
        self._expire(now)
        self._turn_day(now)
        self._funding.look(now)
        self._firing.tell_trailed()
        moved, self._ledger.moved_marks = self._ledger.moved_marks, set()
        looked_at = dict(self._watched)
        for symbol in moved:
            looked_at.update(self._ledger.holders.get(symbol, {}))
        for account in looked_at.values():
            if not account.is_service:
                self._look_at(account)

    def _expire(self, now: datetime) -> None:
        while self._expiries and self._expiries[0][0] <= now:
            order = heapq.heappop(self._expiries)[2]
            if order.is_open:
                lifecycle.cancel(self._ledger, order, Reason.TIME_EXPIRED)

    def _turn_day(self, now: datetime) -> None:
        """At the boundary equity is written down: the day's profit counts from there."""
        day = self.day_of(now)
        if day == self._day:
            return
        self._day = day
        for account in self._ledger.accounts.values():
            if account.is_service or account.day == day:
                continue
            account.day, account.day_start = day, self._ledger.margin(account).equity
            if account.halt is Reason.DAY_LOSS_LIMIT:
                closing.set_state(self._ledger, account, TradingState.ACTIVE, None)
            self._ledger.moved(account)

    # ------------------------------------------------------------ accounts

    def _look_at(self, account: Account) -> None:
        margin = self._ledger.margin(account)
        self._warn(account, margin)
        self._check_day_loss(account, margin)
        if self._ledger.settings.liquidation:
            self._check_margin(account, margin)
        if account.liquidating:
            self._watched[account.name] = account
        else:
            self._watched.pop(account.name, None)

    def _warn(self, account: Account, margin: Margin) -> None:
        warnings = []
        level = margin.level
        if self._ledger.settings.liquidation and level is not None and level <= WARN_LEVEL:
            warnings.append(Reason.MARGIN_CALL)
        bound = self._day_loss_bound(account)
        if bound is not None:
            loss = account.day_start - margin.equity
            reached = (warning for share, warning in DAY_WARNINGS if loss >= bound * share)
            warnings.extend([warning] if (warning := next(reached, None)) else [])
        if account.warnings != tuple(warnings):
            account.warnings = tuple(warnings)
            self._ledger.moved(account)

    def _day_loss_bound(self, account: Account) -> Decimal | None:
        percent = self._ledger.limit(account, "dayLossPct")
        return None if percent is None else account.day_start * percent / HUNDRED

    def _check_day_loss(self, account: Account, margin: Margin) -> None:
        bound = self._day_loss_bound(account)
        if bound is None or account.day_start - margin.equity < bound:
            return
        if account.trading_state is not TradingState.ACTIVE:
            return
        closing.set_state(self._ledger, account, TradingState.REDUCING, Reason.DAY_LOSS_LIMIT)
        closing.cancel_entries(self._ledger, account, Reason.DAY_LOSS_LIMIT)
        if self._ledger.settings.flatten_on_day_loss:
            for symbol in list(account.positions):
                closing.close(self._ledger, account, symbol, Reason.DAY_LOSS_LIMIT)

    def _check_margin(self, account: Account, margin: Margin) -> None:
        """At 1.0 entries go, then a quarter of the largest position at a time, until 1.25."""
        level = margin.level
        if level is None or level >= SAFE_LEVEL:
            account.liquidating = False
            return
        if level > LIQUIDATION_LEVEL and not account.liquidating:
            return
        account.liquidating = True
        closing.cancel_entries(self._ledger, account, Reason.LIQUIDATION)
        symbol = max(
            account.positions, key=lambda one: abs(account.held(one)) * (self._ledger.margin_mark(one) or Decimal(0))
        )
        held, lot = abs(account.held(symbol)), self._ledger.markets[symbol].lot
        quarter = min(held, max(lot, round_down(held / 4, lot)))
        closing.close(self._ledger, account, symbol, Reason.LIQUIDATION, quarter)

    # ------------------------------------------------------------ the end of a turn

    def cover_losses(self) -> None:
        """Nobody owes money without a position: the insurance pays, and the account is halted until it has new money."""
        if not self._ledger.settings.liquidation:
            return
        for account in self._ledger.unsettled:
            if account.cash < 0 and not account.positions and not account.is_service:
                closing.cancel_entries(self._ledger, account, Reason.LIQUIDATION)
                insurance = self._ledger.accounts[INSURANCE]
                self._ledger.transfer(account, -account.cash, "insurance", insurance)
                account.liquidating = False
                closing.set_state(self._ledger, account, TradingState.HALTED, Reason.LIQUIDATION)
