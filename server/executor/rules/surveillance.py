"""What time and price bring about by themselves: expiry, the day's boundary, day loss, margin calls and liquidation."""

import heapq
from datetime import datetime, timedelta
from decimal import Decimal

from server.domain.accounts import Account, Margin
from server.domain.margin_call import WARN_LEVEL
from server.domain.orders import Order
from server.executor.rules import closing, lifecycle
from server.executor.rules.conditional_orders import Firing
from server.executor.rules.funding import Funding
from server.executor.rules.liquidation import Liquidation
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import HUNDRED
from tradeterm.protocol.vocabulary import Reason, TimeInForce, TradingState

DAY_WARNINGS = ((Decimal("0.8"), Reason.DAY_LOSS_80), (Decimal("0.5"), Reason.DAY_LOSS_HALF))


class Watch:
    """Looked at a few times a second, whatever else happens."""

    def __init__(self, ledger: Ledger, firing: Firing) -> None:
        self._ledger, self._firing = ledger, firing
        self._funding = Funding(ledger)
        self._liquidation = Liquidation(ledger)
        self._zone = ledger.settings.day_zone
        self._expiries: list[tuple[datetime, int, Order]] = []
        self._day = ""
        self._marks: dict[str, Decimal | None] = {}  # as they were at the last look
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
        moved = self._moved_marks()
        self._firing.trail(moved)
        looked_at = dict(self._watched)
        for symbol in moved:
            looked_at.update(self._ledger.holders.get(symbol, {}))
        for account in looked_at.values():
            if not account.is_service:
                self._look_at(account)

    def _moved_marks(self) -> set[str]:
        """The symbols that traded since the last look, or whose book moved past the last trade."""
        moved, self._ledger.moved_marks = self._ledger.moved_marks, set()
        for symbol in self._ledger.last:
            mark = self._ledger.margin_mark(symbol)
            if self._marks.get(symbol) != mark:
                self._marks[symbol] = mark
                moved.add(symbol)
        return moved

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
            account.day, account.day_start = day, self._ledger.margin(account).collateral
            closing.release(self._ledger, account, Reason.DAY_LOSS_LIMIT)
            self._ledger.moved(account)

    # ------------------------------------------------------------ accounts

    def _look_at(self, account: Account) -> None:
        margin = self._ledger.margin(account)
        self._check_day_loss(account, margin)
        self._liquidation.look_at(account, margin)
        self._warn(account, margin)
        if account.liquidating:
            self._watched[account.name] = account
        else:
            self._watched.pop(account.name, None)

    def _warn(self, account: Account, margin: Margin) -> None:
        warnings = []
        level = margin.level
        if self._ledger.settings.liquidation and level is not None and level <= WARN_LEVEL:
            warnings.append(Reason.MARGIN_CALL)
        if account.is_stuck:
            warnings.append(Reason.NO_LIQUIDITY)
        bound = self._day_loss_bound(account)
        if bound is not None:
            loss = account.day_start - margin.collateral
            reached = (warning for share, warning in DAY_WARNINGS if loss >= bound * share)
            warnings.extend([warning] if (warning := next(reached, None)) else [])
        if account.warnings != tuple(warnings):
            account.warnings = tuple(warnings)
            self._ledger.moved(account)

    def _day_loss_bound(self, account: Account) -> Decimal | None:
        percent = self._ledger.limit(account, "dayLossPct")
        return None if percent is None else account.day_start * percent / HUNDRED

    def check_day_loss(self, account: Account) -> None:
        """Hold the account's money against its day-loss limit now."""
        self._check_day_loss(account, self._ledger.margin(account))

    def _check_day_loss(self, account: Account, margin: Margin) -> None:
        """Reached, it stands until the day ends, whatever else holds the account as well."""
        bound = self._day_loss_bound(account)
        if bound is None or account.day_start - margin.collateral < bound or Reason.DAY_LOSS_LIMIT in account.holds:
            return
        was_active = account.trading_state is TradingState.ACTIVE
        closing.hold(self._ledger, account, Reason.DAY_LOSS_LIMIT)
        lifecycle.cancel_entries(self._ledger, account, Reason.DAY_LOSS_LIMIT)
        if was_active and self._ledger.settings.flatten_on_day_loss:
            for symbol in list(account.positions):
                closing.close(self._ledger, account, symbol, Reason.DAY_LOSS_LIMIT)

    # ------------------------------------------------------------ the end of a turn

    def cover_losses(self) -> None:
        """What accounts owe that have nothing left is paid by the insurance."""
        self._liquidation.cover(self._ledger.unsettled)
