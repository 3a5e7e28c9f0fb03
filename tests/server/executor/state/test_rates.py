"""How many orders may come in a second: never more than a second's worth at once, and one at least."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from server.executor.state.rates import OrderRates


def sent(rates: OrderRates, rate: Decimal | int, at: float, tries: int = 100) -> int:
    """How many of so many attempts at one moment were allowed."""
    count = 0
    for _ in range(tries):
        if rates.allows("ann", rate, at):
            rates.spend("ann", rate, at)
            count += 1
    return count


def test_a_second_s_worth_may_come_at_once_and_then_the_rate() -> None:
    rates = OrderRates()
    assert sent(rates, 5, 0.0) == 5
    assert sent(rates, 5, 0.4) == 2
    assert sent(rates, 5, 100.0) == 5


def test_less_than_one_in_a_second_is_one_in_a_while() -> None:
    """Half an order a second is one every two seconds."""
    rates = OrderRates()
    assert [sent(rates, Decimal("0.5"), at) for at in (0.0, 1.0, 2.0, 3.9)] == [1, 0, 1, 0]


def test_none_in_a_second_is_none() -> None:
    assert sent(OrderRates(), 0, 5.0) == 0


def test_accounts_do_not_touch_each_other() -> None:
    rates = OrderRates()
    sent(rates, 1, 0.0)
    assert rates.allows("bob", 1, 0.0)


def test_of_several_of_one_moment_each_counts() -> None:
    """Two legs that come together need two."""
    rates = OrderRates()
    assert rates.allows("ann", 2, 0.0, sent_before=1)
    assert not rates.allows("ann", 2, 0.0, sent_before=2)


def test_an_undo_gives_back_what_was_spent_since_it_was_kept() -> None:
    """All of it, where nothing was kept; and no more of it a second time."""
    rates = OrderRates()
    assert sent(rates, 5, 0.0, tries=2) == 2
    rates.undo()
    assert sent(rates, 5, 0.0, tries=1) == 1
    rates.keep()
    assert sent(rates, 5, 0.0) == 4
    for _ in range(2):
        rates.undo()
    assert sent(rates, 5, 0.0) == 4


@given(st.lists(st.sampled_from(["spend", "keep", "undo"]), max_size=20))
def test_what_is_undone_was_never_spent(steps: list[str]) -> None:
    """Since the last time that it was kept."""
    rates, kept, now = OrderRates(), 0, 0
    for step in steps:
        if step == "spend":
            rates.spend("ann", 100, 0.0)
            now += 1
        elif step == "keep":
            rates.keep()
            kept = now
        else:
            rates.undo()
            now = kept
    assert sent(rates, 100, 0.0, tries=200) == max(0, 100 - now)
