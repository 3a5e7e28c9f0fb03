"""The fair value that the synthetic market quotes round, and what of it is kept over a restart.

It draws from a stream of its own: nobody's orders change the draws, however much they teach the market. No orders here.

What teaches the market is only what users as a whole have bought of it or sold to it, and it teaches the same both ways:
who comes back to where they began finds the price where they left it, whatever they did between. Quotes teach nothing, nor do
trades of users with each other, so that walls, layers and prints that somebody makes with themselves move nobody's price.
"""

import json
import math
from dataclasses import dataclass
from random import Random

YEAR_S = 365 * 86_400
VOLATILITY = 0.65  # a year, of a quiet hour
VOL_PULL = 1 / 900  # log-volatility forgets with this rate a second
VOL_NOISE = 0.025
COMMON_SHARE = 0.7  # how much of a move all symbols share
TAIL = 4.0  # degrees of freedom of the moves' distribution
IMPACT = 0.0015  # how far fair value goes with what users hold, and
HELD = 560.0  # of how many typical orders it takes to learn that much (by asinh: ever less with more of them)


def impact(held: float) -> float:
    """What users' holding together, in typical orders, has added to the logarithm of fair value.

    It stays below what buying as much at once costs on average, for any size: no round trip gains by it.
    """
    return IMPACT * math.asinh(held / HELD)


class Fair:
    """A fair value whose volatility clusters, with fat tails and a part of each move that all symbols share.

    `walk` is what the draws made of it; `learned` the logarithm of what users' trades taught on top: their impact that
    stays. `held` is what users hold together, in typical orders.
    """

    def __init__(self, walk: float, log_vol: float = 0.0, learned: float = 0.0, held: float = 0.0) -> None:
        self.walk, self.log_vol, self.learned, self.held = walk, log_vol, learned, held

    @property
    def value(self) -> float:
        return self.walk * math.exp(self.learned)

    def learn(self, held: float) -> None:
        """Users hold that much now."""
        if held != self.held:
            self.learned += impact(held) - impact(self.held)
            self.held = held

    def move(self, seconds: float, own: Random, common: float) -> None:
        """`common` is the shared draw of this moment, standard normal."""
        self.log_vol += -VOL_PULL * self.log_vol * seconds + VOL_NOISE * math.sqrt(seconds) * own.gauss(0, 1)
        vol = VOLATILITY * math.exp(self.log_vol) * math.sqrt(seconds / YEAR_S)
        tail = math.sqrt((TAIL - 2) / max(1e-9, own.gammavariate(TAIL / 2, 2.0)))
        draw = math.sqrt(COMMON_SHARE) * common + math.sqrt(1 - COMMON_SHARE) * own.gauss(0, 1)
        self.walk *= math.exp(max(-0.02, min(0.02, vol * tail * draw)))


@dataclass(frozen=True, slots=True)
class KeptFairValue:
    """What one symbol goes on from after a restart. `life` counts the starts."""

    fair: float
    log_vol: float
    learned: float
    life: int
    held: float = 0.0

    def text(self) -> bytes:
        return json.dumps(
            {
                "fair": self.fair,
                "logVol": self.log_vol,
                "learned": self.learned,
                "life": self.life,
                "held": self.held,
            }
        ).encode()

    @staticmethod
    def read(state: bytes) -> "KeptFairValue":
        """Nothing, or what no synthetic market wrote, is a market that was never started."""
        try:
            kept = json.loads(state)
            fair, log_vol, learned = float(kept["fair"]), float(kept["logVol"]), float(kept["learned"])
            return KeptFairValue(fair, log_vol, learned, int(kept["life"]), float(kept.get("held", 0)))
        except (ValueError, KeyError, TypeError):
            return KeptFairValue(0.0, 0.0, 0.0, 0)
