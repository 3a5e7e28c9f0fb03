"""The fair value that the synthetic market quotes round, and what of it is kept over a restart.

It draws from a stream of its own: nobody's orders change the draws, however much they teach the market. No orders here.
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
UNMOVED = 0.0002  # a book within this share of fair value teaches nobody anything
UNMOVED_TICKS = 4
LEARNED = 0.12  # share of what lies beyond that is believed at each look
BELIEVED = 0.003  # however far one lonely order moved the book


class Fair:
    """A fair value whose volatility clusters, with fat tails and a part of each move that all symbols share.

    `walk` is what the draws made of it; `learned` the logarithm of what large trades taught on top: their impact that stays.
    """

    def __init__(self, walk: float, log_vol: float = 0.0, learned: float = 0.0) -> None:
        self.walk, self.log_vol, self.learned = walk, log_vol, learned

    @property
    def value(self) -> float:
        return self.walk * math.exp(self.learned)

    def learn(self, middle: float, tick: float) -> None:
        """A book that stands far from fair value is believed a little."""
        apart = max(-BELIEVED, min(BELIEVED, math.log(middle / self.value)))
        beyond = abs(apart) - max(UNMOVED, UNMOVED_TICKS * tick / middle)
        if beyond > 0:
            self.learned += math.copysign(beyond * LEARNED, apart)

    def move(self, seconds: float, own: Random, common: float) -> None:
        """`common` is the shared draw of this moment, standard normal."""
        self.log_vol += -VOL_PULL * self.log_vol * seconds + VOL_NOISE * math.sqrt(seconds) * own.gauss(0, 1)
        vol = VOLATILITY * math.exp(self.log_vol) * math.sqrt(seconds / YEAR_S)
        tail = math.sqrt((TAIL - 2) / max(1e-9, own.gammavariate(TAIL / 2, 2.0)))
        draw = math.sqrt(COMMON_SHARE) * common + math.sqrt(1 - COMMON_SHARE) * own.gauss(0, 1)
        self.walk *= math.exp(max(-0.02, min(0.02, vol * tail * draw)))


@dataclass(frozen=True, slots=True)
class Kept:
    """What one symbol goes on from after a restart. `life` counts the starts."""

    fair: float
    log_vol: float
    learned: float
    life: int

    def text(self) -> bytes:
        return json.dumps(
            {"fair": self.fair, "logVol": self.log_vol, "learned": self.learned, "life": self.life}
        ).encode()

    @staticmethod
    def read(state: bytes) -> "Kept":
        """Nothing, or what no synthetic market wrote, is a market that was never started."""
        try:
            kept = json.loads(state)
            return Kept(float(kept["fair"]), float(kept["logVol"]), float(kept["learned"]), int(kept["life"]))
        except (ValueError, KeyError, TypeError):
            return Kept(0.0, 0.0, 0.0, 0)
