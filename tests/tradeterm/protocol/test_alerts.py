"""Alerts and the dead-man's switch on the wire."""

import pytest
from pydantic import ValidationError

from tradeterm.protocol.alerts import LONGEST_SILENCE_S, Alert, AlertRequest, DeadManRequest
from tradeterm.protocol.vocabulary import AlertStatus


def test_a_server_of_tomorrow_can_be_read() -> None:
    """A key that is newer than the client is ignored; what is not said yet is None."""
    wire = {"id": "a", "symbol": "BTC/USD", "condition": "above", "price": "46000.00", "status": "waiting"}
    alert = Alert.model_validate({**wire, "createdAt": "2026-01-05T12:00:00.000Z", "sound": "bell"})
    assert (alert.status, alert.last_price, alert.triggered_at) == (AlertStatus.WAITING, None, None)


@pytest.mark.parametrize("seconds", [-1, LONGEST_SILENCE_S + 1, "60", 1.5, True, None])
def test_a_silence_is_a_whole_number_of_seconds(seconds: object) -> None:
    """Up to an hour; nothing is guessed."""
    with pytest.raises(ValidationError):
        DeadManRequest.model_validate({"seconds": seconds})


@pytest.mark.parametrize("price", ["0", "-1", "1e5", "45,000", 45000])
def test_an_alert_needs_a_price(price: object) -> None:
    """A decimal string above zero."""
    with pytest.raises(ValidationError):
        AlertRequest.model_validate({"symbol": "BTC/USD", "condition": "above", "price": price})
