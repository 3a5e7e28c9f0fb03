"""Positions: looked at, closed, turned round, protected."""

from decimal import Decimal
from typing import Any

from tradeterm.client.rest.answers import items_of, read
from tradeterm.client.rest.orders import new_client_order_id
from tradeterm.client.rest.signed_in import SignedIn
from tradeterm.client.rest.texts import dashed, number_text
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position


class PositionRoutes(SignedIn):
    """`/positions`: by symbol."""

    async def positions(self) -> list[Position]:
        """The open positions."""
        return [read(Position, item) for item in items_of(await self._get("/positions"))]

    async def close_position(self, symbol: str, client_order_id: str | None = None) -> Order:
        """Close a position at market, its entries cancelled first; the order that closes it. Safe to retry with the same id."""
        client_order_id = client_order_id or new_client_order_id()
        path = f"/positions/{dashed(symbol)}/close"
        asked = {"clientOrderId": client_order_id}
        return read(Order, await self._insist(path, asked, client_order_id), client_order_id)

    async def reverse_position(self, symbol: str, client_order_id: str | None = None) -> Order:
        """Turn a position round with one order of twice its quantity; that order. Safe to retry with the same id."""
        client_order_id = client_order_id or new_client_order_id()
        path = f"/positions/{dashed(symbol)}/reverse"
        asked = {"clientOrderId": client_order_id}
        return read(Order, await self._insist(path, asked, client_order_id), client_order_id)

    async def close_all(self) -> list[Order]:
        """Close every position at market; the closing orders."""
        return [read(Order, one) for one in items_of(await self._command("POST", "/positions/close"), "orders")]

    async def protect(
        self, symbol: str, stop: str | Decimal | None = None, target: str | Decimal | None = None
    ) -> dict[str, Any]:
        """Give a position its one pair of exits; without both it has none."""
        body: dict[str, Any] = {"stopLoss": {"stopPrice": number_text(stop)}} if stop is not None else {}
        body |= {"takeProfit": {"price": number_text(target)}} if target is not None else {}
        found: dict[str, Any] = await self._command("PUT", f"/positions/{dashed(symbol)}/protection", body)
        return found
