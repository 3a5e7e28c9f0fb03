"""Fills on their way back from a venue that is some way off: the venue has them, their owners do not know of them yet."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from server.ports import FillReport, Positions, Report


class UntoldFills:
    """Both the venue far off and the way to it are given this: what may be closed there counts what is underway."""

    def __init__(self, positions: Positions) -> None:
        """`positions` is what accounts know of."""
        self._positions = positions
        self._fills: dict[tuple[str, str], list[FillReport]] = {}  # by account and symbol

    def positions(self, account: str, symbol: str, fills: Sequence[FillReport]) -> Decimal:
        """`Positions` as they are at the venue."""
        return self._positions(account, symbol, [*self._fills.get((account, symbol), ()), *fills])

    def note(self, reports: Iterable[Report]) -> None:
        """These have happened at the venue."""
        for report in reports:
            if type(report) is FillReport:
                self._fills.setdefault((report.account, report.symbol), []).append(report)

    def tell(self, fill: FillReport) -> None:
        """It has come to its owner."""
        self._fills[fill.account, fill.symbol].remove(fill)

    def clear(self) -> None:
        self._fills.clear()
