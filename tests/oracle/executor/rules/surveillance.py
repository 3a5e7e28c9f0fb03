"""What time and price bring about by themselves: expiry, the day's boundary, day loss, margin calls and liquidation."""

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto

from tests.oracle.arithmetic import HUNDRED, scaled
from tests.oracle.domain.accounts import SERVICE_ACCOUNTS, Account, Margin
from tests.oracle.domain.margin_call import WARN_LEVEL
from tests.oracle.domain.orders import Order
from tests.oracle.executor.rules import closing, halt, lifecycle
from tests.oracle.executor.rules.conditional_orders import Firing
from tests.oracle.executor.rules.funding import Funding
from tests.oracle.executor.rules.liquidation import Liquidation
from tests.oracle.executor.state.ledger import Ledger
from tests.oracle.executor.state.setbacks import Setbacks
from tradeterm.protocol.vocabulary import Reason, TimeInForce, TradingState

DAY_WARNINGS = ((Decimal("0.8"), Reason.DAY_LOSS_80), (Decimal("0.5"), Reason.DAY_LOSS_HALF))


class Look(Enum):
    """What can be looked at by itself."""

    EXPIRY = auto()
    DAY = auto()
    FUNDING = auto()
    TRAILING = auto()
    ACCOUNTS = auto()
    ACCOUNT = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a beat; `name` is the order's id or the account's name."""

    look: Look
    name: str = ""


class Surveillance:
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
        self.setbacks = Setbacks()
        self.keep()

    def keep(self) -> None:
        """All is committed: remember what no row says."""
        self._kept = self._day, tuple(self._watched), self._funding.period, self._marks.copy()
        self._liquidation.keep()

    def take_over(self, failed: "Surveillance") -> None:
        """What no row says, as it was when the one that this stands in for was kept last."""
        self._day, watched, self._funding.period, marks = failed._kept
        self._marks = marks.copy()
        self._liquidation.take_over(failed._liquidation)
        self._watched = {name: self._ledger.accounts[name] for name in watched}
        self.setbacks = failed.setbacks
        for order in self._ledger.orders.values():
            self.expect(order)
        self.keep()

    def restore(self) -> None:
        """Take up accounts and orders as a restart found them."""
        self._ledger.moved_marks.update(self._ledger.last)
        for name, account in self._ledger.accounts.items():
            if account.cash < account.day_start or account.warnings:
                self._ledger.moved_accounts[name] = account
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

    def is_due(self, now: datetime) -> bool:
        """Is some order's time over? Cheap: asked before everything that could match."""
        return bool(self._expiries) and self._expiries[0][0] <= now

    def beat(self, now: datetime) -> None:
        """Look at everything."""
        for part in self.parts(now):
            self.look(part, now)

    def parts(self, now: datetime) -> list[Part]:
        """What a beat is made of. Each part stands for itself, so that one that fails can be left alone for a while."""
        parts = [*self.expiries(now), Part(Look.DAY), Part(Look.FUNDING), Part(Look.TRAILING), Part(Look.ACCOUNTS)]
        return self._unless_held(parts)

    def expiries(self, now: datetime) -> list[Part]:
        """The orders whose time is over, the first first."""
        expiries = self._expiries
        while self.is_due(now) and not _can_expire(expiries[0][2]):
            heapq.heappop(expiries)
        if not self.is_due(now):
            return []
        passed = sorted((at, number, order.id) for at, number, order in expiries if at <= now and _can_expire(order))
        return self._unless_held([Part(Look.EXPIRY, order_id) for _, _, order_id in passed])

    def accounts(self) -> list[Part]:
        """Those in trouble, those whose money moved since the last look (they may hold nothing any more), and those that
        hold what traded."""
        ledger = self._ledger
        names = dict.fromkeys((*self._watched, *ledger.moved_accounts))
        for symbol in sorted(ledger.moved_marks):
            names.update(dict.fromkeys(ledger.holders.get(symbol, ())))
        return self._unless_held([Part(Look.ACCOUNT, name) for name in names if name not in SERVICE_ACCOUNTS])

    def _unless_held(self, parts: list[Part]) -> list[Part]:
        return [part for part in parts if not self.setbacks.holds(part, self._ledger.seconds)]

    def look(self, part: Part, now: datetime) -> None:
        """Have one part done."""
        ledger = self._ledger
        match part.look:
            case Look.EXPIRY:
                order = ledger.orders.get(part.name)
                if order is not None:
                    lifecycle.cancel(ledger, order, Reason.TIME_EXPIRED)
            case Look.DAY:
                self._turn_day(now)
            case Look.FUNDING:
                self._funding.look(now)
            case Look.TRAILING:
                self._note_marks()
                self._firing.trail(sorted(ledger.moved_marks))
            case Look.ACCOUNTS:
                self._note_marks()
                for account in self.accounts():
                    self.look(account, now)
                ledger.moved_marks.clear()
                ledger.moved_accounts.clear()
            case Look.ACCOUNT:
                self._look_at(ledger.accounts[part.name])

    def _note_marks(self) -> None:
        """Beside the symbols that traded since the last look, those whose book moved past the last trade."""
        for symbol in self._ledger.last:
            mark = self._ledger.margin_mark(symbol)
            if self._marks.get(symbol) != mark:
                self._marks[symbol] = mark
                self._ledger.moved_marks.add(symbol)

    def put_off(self, part: Part) -> float:
        """A part failed: for how many seconds it is left alone."""
        if part.look is Look.ACCOUNT:
            self._watched[part.name] = self._ledger.accounts[part.name]
            self.keep()
        return self.setbacks.add(part, self._ledger.seconds)

    def _turn_day(self, now: datetime) -> None:
        """At the boundary equity is written down: the day's profit counts from there. A day only turns forward, however
        the clock is set."""
        day = self.day_of(now)
        if day <= self._day:
            return
        self._day = day
        for account in self._ledger.accounts.values():
            if account.is_service or account.day >= day:
                continue
            account.day, account.day_start = day, self._ledger.margin(account).collateral
            account.day_capital = account.day_start
            halt.release(self._ledger, account, Reason.DAY_LOSS_LIMIT)
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
            reached = (warning for share, warning in DAY_WARNINGS if loss > 0 and loss >= bound * share)
            warnings.extend([warning] if (warning := next(reached, None)) else [])
        if account.warnings != tuple(warnings):
            account.warnings = tuple(warnings)
            self._ledger.moved(account)

    def _day_loss_bound(self, account: Account) -> Decimal | None:
        percent = self._ledger.limit(account, "dayLossPct")
        return scaled(account.day_capital, Decimal(percent), HUNDRED) if percent else None

    def check_day_loss(self, account: Account) -> None:
        """Hold the account's money against its day-loss limit now."""
        self._check_day_loss(account, self._ledger.margin(account))

    def _check_day_loss(self, account: Account, margin: Margin) -> None:
        """Reached, it stands until the day ends, whatever else holds the account as well."""
        bound, loss = self._day_loss_bound(account), account.day_start - margin.collateral
        if bound is None or loss <= 0 or loss < bound or Reason.DAY_LOSS_LIMIT in account.holds:
            return
        was_active = account.trading_state is TradingState.ACTIVE
        halt.hold(self._ledger, account, Reason.DAY_LOSS_LIMIT)
        closing.cancel_opening(self._ledger, account, Reason.DAY_LOSS_LIMIT)
        if was_active and self._ledger.settings.flatten_on_day_loss:
            for symbol in [one for one in account.positions if self._ledger.closable(account, one)]:
                closing.close(self._ledger, account, symbol, Reason.DAY_LOSS_LIMIT)

    # ------------------------------------------------------------ the end of a turn

    def cover_losses(self) -> None:
        """What accounts owe that have nothing left is paid by the insurance."""
        self._liquidation.cover(self._ledger.unsettled)


def _can_expire(order: Order) -> bool:
    """Is it open still, and its end not asked for?"""
    return order.is_open and order.cancel_reason is None
