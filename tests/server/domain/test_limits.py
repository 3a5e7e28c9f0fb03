"""Which values each risk limit may have; the sentence names the bounds."""

from decimal import Decimal

import pytest

from server.domain.limits import LIMITS, Value, wrong_limit

BOTH_ENDS = [(name, end) for name, sense in LIMITS.items() for end in (sense.least, sense.most)]


@pytest.mark.parametrize(("name", "end"), BOTH_ENDS, ids=str)
def test_both_ends_of_every_limit_make_sense(name: str, end: Decimal) -> None:
    assert wrong_limit({name: end}) is None


@pytest.mark.parametrize("name", LIMITS)
def test_beyond_its_ends_no_limit_makes_sense(name: str) -> None:
    """The sentence says from where to where."""
    sense = LIMITS[name]
    for value in (sense.least - 1, sense.most + 1):
        assert (wrong_limit({name: value}) or "").startswith(f"{name} is ")


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_can_be_taken_away(name: str) -> None:
    assert wrong_limit({name: None}) is None


@pytest.mark.parametrize(
    ("name", "value", "is_good"),
    [
        ("maxOpenOrders", Decimal("1.5"), False),
        ("maxOpenOrders", Decimal("2.0"), True),
        ("maxOpenOrders", 3, True),
        ("dayLossPct", Decimal("0.000000000001"), True),
        ("dayLossPct", Decimal("0.0000000000001"), False),
    ],
)
def test_a_count_is_whole_and_an_amount_no_finer_than_is_shown(name: str, value: Value, is_good: bool) -> None:
    assert (wrong_limit({name: value}) is None) is is_good


def test_a_limit_that_there_is_not_is_named_and_cut() -> None:
    """With those that there are."""
    found = wrong_limit({"leverage": Decimal(2), "x" * 1_000: Decimal(1)})
    assert found is not None
    assert f"no limit {'x' * 64};" in found
    assert all(name in found for name in LIMITS)
