"""What is done with alerts, by keys and by lines alike: set, taken away, set again; and the word for each answer."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.vocabulary import AlertCondition
from tradeterm.tui.desk.port import Desk, Done
from tradeterm.tui.format import price


class AlertFlow:
    """One for a screen. `say` shows a sentence; the server keeps the alerts and watches for them."""

    def __init__(self, desk: Desk, say: Callable[[str, bool], None]) -> None:
        self._desk, self._say = desk, say
        self._deleted: Alert | None = None  # the one that went last, for `undo`

    async def set(self, symbol: str, condition: AlertCondition, at: Decimal) -> None:
        """Be told once when the market is there."""
        answer = await self._desk.set_alert(symbol, condition, at)
        is_done = isinstance(answer, Done)
        self._say(f"Alert: {self._words(symbol, condition, at)}." if is_done else answer.text, not is_done)

    def found(self, alert_id: str) -> Alert | None:
        """The alert of this id, while it waits."""
        return next((alert for alert in self._desk.alerts() if alert.id == alert_id), None)

    async def delete(self, alerts: Sequence[Alert]) -> None:
        """Take these away; one that rang in the meantime cannot be."""
        answers = [await self._desk.delete_alert(alert.id) for alert in alerts]
        gone = [alert for alert, answer in zip(alerts, answers, strict=True) if isinstance(answer, Done)]
        self._deleted = gone[-1] if gone else None
        if len(alerts) == 1 and gone:
            one = gone[0]
            words = self._words(one.symbol, one.condition, one.price)
            self._say(f"No alert any more at {words}: u sets it again.", False)
        elif len(alerts) == 1:
            self._say(answers[0].text, True)
        else:
            self._say(f"{len(gone)} of {len(alerts)} alerts are gone.", len(gone) < len(alerts))

    def take_deleted(self) -> Alert | None:
        """The one that was taken away last, once."""
        deleted, self._deleted = self._deleted, None
        return deleted

    def _words(self, symbol: str, condition: AlertCondition, at: Decimal) -> str:
        market = self._desk.markets().get(symbol)
        return f"{symbol} {condition} {price(at, market.price_decimals if market is not None else 0)}"
