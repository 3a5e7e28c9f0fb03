"""What there is to see of a core: never more than the journal holds.

The runner says when the core is ahead of the journal; who looks then waits until it is not.
"""

import asyncio
from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

from server.domain.accounts import SERVICE_ACCOUNTS
from server.domain.markets import Market
from server.executor.core import Core
from server.executor.state import payloads
from server.ports import AccountRow, DatabaseAway
from tradeterm.protocol.arithmetic import MONEY

SETTLED_WITHIN_S = 2.0


class DurableView:
    """ports.View of a core, which is at rest when this is made."""

    def __init__(self, core: Core, epoch: str) -> None:
        self._core, self._epoch = core, epoch
        self._heads = {name: account.seq for name, account in core.ledger.accounts.items()}
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._readers = 0

    # ------------------------------------------------------------ for the runner

    @property
    def is_awaited(self) -> bool:
        """Whether anybody waits for rest."""
        return self._readers > 0

    def leaves_rest(self) -> None:
        """The core is ahead of the journal, or not whole."""
        self._at_rest.clear()

    def comes_to_rest(self, committed: Iterable[AccountRow] = ()) -> None:
        """What the core holds is durable: these accounts moved."""
        for row in committed:
            self._heads[row.account] = row.seq
        self._at_rest.set()

    # ------------------------------------------------------------ for who looks

    async def settled(self) -> None:
        self._readers += 1
        try:
            async with asyncio.timeout(SETTLED_WITHIN_S):
                while not self._at_rest.is_set():
                    await self._at_rest.wait()
        except TimeoutError:
            raise DatabaseAway from None
        finally:
            self._readers -= 1

    @property
    def is_settled(self) -> bool:
        return self._at_rest.is_set()

    def head(self, account: str) -> int:
        return self._heads.get(account, 0)

    def epoch(self) -> str:
        return self._epoch

    def accounts(self) -> Iterable[str]:
        return [name for name in self._core.ledger.accounts if name not in SERVICE_ACCOUNTS]

    def markets(self) -> Mapping[str, Market]:
        return self._core.ledger.markets

    def order(self, account: str, order_id: str) -> bytes | None:
        order = self._core.ledger.orders.get(order_id)
        return None if order is None or order.account != account else self._core.ledger.order_bytes(order)

    def alerts(self, account: str) -> list[bytes]:
        found, markets = self._core.ledger.accounts.get(account), self._core.ledger.markets
        waiting = found.alerts.values() if found is not None else ()
        return [payloads.alert_bytes(alert, markets[alert.symbol].price_decimals) for alert in waiting]

    def ahead(self, account: str) -> Mapping[str, Decimal]:
        found, quotes = self._core.ledger.accounts.get(account), self._core.ledger.quotes
        orders = list(found.orders.values()) if found is not None else []
        places = {order.id: quotes.ahead(order.symbol, order.id) for order in orders}
        return {order_id: before for order_id, before in places.items() if before is not None}

    def snapshot(self, account: str) -> tuple[int, Mapping[str, list[bytes]]]:
        ledger, found = self._core.ledger, self._core.ledger.accounts.get(account)
        if found is None:
            return 0, {"orders": [], "positions": [], "balances": [], "account": []}
        with localcontext(MONEY):
            balance, glance = ledger.figures(found)
            return found.seq, {
                "orders": [ledger.order_bytes(order) for order in found.orders.values()],
                "positions": [ledger.position_bytes(found, position) for position in found.positions.values()],
                "balances": [balance],
                "account": [glance],
            }
