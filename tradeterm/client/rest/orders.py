"""Orders: placed, amended, cancelled, looked at."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from decimal import Decimal
from typing import Any

from tradeterm.client.rest.answers import items_of, read
from tradeterm.client.rest.signed_in import SignedIn
from tradeterm.client.rest.texts import number_text, segment
from tradeterm.protocol.orders import Order, OrderRequest, QueuePlace
from tradeterm.protocol.vocabulary import OrderType, Side


def new_client_order_id() -> str:
    """32 hex digits: the one form that every exchange takes. Made before the send, so that a retry is the same order."""
    return uuid.uuid4().hex


class OrderRoutes(SignedIn):
    """`/orders`: every command is safe to send again under the same client order id."""

    async def place(self, request: OrderRequest) -> Order:
        """Place an order; without a client order id it is given one first.

        A server that cannot say what became of it is asked again under the same id, for up to ten seconds. Raises
        RequestRefused, Unreachable (it was not sent) or OutcomeUnknown: then place the same request again, the server
        makes one order of one id.
        """
        if request.client_order_id is None:
            request = request.model_copy(update={"client_order_id": new_client_order_id()})
        body = request.model_dump(mode="json", by_alias=True, exclude_none=True)
        client_order_id = request.client_order_id
        return read(Order, await self._insist("/orders", body, client_order_id), client_order_id)

    async def buy(self, symbol: str, quantity: str | Decimal, price: str | Decimal | None = None, **more: Any) -> Order:
        """A market order, or with a price a limit order. `more` are further keys of OrderRequest."""
        return await self.place(order_request(Side.BUY, symbol, quantity, price, more))

    async def sell(
        self, symbol: str, quantity: str | Decimal, price: str | Decimal | None = None, **more: Any
    ) -> Order:
        """A market order, or with a price a limit order; see `buy`."""
        return await self.place(order_request(Side.SELL, symbol, quantity, price, more))

    async def preview(self, request: OrderRequest) -> dict[str, Any]:
        """What an order would cost and do, without placing it: fees, margin, the position after it, as decimal strings."""
        body = request.model_dump(mode="json", by_alias=True, exclude_none=True)
        found: dict[str, Any] = await self._command("POST", "/orders/preview", body)
        return found

    async def amend(self, order_id: str, **totals: str | Decimal) -> Order:
        """New totals: quantity, price, stopPrice."""
        body = {name: number_text(value) for name, value in totals.items()}
        return read(Order, await self._command("PATCH", f"/orders/{segment(order_id)}", body))

    async def cancel(self, order_id: str) -> Order:
        """Cancel an open order; the order as it is then. Raises RequestRefused (404) when it is not open."""
        return read(Order, await self._command("DELETE", f"/orders/{segment(order_id)}"))

    async def cancel_all(self, symbol: str | None = None, *, include_exits: bool = False) -> dict[str, Any]:
        """Cancel open entries, of one symbol or of all; with `include_exits` what protects positions goes too."""
        asked = {"include": "all" if include_exits else "entries"} | ({} if symbol is None else {"symbol": symbol})
        found: dict[str, Any] = await self._command("DELETE", "/orders", parameters=asked)
        return found

    async def order(self, order_id: str) -> Order:
        """One order of the account, open or ended. Raises RequestRefused (404)."""
        return read(Order, await self._get(f"/orders/{segment(order_id)}"))

    async def queue(self) -> list[QueuePlace]:
        """What stands before each resting order at its price, where the venue knows."""
        return [read(QueuePlace, item) for item in items_of(await self._get("/orders/queue"))]

    def orders(self, **filters: str) -> AsyncGenerator[Order, None]:
        """Newest first, as far back as is asked for."""
        return self._all("/orders", Order, filters)


def order_request(
    side: Side, symbol: str, quantity: str | Decimal, price: str | Decimal | None, more: Mapping[str, Any]
) -> OrderRequest:
    """A market order, or with a price a limit order, unless `more` says another type. Raises ValueError (of pydantic)
    for what the wire does not know."""
    kind = more.get("type") or (OrderType.MARKET if price is None else OrderType.LIMIT)
    given = {"symbol": symbol, "side": side, "quantity": number_text(quantity), **more, "type": kind}
    if price is not None:
        given["price"] = number_text(price)
    return OrderRequest.model_validate(given)
