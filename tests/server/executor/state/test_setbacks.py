"""What failed is left alone, twice as long each time, and forgiven after a while."""

from server.executor.state.setbacks import FIRST_S, LONGEST_S, Setbacks


def test_it_is_left_alone_for_a_while_and_nothing_else_is() -> None:
    setbacks = Setbacks()
    assert not setbacks.holds("ann", 0.0)
    assert setbacks.add("ann", 0.0) == FIRST_S
    assert setbacks.holds("ann", FIRST_S - 0.1)
    assert not setbacks.holds("ann", FIRST_S)
    assert not setbacks.holds("bob", 0.0)


def test_each_time_it_is_left_alone_for_longer_up_to_a_bound() -> None:
    """So that what cannot be done costs less and less."""
    setbacks, at, waits = Setbacks(), 0.0, []
    for _ in range(10):
        waits.append(setbacks.add("ann", at))
        at += waits[-1]
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_S


def test_what_went_well_for_long_begins_anew() -> None:
    setbacks = Setbacks()
    for at in (0.0, 1.0, 3.0):
        setbacks.add("ann", at)
    assert setbacks.add("ann", 3.0 + 4.0 + LONGEST_S + 0.1) == FIRST_S


def test_nothing_is_remembered_for_ever() -> None:
    """Of a thousand that failed once only those of the last minute are kept."""
    setbacks = Setbacks()
    for number in range(1_000):
        setbacks.add(number, float(number))
    assert len(setbacks._waits) <= LONGEST_S + FIRST_S + 1
