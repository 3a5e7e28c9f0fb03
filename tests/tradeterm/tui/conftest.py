"""What holds for every console under test."""

import pytest

from tests.eventually import PATIENCE_S
from tradeterm.tui import key_queue


@pytest.fixture(autouse=True)
def patient_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy with other things a key's whole effect is waited for all the same."""
    monkeypatch.setattr(key_queue, "SETTLE_LIMIT_S", PATIENCE_S)
