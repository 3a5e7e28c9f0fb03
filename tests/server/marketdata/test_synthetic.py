"""The synthetic market: the same seed is the same market, it looks like one, and users cannot move its dice."""

import json
import os
from decimal import Decimal
from functools import cache
from statistics import mean, median

import pytest

from server.marketdata.fair_value import Fair, KeptFairValue
from server.ports import FillReport, Place
from tests.server.marketdata.offline import BTC, Offline, autocorrelation, kurtosis, listed, returns, seconds
from tradeterm.protocol.vocabulary import Side

SOAK = float(os.environ.get("TRADETERM_SOAK", "1"))
HALF_HOUR = int(1800 * SOAK)


class Watched:
    """What half an hour of BTC/USD looked like."""

    def __init__(self, seed: int) -> None:
        market = Offline(listed(1), seed)
        self.middles: list[float] = []
        self.spreads: list[int] = []
        self.signs: list[float] = []
        self.costs: dict[int, list[float]] = {1: [], 10: [], 100: []}
        for number in seconds(market, HALF_HOUR):
            self.middles.append(market.middle())
            self.spreads.append(market.spread_ticks())
            self.signs += [float(one.side.sign) for one in market.prints]
            if number % 20 == 0:
                for size, costs in self.costs.items():
                    costs.append(market.cost_bp(Decimal(size)))


@cache
def watched(seed: int) -> Watched:
    return Watched(seed)


def first_requests(seed: int, saved: dict[str, bytes] | None = None, count: int = 400) -> list[str]:
    market = Offline(listed(3), seed, saved)
    steps = market.feed.steps()
    return [repr(next(steps)) for _ in range(count)]


# ---------------------------------------------------------------- one seed, one market


def test_the_same_seed_is_the_same_market_byte_for_byte() -> None:
    """Two runs of one seed yield the same waits and the same requests; another seed does not."""
    assert first_requests(7) == first_requests(7)
    assert first_requests(7) != first_requests(8)


def test_the_same_seed_gives_the_same_prints_and_state() -> None:
    """Also after it met the venue: the same tape, the same fair values."""
    one, two = Offline(listed(3), 5), Offline(listed(3), 5)
    for market in (one, two):
        market.advance(60)
    assert one.prints
    assert one.prints == two.prints
    assert one.states() == two.states()


def test_a_restart_goes_on_from_the_saved_prices_and_lives_another_day() -> None:
    """The price is the saved one; the same seed does not repeat what it did in its first life."""
    market = Offline(listed(1), 5)
    market.advance(300)
    saved = market.states()
    again = Offline(listed(1), 5, saved)
    again.advance(0.1)
    assert abs(again.middle() / market.middle() - 1) < 0.0005
    assert again.feed.opening()[BTC] % Decimal("0.5") == 0
    assert json.loads(again.feed.state(BTC))["life"] == 2
    assert first_requests(5, saved)[1:] != first_requests(5)[1:]


@pytest.mark.parametrize("state", [b"", b"{}", b"[1]", b"nothing", b'{"fair":0}'])
def test_a_state_that_no_synthetic_market_wrote_is_no_state(state: bytes) -> None:
    """A market that was driven by another feed before opens at its start price."""
    market = Offline(listed(1), 5, {BTC: state, "GONE/USD": b"{}"})
    assert market.feed.opening()[BTC] == 45_000


# ---------------------------------------------------------------- it looks like a market


@pytest.mark.slow
def test_returns_forget_their_direction_but_not_their_size() -> None:
    """No trend to ride from second to second, and none from minute to minute; quiet and wild times come in clusters."""
    seen = watched(2)
    moves = returns(seen.middles)
    sizes = [abs(move) for move in moves]
    assert abs(autocorrelation(moves, 1)) < 0.15
    assert abs(autocorrelation(moves, 5)) < 0.1
    assert [0.03 < autocorrelation(sizes, lag) < 0.6 for lag in (1, 10)] == [True, True]
    ratio = mean(move**2 for move in returns(seen.middles, 60)) / 60 / mean(move**2 for move in moves)
    assert 0.5 < ratio < 1.7


@pytest.mark.slow
def test_returns_have_fat_tails_and_a_volatility_of_the_trade() -> None:
    """Kurtosis well over the normal 3, and a year's volatility that a trader knows."""
    moves = returns(watched(2).middles)
    assert 3.5 < kurtosis(moves) < 60
    yearly = (mean(move**2 for move in moves) * 365 * 86_400) ** 0.5
    assert 0.2 < yearly < 2.5


@pytest.mark.slow
def test_the_spread_is_one_tick_most_of_the_time_and_breathes() -> None:
    """One tick for most seconds, several now and then, never none."""
    spreads = sorted(watched(2).spreads)
    assert spreads[0] >= 1
    assert 0.55 < sum(spread == 1 for spread in spreads) / len(spreads) < 0.95
    assert 3 <= spreads[len(spreads) * 99 // 100] <= 60


@pytest.mark.slow
def test_the_side_of_trades_is_remembered_and_forgotten_slowly() -> None:
    """The flow is signed: buys follow buys, less and less."""
    memory = [autocorrelation(watched(2).signs, lag) for lag in (1, 5, 20, 50)]
    assert 0.25 < memory[0] < 0.85
    assert 0.08 < memory[1] < 0.6
    assert memory == sorted(memory, reverse=True)
    assert abs(memory[3]) < 0.15


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_size_costs_what_it_should(seed: int) -> None:
    """1, 10 and 100 BTC at market: up to 0.5, 1 to 3, and 8 to 20 basis points."""
    costs = watched(seed).costs
    assert mean(costs[1]) <= 0.5
    assert 1 <= mean(costs[10]) <= 3
    assert 8 <= mean(costs[100]) <= 20
    assert median(costs[1]) < median(costs[10]) < median(costs[100])


@pytest.mark.slow
def test_symbols_move_together_but_not_alike() -> None:
    """A part of each move is shared by all."""
    market = Offline(listed(2), 4)
    middles: dict[str, list[float]] = {symbol: [] for symbol in market.markets}
    for _ in seconds(market, HALF_HOUR):
        for symbol, seen in middles.items():
            seen.append(market.middle(symbol))
    one, two = (returns(seen, 30) for seen in middles.values())
    shared = sum(a * b for a, b in zip(one, two, strict=True))
    correlation = shared / (sum(a * a for a in one) * sum(b * b for b in two)) ** 0.5
    assert 0.2 < correlation < 0.9


def test_no_market_is_ever_crossed_and_every_market_trades() -> None:
    """All twelve, second by second; a locked or crossed book would fail in `middle`."""
    market = Offline(listed(12), 9)
    traded: set[str] = set()
    for _ in seconds(market, 90):
        traded |= {one.symbol for one in market.prints}
        for symbol in market.markets:
            market.middle(symbol)
    assert traded == set(market.markets)


def test_the_flow_forgets_what_it_cannot_see() -> None:
    """The book does not fill up: an hour later it holds no more quotes than are remembered."""
    market = Offline(listed(1), 3)
    market.advance(1200)
    bids, asks = market.venue.depth(BTC, 10_000)
    assert len(bids) + len(asks) < 500


# ---------------------------------------------------------------- users


def test_users_orders_never_change_the_draws_behind_fair_value() -> None:
    """With and without a large trader: the same walk; only what was learned from the trader differs."""
    alone, visited = Offline(listed(1), 6), Offline(listed(1), 6)
    for number in range(60):
        alone.advance(1)
        visited.advance(1)
        visited.order(f"u{number}", Side.BUY, Decimal(8))
    before, after = (KeptFairValue.read(market.feed.state(BTC)) for market in (alone, visited))
    assert before.fair == pytest.approx(after.fair, abs=1e-9)
    assert before.log_vol == pytest.approx(after.log_vol, abs=1e-12)
    assert after.learned > before.learned


def test_a_part_of_a_large_orders_impact_stays() -> None:
    """100 BTC bought: a minute later the price is above where it would be, by less than the order moved it."""
    alone, visited = Offline(listed(1), 6), Offline(listed(1), 6)
    for market in (alone, visited):
        market.advance(120)
    assert alone.middle() == visited.middle()
    reports = visited.order("large", Side.BUY, Decimal(100))
    paid = max(float(one.price) for one in reports if type(one) is FillReport)
    moved = paid / alone.middle() - 1
    alone.advance(60)
    visited.advance(60)
    stayed = visited.middle() / alone.middle() - 1
    assert 0.00002 < stayed < moved


def test_what_users_hold_teaches_the_same_both_ways() -> None:
    """Bought and sold back in any steps, the price is where it was; more teaches more, but ever less."""
    fair = Fair(45_000)
    learned = []
    for held in (0, 10, 300, 5_000, 300, 10, 0, -10, -300, -5_000, 0):
        fair.learn(held)
        learned.append(fair.learned)
    assert learned[:4] == sorted(learned[:4])
    assert learned[4:7] == pytest.approx([learned[2], learned[1], 0], abs=1e-15)
    assert learned[7:10] == pytest.approx([-one for one in learned[1:4]], abs=1e-15)
    assert learned[3] / 5_000 < learned[1] / 10


def test_quotes_and_trades_of_users_with_each_other_teach_nothing() -> None:
    """Walls at the touch that nobody meets before they are gone, layers, prints between two accounts."""
    market = Offline(listed(1), 6)
    market.advance(30)
    before = KeptFairValue.read(market.feed.state(BTC)).learned
    for number in range(40):
        bid, ask = market.venue.best_bid(BTC), market.venue.best_ask(BTC)
        assert bid is not None
        assert ask is not None
        for step in range(1, 20):
            market.order(f"wall-{number}-{step}", Side.BUY, Decimal(50), bid - step * Decimal("0.5"))
        spread = [price * Decimal("0.5") for price in range(int(bid * 2) + 1, int(ask * 2))]
        if spread:
            market.order(f"mine-{number}", Side.SELL, Decimal(5), spread[0])
            market.order(f"own-{number}", Side.BUY, Decimal(5), spread[0], account="bob")
        for step in range(1, 20):
            market.cancel(f"wall-{number}-{step}")
        market.advance(0.5)
    assert any(fill.account == "bob" for fill in market.fills)
    assert market.venue.users_hold(BTC) == 0
    assert KeptFairValue.read(market.feed.state(BTC)).learned == before


def test_what_was_learned_survives_a_restart_and_is_unlearned_after_it() -> None:
    """Bought before and sold after: the price is back where it was."""
    market = Offline(listed(1), 6)
    market.advance(1)
    market.order("one", Side.BUY, Decimal(80))
    market.advance(1)
    saved = market.states()
    learned = KeptFairValue.read(saved[BTC]).learned
    again = Offline(listed(1), 6, saved)
    again.advance(1)
    assert KeptFairValue.read(again.feed.state(BTC)).learned == learned > 0
    again.order("two", Side.SELL, Decimal(80))
    again.advance(1)
    assert KeptFairValue.read(again.feed.state(BTC)).learned == pytest.approx(0, abs=1e-12)


def test_nobody_pays_what_is_far_from_fair_value() -> None:
    """A user who stands alone above the market, after buying all that was there, sells to nobody of it."""
    market = Offline(listed(1), 6)
    market.advance(10)
    high = Decimal(round(market.middle() * 1.01))
    market.order("sweep", Side.BUY, Decimal(5_000), high - 1)
    market.fills.clear()
    market.order("mine", Side.SELL, Decimal(100), high)
    market.advance(30)
    assert not [fill for fill in market.fills if fill.order_id == "mine"]


def test_a_users_order_is_one_among_the_flows() -> None:
    """A bid at the touch is filled by the flow's sellers, with the queue before it served first."""
    market = Offline(listed(1), 3)
    market.advance(30)
    touch = market.venue.best_bid(BTC)
    assert touch is not None
    ahead = market.venue.depth(BTC, 1)[0][0][1]
    market.order("mine", Side.BUY, Decimal("0.5"), touch)
    traded, mine = Decimal(0), Decimal(0)
    for _ in range(20_000):
        _, step = next(market._steps)
        for request in step.requests:
            assert not isinstance(request, Place) or request.account == ""
            for report in market.venue.execute(request):
                if type(report) is FillReport and report.order_id == "mine":
                    mine += report.quantity
                    assert report.price == touch
        if mine:
            break
    assert mine > 0
    assert ahead > traded
