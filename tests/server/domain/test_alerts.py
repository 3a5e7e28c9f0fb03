"""When an alert's price is reached."""

from decimal import Decimal

import pytest

from server.domain.alerts import Alert
from tests.builders import START
from tradeterm.protocol.vocabulary import AlertCondition


@pytest.mark.parametrize(
    ("condition", "last", "reached"),
    [
        (AlertCondition.ABOVE, "99.5", False),
        (AlertCondition.ABOVE, "100", True),
        (AlertCondition.ABOVE, "101", True),
        (AlertCondition.BELOW, "100.5", False),
        (AlertCondition.BELOW, "100", True),
        (AlertCondition.BELOW, "3", True),
    ],
)
def test_the_price_itself_is_reached(condition: AlertCondition, last: str, reached: bool) -> None:
    """From either side, the price alone is enough."""
    alert = Alert("a", "BTC/USD", condition, Decimal(100), START)
    assert alert.is_reached(Decimal(last)) is reached
