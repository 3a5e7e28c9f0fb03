"""Funding: where a rate is set, what positions pay the house at 00, 08 and 16 UTC, or get from it."""

from datetime import datetime
from decimal import Decimal

from server.domain.accounts import HOUSE, Account
from server.domain.positions import Position
from server.executor.state.ledger import Ledger
from tradeterm.protocol.arithmetic import scaled
from tradeterm.protocol.vocabulary import EventName

EVERY_S = 8 * 3600


class Funding:
    """Remembers when it last looked. While the server is down the market stands still: what passed then is not due."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.period: int | None = None

    def look(self, now: datetime) -> None:
        """Settle once when a boundary has passed since the last look; a clock that is set back settles nothing twice."""
        rate, period = self._ledger.settings.funding_rate, int(now.timestamp()) // EVERY_S
        before, self.period = self.period, max(period, self.period or period)
        # A cash account has borrowed nothing that it could owe funding for.
        if not rate or before is None or period <= before or self._ledger.settings.cash_account:
            return
        for symbol, holders in self._ledger.holders.items():
            mark = self._ledger.valuation.margin_mark(symbol)
            for account in holders.values():
                if mark is not None and not account.is_service:
                    position = account.positions[symbol]
                    # Rounded, or the places of the cash would grow with every settlement.
                    self._pay(account, position, scaled(position.quantity * mark, rate))
            # Who has less money than before may be due for a margin call.
            self._ledger.moved_marks.add(symbol)

    def _pay(self, account: Account, position: Position, due: Decimal) -> None:
        """A cost of holding: it counts as realised, so that profit, break-even and the day's loss tell it."""
        ledger, house = self._ledger, self._ledger.accounts[HOUSE]
        account.earn(-due)
        position.carry(due)
        house.earn(due)
        ledger.pay(account, house, due, "funding")
        ledger.touch_position(account, position)
        ledger.tell_position(EventName.POSITION_UPDATED, account, position)
        ledger.moved(account)
