"""The synthetic market: seeded participants who quote round a moving fair value, take, and change their minds.

What they do is real orders in the same book as the users', so queues, partial fills and impact come by themselves.
Each agent of each symbol draws from a stream of its own: what users do never changes the draws behind the fair value.
Prices here are whole ticks and the fair value a float: it is weather, not money.
"""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from server.domain.markets import Market
from server.marketdata.candles import Candles
from server.marketdata.fair_value import Fair, KeptFairValue
from server.marketdata.seeded_history import seed_history
from server.ports import Cancel, FlowQuotes, FlowStep, Place, Request
from tradeterm.protocol.vocabulary import Side, TimeInForce

DEPTH = 0.0045  # how far from fair value quotes stand, as a share of the price
MIN_DEPTH_TICKS, MAX_DEPTH_TICKS = 25, 400
PATIENCE = 5  # a quote at the far end is this much larger
LADDER = 170  # orders a side at the start
MAX_NEAR, MAX_FAR = 120, 360  # quotes of a symbol that are remembered, both sides together
TYPICAL = 16_000  # worth of a typical order in the busiest market
NEAR = 0.75  # share of quotes that go to the top of the book
NEAR_TICKS = 8
STALE_TICKS = 0.7
DEAR, DEAR_TICKS = 0.0008, 8  # nobody takes at a price further from fair value, as a share of it or in ticks
HAWKES_JUMP = 0.55
HAWKES_FORGET_S = 4.0
RUN_TAIL, LONGEST_RUN = 1.4, 80  # one side's trades come in runs with a heavy tail: somebody works a large order
FLOW = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How busy a symbol is: events a second, and the size of a typical order in units of its base."""

    makes_per_s: float
    takes_per_s: float
    typical: float


class SymbolFlow:
    """The participants of one symbol."""

    def __init__(self, market: Market, seed: str, pace: Pace, fair: Fair) -> None:
        self.market, self.pace, self.fair = market, pace, fair
        self._own = {
            agent: Random(f"{seed}:{market.symbol}:{agent}")  # noqa: S311
            for agent in ("fair", "maker", "taker", "arbitrageur")
        }
        self._tick = float(market.tick)
        self._near: deque[tuple[str, Side, int]] = deque()
        self._far: deque[tuple[str, Side, int]] = deque()
        self._numbers = itertools.count(1)
        self._depth = max(MIN_DEPTH_TICKS, min(MAX_DEPTH_TICKS, round(DEPTH * fair.value / self._tick)))
        self._excited = 0.0
        self._held = fair.held  # by users, before this start
        self._side, self._run = Side.BUY, 0

    def opening(self) -> Decimal:
        """The fair value on the nearest tick."""
        return max(1, round(self._fair_ticks())) * self.market.tick

    # ------------------------------------------------------------ moments

    def open(self) -> list[Request]:
        """The ladder that stands before the first trade."""
        requests: list[Request] = []
        for _ in range(LADDER):
            requests.extend(self._quote(side, self._away()) for side in Side)
        for offset in range(1, 6):
            requests.extend(self._quote(side, offset) for side in Side)
        return requests

    def move(self, seconds: float, common: float) -> None:
        self.fair.move(seconds, self._own["fair"], common)

    def look(self, users_hold: Decimal) -> None:
        """What everybody does before they act: what users took out of the market is news. `users_hold` is since this start."""
        self.fair.learn(self._held + float(users_hold) / self.pace.typical)

    def make(self, best_bid: int | None, best_ask: int | None) -> list[Request]:
        """A maker looks: stale quotes go, a new one comes near the top or further out."""
        maker = self._own["maker"]
        requests = self._withdraw(self._fair_ticks()) + self._correct(best_bid, best_ask)
        side = Side.BUY if maker.random() < 0.5 else Side.SELL
        near = maker.random() < NEAR
        offset = 1 + int(maker.expovariate(1.4)) if near else self._away()
        requests.append(self._quote(side, offset, best_bid, best_ask))
        if best_bid is not None and best_ask is not None and best_ask - best_bid > 1:
            # A gap is somebody's profit: it is filled from the side that is further from fair value.
            fair = self._fair_ticks()
            wide = Side.BUY if fair - best_bid > best_ask - fair else Side.SELL
            requests.append(self._quote(wide, 1, best_bid, best_ask))
        return requests

    def _withdraw(self, fair: float) -> list[Request]:
        """One of the older quotes is looked at: it goes when fair value has left it, and now and then for no reason."""
        requests: list[Request] = []
        for known, most, bored in ((self._near, MAX_NEAR, 0.35), (self._far, MAX_FAR, 0.02)):
            if not known:
                continue
            known.rotate(-self._own["maker"].randrange(min(8, len(known))))
            _, side, ticks = known[0]
            distance = (fair - ticks) * side.sign
            if distance < 0.5 or distance > self._depth * 1.3 or self._own["maker"].random() < bored:
                requests.append(Cancel(known.popleft()[0], self.market.symbol))
            while len(known) > most:
                requests.append(Cancel(known.popleft()[0], self.market.symbol))
        return requests

    def take(self, best_bid: int | None, best_ask: int | None) -> list[Request]:
        """Somebody crosses: mostly the side of last time."""
        taker = self._own["taker"]
        requests = self._correct(best_bid, best_ask)
        if self._run <= 0:
            self._side = Side.BUY if taker.random() < 0.5 else Side.SELL
            self._run = min(LONGEST_RUN, int(taker.paretovariate(RUN_TAIL)))
        self._run -= 1
        best = best_ask if self._side is Side.BUY else best_bid
        if best is not None:
            size = min(25.0, taker.lognormvariate(-1.4, 1.1))
            requests.append(self._cross(self._side, self._paid_at_most(best), size))
        self._excited = min(6.0, self._excited + HAWKES_JUMP)
        return requests

    def _paid_at_most(self, best: int) -> int:
        """A few ticks beyond the best of the other side, but nothing that is far from fair value, whoever quotes it."""
        fair, sign = self._fair_ticks(), self._side.sign
        return round(sign * min(sign * best + 3, sign * fair + max(DEAR_TICKS, DEAR * fair)))

    def _correct(self, best_bid: int | None, best_ask: int | None) -> list[Request]:
        """Whoever sees a quote that fair value has left takes it: prices follow at once, and a trend is no gift."""
        fair, size = self._fair_ticks(), self._own["arbitrageur"].uniform(1, 4)
        if best_ask is not None and fair > best_ask + STALE_TICKS:
            return [self._cross(Side.BUY, math.floor(fair - STALE_TICKS), size)]
        if best_bid is not None and fair < best_bid - STALE_TICKS:
            return [self._cross(Side.SELL, math.ceil(fair + STALE_TICKS), size)]
        return []

    def next_make_s(self) -> float:
        return self._own["maker"].expovariate(self.pace.makes_per_s)

    def next_take_s(self) -> float:
        """Trades come in clusters: each makes the next one likelier for a while."""
        wait = self._own["taker"].expovariate(self.pace.takes_per_s * (1 + self._excited))
        self._excited *= math.exp(-wait / HAWKES_FORGET_S)
        return wait

    # ------------------------------------------------------------ orders

    def _fair_ticks(self) -> float:
        return self.fair.value / self._tick

    def _away(self) -> int:
        """A distance away from the top, nearer ones likelier."""
        return 1 + int(self._depth * self._own["maker"].random() ** 2.1)

    def _quote(self, side: Side, offset: int, best_bid: int | None = None, best_ask: int | None = None) -> Place:
        fair = self._fair_ticks()
        ticks = math.floor(fair) - offset + 1 if side is Side.BUY else math.ceil(fair) + offset - 1
        if side is Side.BUY and best_ask is not None:
            ticks = min(ticks, best_ask - 1)
        if side is Side.SELL and best_bid is not None:
            ticks = max(ticks, best_bid + 1)
        order_id = self._id()
        (self._near if offset <= NEAR_TICKS else self._far).append((order_id, side, ticks))
        # Patient quotes are larger: what stands far out is meant to be there when it matters.
        size = self._size(self._own["maker"].lognormvariate(-0.1, 0.8) * (1 + PATIENCE * offset / self._depth))
        return self._place(order_id, side, ticks, size, TimeInForce.GTC)

    def _cross(self, side: Side, ticks: int, size: float) -> Place:
        return self._place(self._id(), side, ticks, self._size(size), TimeInForce.IOC)

    def _place(self, order_id: str, side: Side, ticks: int, size: Decimal, tif: TimeInForce) -> Place:
        return Place(order_id, FLOW, self.market.symbol, side, size, max(1, ticks) * self.market.tick, tif)

    def _size(self, typical: float) -> Decimal:
        lots = max(1, round(typical * self.pace.typical / float(self.market.lot)))
        return lots * self.market.lot

    def _id(self) -> str:
        return f"flow-{self.market.symbol}-{next(self._numbers)}"


class SyntheticFeed:
    """ports.Feed over all markets. `saved` holds, by symbol, what `state` gave before a restart."""

    MOVE_S = 0.25

    def __init__(
        self, markets: Mapping[str, Market], quotes: FlowQuotes, seed: int, saved: Mapping[str, bytes] | None = None
    ) -> None:
        self._quotes, self._seed = quotes, seed
        kept = {symbol: KeptFairValue.read(state) for symbol, state in (saved or {}).items() if symbol in markets}
        # Another life draws from other streams: a market that goes on after a restart does not live its day again.
        self._life = 1 + max((one.life for one in kept.values()), default=0)
        streams = f"{seed}:{self._life}"
        self._common = Random(f"{streams}:common")  # noqa: S311
        self._flows = {
            symbol: SymbolFlow(market, streams, _pace(market, number), _fair(market, kept.get(symbol)))
            for number, (symbol, market) in enumerate(markets.items())
        }

    def opening(self) -> dict[str, Decimal]:
        """By symbol, the price that the market opens at."""
        return {symbol: flow.opening() for symbol, flow in self._flows.items()}

    def past(self, symbol: str, candles: Candles, now: int, price: Decimal | None) -> Decimal | None:
        """A seeded past of every market; it ends at `price`, or at the opening."""
        number, flow = list(self._flows).index(symbol), self._flows[symbol]
        last = flow.opening() if price is None else price
        seed_history(candles, flow.market, last, now, self._seed, turnover_per_s(number))
        return last

    def state(self, symbol: str) -> bytes:
        fair = self._flows[symbol].fair
        return KeptFairValue(fair.walk, fair.log_vol, fair.learned, self._life, fair.held).text()

    def steps(self) -> Iterator[tuple[float, FlowStep]]:
        """First the standing ladders, then (seconds to wait, what happens) for ever."""
        yield 0.0, FlowStep([request for flow in self._flows.values() for request in flow.open()])
        now = 0.0
        queue: list[tuple[float, int, str, str]] = [(self.MOVE_S, 0, "move", "")]
        order = itertools.count(1)
        for symbol, flow in self._flows.items():
            heapq.heappush(queue, (flow.next_make_s(), next(order), "make", symbol))
            heapq.heappush(queue, (flow.next_take_s(), next(order), "take", symbol))
        while True:
            at, _, what, symbol = heapq.heappop(queue)
            wait, now = at - now, at
            if what == "move":
                common = self._common.gauss(0, 1)
                for flow in self._flows.values():
                    flow.move(self.MOVE_S, common)
                heapq.heappush(queue, (now + self.MOVE_S, next(order), "move", ""))
                yield wait, FlowStep()
                continue
            flow = self._flows[symbol]
            bid, ask = self._best(flow)
            flow.look(self._quotes.users_hold(symbol))
            requests = flow.make(bid, ask) if what == "make" else flow.take(bid, ask)
            pause = flow.next_make_s() if what == "make" else flow.next_take_s()
            heapq.heappush(queue, (now + pause, next(order), what, symbol))
            yield wait, FlowStep(requests)

    def _best(self, flow: SymbolFlow) -> tuple[int | None, int | None]:
        symbol, tick = flow.market.symbol, flow.market.tick
        bid, ask = self._quotes.best_bid(symbol), self._quotes.best_ask(symbol)
        return None if bid is None else int(bid / tick), None if ask is None else int(ask / tick)


def turnover_per_s(number: int) -> float:
    """Roughly what the market of that rank trades, in the quote currency."""
    return 360_000 * math.pow(_busy(number), 2.2)


def _busy(number: int) -> float:
    """The first market is the busiest."""
    return 1 / (1 + number * 0.35)


def _pace(market: Market, number: int) -> Pace:
    """A busier market has more orders, and larger ones."""
    busy = _busy(number)
    typical = TYPICAL * busy / float(market.start_price)
    return Pace(makes_per_s=2 + 14 * busy, takes_per_s=0.25 + 1.6 * busy, typical=typical)


def _fair(market: Market, kept: KeptFairValue | None) -> Fair:
    if kept is not None and kept.fair > 0:
        return Fair(kept.fair, kept.log_vol, kept.learned, kept.held)
    return Fair(float(market.start_price))
