"""What is counted is said in numbers; what nobody counts is no number."""

import pytest

from server.gateway.rest.metrics import Metrics


@pytest.mark.parametrize(("left", "said"), [(5_990, b"5990.0"), (0, b"0.0"), (None, b"NaN")])
def test_weight_that_nobody_counts_is_no_number(left: int | None, said: bytes) -> None:
    metrics = Metrics()
    metrics.watch_exchange(lambda: left, lambda: 0.0)
    assert b"tradeterm_exchange_weight_left " + said in metrics.text()
