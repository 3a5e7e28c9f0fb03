"""Words for sizes: what each comes to, and what it needs."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import account, market
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.orders.typed_number import NotANumber
from tradeterm.tui.orders.typed_size import Means, most, typed_size
from tradeterm.tui.orders.walk import walk

D = Decimal
RICH = account().model_copy(
    update={"equity": D(100_000), "available": D(90_000), "limits": {"leverage": "5", "orderNotionalPct": "100"}}
)
MEANS = Means(market("BTC", "0.5", "0.00001", 2), Side.BUY, RICH, D("-0.3"), D(45_000), D(44_000))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0.5", "0.5"),
        ("0,5", "0.5"),
        ("1.5k", "1500"),
        ("5000usd", "0.11111"),
        ("$ 4,500.00", "0.1"),
        ("25%", "0.55555"),
        ("25 % p", "0.075"),
        ("25%bp", "2.46791"),
        ("1%risk", "0.81208"),  # 1,000 over 1,000 of way and 231.40 of fees a coin
        ("MAX", "0.3"),  # the short that a buy closes
    ],
)
def test_a_word_becomes_whole_lots(text: str, size: str) -> None:
    """Rounded down, so that nothing is risked beyond what was said."""
    assert typed_size(text, MEANS) == D(size)


@pytest.mark.parametrize(
    ("text", "without", "words"),
    [
        ("1%risk", {"stop": None}, "type a stop"),
        ("1%risk", {"stop": D(46_000)}, "wrong side"),
        ("25%", {"account": None}, "account and a price"),
        ("25%p", {"held": D(0)}, "no position"),
        ("500usd", {"entry": None}, "needs a price"),
        ("max", {"held": D(0), "entry": None}, "not known"),
        ("half", {}, "not a number"),
        ("x%", {}, "not a number"),
    ],
)
def test_a_word_says_what_it_lacks(text: str, without: dict[str, object], words: str) -> None:
    """It never guesses."""
    found = typed_size(text, replace(MEANS, **without))  # type: ignore[arg-type]
    assert isinstance(found, NotANumber)
    assert words in found.text


def test_the_most_is_the_tightest_of_what_binds() -> None:
    """Equity as the limit of one order; then a cap of its own; then what is available."""
    flat = replace(MEANS, held=D(0))
    assert round(float(most(flat)), 3) == 2.222  # type: ignore[arg-type]
    capped = RICH.model_copy(update={"limits": {**RICH.limits, "maxOrderQuantity": "1.5"}})
    assert most(replace(flat, account=capped)) == D("1.5")
    poor = RICH.model_copy(update={"available": D(900)})
    assert round(float(most(replace(flat, account=poor))), 4) == 0.0987  # type: ignore[arg-type]


@given(st.decimals(D("0.1"), D(20), places=1), st.integers(30_000, 44_999))
def test_what_is_risked_is_lost_at_the_stop_and_no_more(share: Decimal, stop: int) -> None:
    """Both fees are in it."""
    size = typed_size(f"{share}%risk", replace(MEANS, stop=D(stop)))
    assert isinstance(size, Decimal)
    lost = size * (D(45_000) - stop) + size * (D(45_000) + stop) * D("0.0026")
    assert lost <= RICH.equity * share / 100
    assert lost + (D(45_000) * 2) * D("0.00001") > RICH.equity * share / 100


@given(st.decimals(D("0.1"), D(60), places=1), st.lists(st.decimals(D("0.001"), D(1), places=3), max_size=6))
def test_what_is_risked_counts_what_is_paid_beyond_the_best_price(share: Decimal, sizes: list[Decimal]) -> None:
    """Level by level, and at the last one for what the known book does not give."""
    met = [(D(45_000) + 10 * n, size) for n, size in enumerate(sizes)]
    size = typed_size(f"{share}%risk", replace(MEANS, met=met))
    assert isinstance(size, Decimal)
    found = walk(met, Side.BUY, size, None)
    paid = found.value + (size - found.taken) * (found.worst or D(45_000))
    lost = paid - size * 44_000 + (paid + size * 44_000) * D("0.0026")
    assert lost <= RICH.equity * share / 100
    assert lost > RICH.equity * share / 100 * D("0.9")
