"""Which feed drives the paper venue: one name in the settings, one feed behind one port.

synthetic                            a seeded market of participants
recorded:FILE[?symbol=&speed=&loop=] a file of trades or quotes; speed a number or `max`, loop 0 or 1
ccxt:ID                              the public streams of a real exchange
none                                 nobody but the users
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qsl

from server.domain.markets import Market
from server.marketdata.candles import Candles
from server.marketdata.live import CcxtFeed, connector
from server.marketdata.recordings.recording import Recording
from server.marketdata.recordings.replay import RecordedFeed
from server.marketdata.synthetic import SyntheticFeed
from server.ports import Feed, FlowQuotes
from tradeterm.protocol.times import parse_time

RECORDED_OPTIONS = ("symbol", "speed", "loop", "from")


class PricedFeed(Feed, Protocol):
    """A feed that knows what was before it."""

    def opening(self) -> Mapping[str, Decimal]:
        """By symbol, the first price, of those that it knows before it runs."""
        ...

    def past(self, symbol: str, candles: Candles, now: int, price: Decimal | None) -> Decimal | None:
        """Fill the candles of a market with what it was until `now` (seconds); the price that they end at, None if it
        knows nothing. `price` is the market's last, where there is one."""
        ...


@runtime_checkable
class LiveFeed(PricedFeed, Protocol):
    """A feed with work of its own."""

    async def run(self) -> None:
        """Keep up with the world until cancelled: for the server's task group, beside its steps."""
        ...


def feed_of(
    spec: str, markets: Mapping[str, Market], quotes: FlowQuotes, seed: int, saved: Mapping[str, bytes] | None = None
) -> PricedFeed | None:
    """The feed that `spec` names, None for none. Raises ValueError, one sentence, for a spec or a file that cannot be used."""
    kind, _, rest = spec.partition(":")
    match kind:
        case "none":
            return None
        case "synthetic":
            return SyntheticFeed(markets, quotes, seed, saved)
        case "recorded" if rest:
            return recorded(rest, markets)
        case "ccxt" if rest:
            return CcxtFeed(connector(rest), markets)
    raise ValueError(f"there is no feed {spec}: it is synthetic, recorded:FILE, ccxt:ID or none")


def recorded(rest: str, markets: Mapping[str, Market]) -> RecordedFeed:
    """`FILE[?options]`. Raises ValueError."""
    path, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name in options:
        if name not in RECORDED_OPTIONS:
            raise ValueError(f"a recording has no option {name}: there are {', '.join(RECORDED_OPTIONS)}")
    symbol = options.get("symbol", next(iter(markets)))
    if symbol not in markets:
        raise ValueError(f"the recording is of {symbol}, which is not listed")
    loop = options.get("loop", "0")
    if loop not in ("0", "1"):
        raise ValueError(f"loop is 0 or 1, not {loop}")
    market = markets[symbol]
    recording = Recording(_path(path), market)
    return RecordedFeed(recording, market, _speed(options), loop == "1", _begin(options))


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"the recording {text} cannot be read: there is no such user") from None


def _begin(options: Mapping[str, str]) -> float:
    text = options.get("from")
    try:
        return parse_time(text).timestamp() if text else 0.0
    except (ValueError, OverflowError):
        raise ValueError(f"from is a time like 2026-01-05T12:00:00Z, not {text}") from None


def _speed(options: Mapping[str, str]) -> float | None:
    text = options.get("speed", "1")
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < math.inf:
        raise ValueError(f"speed is a number above 0, or max, not {text}")
    return speed
