"""The fair value that the invented market quotes round: what teaches it, and what does not."""

from random import Random

from server.marketdata.fair_value import Fair, impact


def test_who_comes_back_to_where_they_began_finds_the_price_there() -> None:
    """Whatever they did between, and in whichever steps."""
    fair = Fair(100.0)
    for held in (10.0, 700.0, -300.0, 42.0):
        fair.learn(held)
    assert fair.value != 100.0
    fair.learn(0.0)
    assert abs(fair.value - 100.0) < 1e-9


def test_buying_teaches_up_and_selling_down_and_ever_less() -> None:
    assert impact(0) == 0
    assert impact(100) > 0 > impact(-100)
    assert impact(100) == -impact(-100)
    assert impact(200) - impact(100) < impact(100)


def test_a_moment_moves_no_price_far() -> None:
    """At most by a fiftieth, however wild the draw; the same draws give the same price."""
    values = []
    for _ in range(2):
        fair, own = Fair(100.0, log_vol=20.0), Random(1)
        for _ in range(50):
            before = fair.walk
            fair.move(1.0, own, 9.0)
            assert 0.98 <= fair.walk / before <= 1.0203
        values.append(fair.walk)
    assert values[0] == values[1]
