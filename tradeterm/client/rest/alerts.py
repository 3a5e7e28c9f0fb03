"""What the server watches while nobody looks: price alerts and the dead-man's switch."""

from decimal import Decimal

from tradeterm.client.rest.answers import items_of, read
from tradeterm.client.rest.signed_in import SignedIn
from tradeterm.client.rest.texts import number_text, segment
from tradeterm.protocol.alerts import Alert, DeadMan
from tradeterm.protocol.vocabulary import AlertCondition


class AlertRoutes(SignedIn):
    """`/alerts` and `/dead-man`."""

    async def alerts(self) -> list[Alert]:
        """The alerts that wait, oldest first."""
        return [read(Alert, item) for item in items_of(await self._get("/alerts"))]

    async def set_alert(self, symbol: str, condition: AlertCondition, price: str | Decimal) -> Alert:
        """Be told once, by the event `alert:triggered`, when a price is reached."""
        body = {"symbol": symbol, "condition": condition.value, "price": number_text(price)}
        return read(Alert, await self._command("POST", "/alerts", body))

    async def delete_alert(self, alert_id: str) -> Alert:
        """Take an alert away. Raises RequestRefused (404)."""
        return read(Alert, await self._command("DELETE", f"/alerts/{segment(alert_id)}"))

    async def set_dead_man(self, seconds: int) -> DeadMan:
        """Have the entries cancelled when this is not said again for so many seconds; 0 switches it off."""
        return read(DeadMan, await self._command("PUT", "/dead-man", {"seconds": seconds}))
