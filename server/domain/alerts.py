"""A price that somebody wants to be told of: kept with their account, rung once."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradeterm.protocol.vocabulary import AlertCondition


@dataclass(frozen=True, slots=True)
class Alert:
    """Waits for the last price of `symbol` to reach `price`, from below or from above."""

    id: str
    symbol: str
    condition: AlertCondition
    price: Decimal
    created_at: datetime

    def is_reached(self, last: Decimal) -> bool:
        return last >= self.price if self.condition is AlertCondition.ABOVE else last <= self.price
