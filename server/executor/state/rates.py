"""How many orders an account may still send, where they are limited by the second. Seconds are a monotonic clock's."""

from decimal import Decimal

Budget = tuple[float, float]  # orders that may come at once, and when that was so


class OrderRates:
    """A bucket an account: it fills at the rate, up to a second's worth, and always holds one order at least."""

    def __init__(self) -> None:
        self._budgets: dict[str, Budget] = {}
        self._before: dict[str, Budget | None] = {}  # those that changed since `keep`, as they were; None: full

    def allows(self, account: str, rate: Decimal | int, at: float, sent_before: int = 0) -> bool:
        """May an order be sent now, after others of the same moment? Looking costs nothing."""
        return self._left(account, float(rate), at) >= 1 + sent_before

    def spend(self, account: str, rate: Decimal | int, at: float) -> None:
        """One is sent."""
        self._before.setdefault(account, self._budgets.get(account))
        self._budgets[account] = (self._left(account, float(rate), at) - 1, at)

    def _left(self, account: str, rate: float, at: float) -> float:
        if not rate:
            return 0.0
        burst = max(1.0, rate)
        left, since = self._budgets.get(account, (burst, at))
        return min(burst, left + max(0.0, at - since) * rate)

    def keep(self) -> None:
        """What was spent so far stands."""
        self._before.clear()

    def undo(self) -> None:
        """Back to where it was at the last `keep`."""
        for account, budget in self._before.items():
            if budget is None:
                self._budgets.pop(account, None)
            else:
                self._budgets[account] = budget
        self._before.clear()
