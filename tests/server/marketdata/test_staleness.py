"""A silent feed is declared stale, and told when it is back."""

from decimal import Decimal

from server.marketdata.staleness import Staleness
from server.ports import Cancel, FlowStep, Place
from tradeterm.protocol.vocabulary import Side, TimeInForce

BTC, ETH = "BTC/USD", "ETH/USD"


def step(symbol: str) -> FlowStep:
    return FlowStep([Place("f", "", symbol, Side.BUY, Decimal(1), Decimal(1), TimeInForce.GTC), Cancel("f", symbol)])


def test_a_market_is_stale_once_its_feed_was_silent_for_longer_than_the_limit() -> None:
    """Told once, by symbol; the others are not concerned."""
    staleness = Staleness([BTC, ETH], 0, limit_s=10)
    staleness.heard(step(ETH), 9)
    assert staleness.check(10) == []
    assert staleness.check(10.1) == [BTC]
    assert (staleness.is_stale(BTC), staleness.is_stale(ETH)) == (True, False)
    assert staleness.check(11) == []


def test_a_market_that_is_heard_again_is_fresh_at_once_and_told() -> None:
    """Orders may use its price before the next check says that it is back."""
    staleness = Staleness([BTC], 0, limit_s=10)
    staleness.check(20)
    staleness.heard(step(BTC), 21)
    assert not staleness.is_stale(BTC)
    assert staleness.check(21) == [BTC]
    assert staleness.check(22) == []


def test_a_feed_that_never_spoke_is_silent() -> None:
    """From the start on the time counts; an empty step says nothing."""
    staleness = Staleness([BTC], 100, limit_s=10)
    staleness.heard(FlowStep(), 105)
    assert staleness.check(111) == [BTC]


def test_back_and_silent_again_between_two_checks_is_silent() -> None:
    """What is told is how it is."""
    staleness = Staleness([BTC], 0, limit_s=10)
    staleness.check(20)
    staleness.heard(step(BTC), 21)
    assert staleness.check(40) == [BTC]
    assert staleness.is_stale(BTC)
