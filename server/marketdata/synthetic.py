"""The synthetic market: seeded participants who quote round a moving fair value, take, and change their minds.

What they do is real orders in the same book as the users', so queues, partial fills and impact come by themselves.
Each agent of each symbol draws from a stream of its own: what users do never changes the draws behind the fair value.
Prices here are whole ticks and the fair value a float: it is weather, not money.
"""

import heapq
import itertools
import json
import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from server.domain.markets import Market
from server.ports import Cancel, FlowStep, Place, Quotes, Request
from tradeterm.protocol.vocabulary import Side, TimeInForce

YEAR_S = 365 * 86_400
VOLATILITY = 0.65  # a year, of a quiet hour
VOL_PULL = 1 / 900  # log-volatility forgets with this rate a second
VOL_NOISE = 0.035
COMMON_SHARE = 0.6  # how much of a move all symbols share
TAIL = 4.0  # degrees of freedom of the moves' distribution
DEPTH_TICKS = 220
LADDER = 90  # orders a side at the start
MAX_KNOWN = 320
NEAR = 0.7  # share of quotes that go to the top of the book
HAWKES_JUMP = 0.55
HAWKES_FORGET_S = 4.0
SIDE_MEMORY = 0.72
FLOW = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How busy a symbol is: events a second, and the size of a typical order in units of its base."""

    makes_per_s: float
    takes_per_s: float
    typical: float


class Fair:
    """A fair value whose volatility clusters, with fat tails and a part of each move that all symbols share."""

    def __init__(self, value: float, log_vol: float = 0.0) -> None:
        self.value, self.log_vol = value, log_vol

    def move(self, seconds: float, own: Random, common: float) -> None:
        """`common` is the shared draw of this moment, standard normal."""
        self.log_vol += -VOL_PULL * self.log_vol * seconds + VOL_NOISE * math.sqrt(seconds) * own.gauss(0, 1)
        vol = VOLATILITY * math.exp(self.log_vol) * math.sqrt(seconds / YEAR_S)
        tail = math.sqrt((TAIL - 2) / max(1e-9, own.gammavariate(TAIL / 2, 2.0)))
        draw = math.sqrt(COMMON_SHARE) * common + math.sqrt(1 - COMMON_SHARE) * own.gauss(0, 1)
        self.value *= math.exp(max(-0.02, min(0.02, vol * tail * draw)))


class SymbolFlow:
    """The participants of one symbol."""

    def __init__(self, market: Market, seed: str, pace: Pace, fair: Fair) -> None:
        self.market, self.pace, self.fair = market, pace, fair
        self._own = {agent: Random(f"{seed}:{market.symbol}:{agent}") for agent in ("fair", "maker", "taker")}  # noqa: S311
        self._tick = float(market.tick)
        self._known: deque[tuple[str, Side, int]] = deque()
        self._numbers = itertools.count(1)
        self._seed = seed
        self._excited = 0.0
        self._side = Side.BUY

    # ------------------------------------------------------------ moments

    def open(self) -> list[Request]:
        """The ladder that stands before the first trade."""
        requests: list[Request] = []
        for _ in range(LADDER):
            requests.extend(self._quote(side, self._own["maker"].randrange(1, DEPTH_TICKS)) for side in Side)
        for offset in range(1, 6):
            requests.extend(self._quote(side, offset) for side in Side)
        return requests

    def move(self, seconds: float, common: float) -> None:
        self.fair.move(seconds, self._own["fair"], common)

    def make(self, best_bid: int | None, best_ask: int | None) -> list[Request]:
        """A maker looks: stale quotes go, a new one comes near the top or further out."""
        maker = self._own["maker"]
        requests: list[Request] = []
        fair = self._fair_ticks()
        if self._known:
            self._known.rotate(-maker.randrange(min(8, len(self._known))))
            order_id, side, ticks = self._known[0]
            distance = (fair - ticks) * side.sign
            if distance < 0.5 or distance > DEPTH_TICKS * 1.3 or len(self._known) > MAX_KNOWN or maker.random() < 0.35:
                self._known.popleft()
                requests.append(Cancel(order_id, self.market.symbol))
        side = Side.BUY if maker.random() < 0.5 else Side.SELL
        near = maker.random() < NEAR
        offset = 1 + int(maker.expovariate(1.4)) if near else 1 + int(DEPTH_TICKS * maker.random() ** 1.6)
        requests.append(self._quote(side, offset, best_bid, best_ask))
        if best_bid is not None and best_ask is not None and best_ask - best_bid > 1:
            # A gap is somebody's profit: it is filled from the side that is further from fair value.
            wide = Side.BUY if fair - best_bid > best_ask - fair else Side.SELL
            requests.append(self._quote(wide, 1, best_bid, best_ask))
        return requests

    def take(self, best_bid: int | None, best_ask: int | None) -> list[Request]:
        """Somebody crosses: mostly the side of last time, now and then to correct a book that fair value has left."""
        taker = self._own["taker"]
        fair = self._fair_ticks()
        requests: list[Request] = []
        if best_ask is not None and fair > best_ask + 1:
            requests.append(self._cross(Side.BUY, math.floor(fair), taker.uniform(2, 6)))
        elif best_bid is not None and fair < best_bid - 1:
            requests.append(self._cross(Side.SELL, math.ceil(fair), taker.uniform(2, 6)))
        if taker.random() > SIDE_MEMORY:
            self._side = self._side.opposite
        best = best_ask if self._side is Side.BUY else best_bid
        if best is not None:
            size = min(25.0, taker.lognormvariate(-1.0, 1.1))
            requests.append(self._cross(self._side, best + 3 * self._side.sign, size))
        self._excited = min(6.0, self._excited + HAWKES_JUMP)
        return requests

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

    def _quote(self, side: Side, offset: int, best_bid: int | None = None, best_ask: int | None = None) -> Place:
        fair = self._fair_ticks()
        ticks = math.floor(fair) - offset + 1 if side is Side.BUY else math.ceil(fair) + offset - 1
        if side is Side.BUY and best_ask is not None:
            ticks = min(ticks, best_ask - 1)
        if side is Side.SELL and best_bid is not None:
            ticks = max(ticks, best_bid + 1)
        order_id = self._id()
        self._known.append((order_id, side, ticks))
        size = self._size(self._own["maker"].lognormvariate(-0.1, 0.8))
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
        self, markets: Mapping[str, Market], quotes: Quotes, seed: int, saved: Mapping[str, bytes] | None = None
    ) -> None:
        self._quotes = quotes
        self._common = Random(f"{seed}:common")  # noqa: S311
        self._flows = {
            symbol: SymbolFlow(market, str(seed), _pace(market, number), _fair(market, (saved or {}).get(symbol)))
            for number, (symbol, market) in enumerate(markets.items())
        }

    def fair(self, symbol: str) -> float:
        return self._flows[symbol].fair.value

    def state(self) -> dict[str, bytes]:
        return {
            symbol: json.dumps({"fair": flow.fair.value, "logVol": flow.fair.log_vol}).encode()
            for symbol, flow in self._flows.items()
        }

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
            requests = flow.make(bid, ask) if what == "make" else flow.take(bid, ask)
            pause = flow.next_make_s() if what == "make" else flow.next_take_s()
            heapq.heappush(queue, (now + pause, next(order), what, symbol))
            yield wait, FlowStep(requests)

    def _best(self, flow: SymbolFlow) -> tuple[int | None, int | None]:
        symbol, tick = flow.market.symbol, flow.market.tick
        bid, ask = self._quotes.best_bid(symbol), self._quotes.best_ask(symbol)
        return None if bid is None else int(bid / tick), None if ask is None else int(ask / tick)


def _pace(market: Market, number: int) -> Pace:
    """The first market is the busiest; a typical order is worth some 50,000 in the first, less further down."""
    busy = 1 / (1 + number * 0.35)
    typical = 54_000 * busy / float(market.start_price)
    return Pace(makes_per_s=2 + 14 * busy, takes_per_s=0.25 + 1.6 * busy, typical=typical)


def _fair(market: Market, saved: bytes | None) -> Fair:
    if saved:
        kept = json.loads(saved)
        return Fair(kept["fair"], kept["logVol"])
    return Fair(float(market.start_price))
