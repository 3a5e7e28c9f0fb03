"""The account: its money, its journal, and whether it may trade."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from tradeterm.client.rest.answers import items_of, read
from tradeterm.client.rest.signed_in import PAGE, SignedIn
from tradeterm.protocol.balances import Account, Balance
from tradeterm.protocol.trades import Trade


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Events as on the socket. `lost_through`: the seq up to which those that were asked for are no longer kept."""

    items: list[dict[str, Any]]
    lost_through: int | None = None


class AccountRoutes(SignedIn):
    """`/account`, `/balances`, `/trades`, `/events`, and the halt."""

    async def balances(self) -> list[Balance]:
        """What the account holds of each asset."""
        return [read(Balance, item) for item in items_of(await self._get("/balances"))]

    async def account(self) -> Account:
        """Equity, margin, profit, limits and the trading state."""
        return read(Account, await self._get("/account"))

    def trades(self, **filters: str) -> AsyncGenerator[Trade, None]:
        """The own executions, newest first, as far back as is asked for."""
        return self._all("/trades", Trade, filters)

    async def events(self, after: int = 0, limit: int = PAGE) -> list[dict[str, Any]]:
        """The own journal after a seq, oldest first: items as on the socket. What is no longer kept is left out."""
        return (await self.journal(after, limit)).items

    async def journal(self, after: int = 0, limit: int = PAGE) -> JournalPage:
        """The same, and what of it is no longer kept."""
        answer = await self._get("/events", {"after": after, "limit": limit})
        items, lost = items_of(answer), answer.get("lostThrough")
        return JournalPage(items, lost if type(lost) is int and lost > after else None)

    async def kill(self) -> dict[str, Any]:
        """Halt the account, cancel everything and close all positions; what was done."""
        found: dict[str, Any] = await self._command("POST", "/kill")
        return found

    async def resume(self) -> dict[str, Any]:
        """End a halt; the trading state after it."""
        found: dict[str, Any] = await self._command("POST", "/resume")
        return found
