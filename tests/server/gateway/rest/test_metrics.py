"""What is counted is said in numbers; what nobody counts is no number."""

import pytest

from server.gateway.rest.metrics import ExchangeBudget, Metrics
from server.ports import Behind


@pytest.mark.parametrize(("left", "said"), [(5_990, b"5990.0"), (0, b"0.0"), (None, b"NaN")])
def test_weight_that_nobody_counts_is_no_number(left: int | None, said: bytes) -> None:
    metrics = Metrics(exchange=ExchangeBudget(lambda: left, lambda: 0.0))
    assert b"tradeterm_exchange_weight_left " + said in metrics.text()


def test_what_is_looked_up_is_as_it_stands_when_somebody_asks() -> None:
    """Not as it stood when the server began."""
    lost, behind = [0], [Behind()]
    metrics = Metrics(lambda: lost[0], lambda: behind[0])
    assert b"tradeterm_log_lines_lost 0.0" in metrics.text()
    lost[0], behind[0] = 3, Behind(bytes=7, seconds=2.5)
    said = metrics.text()
    assert b"tradeterm_log_lines_lost 3.0" in said
    assert b"tradeterm_tables_behind_bytes 7.0" in said
    assert b"tradeterm_tables_behind_seconds 2.5" in said
