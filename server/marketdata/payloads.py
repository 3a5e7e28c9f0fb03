"""How market data looks on the wire: one function a noun, from what is known to encoded JSON. Decides nothing."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from server.domain.markets import Market
from server.marketdata.candles import Candle
from server.marketdata.rolling_24h import DayStatistics
from server.ports import Level, PrintReport
from tradeterm.protocol.arithmetic import HUNDRED, ZERO, divide
from tradeterm.protocol.money import percent_text, price_text, quantity_text
from tradeterm.protocol.times import time_text

CHECKSUM_LEVELS = 10


def payload(noun: str, value: bytes, now: datetime) -> bytes:
    """An event's payload round an encoded value."""
    return b'{"%b":%b,"timestamp":"%b"}' % (noun.encode(), value, time_text(now).encode())


def print_bytes(one: PrintReport, market: Market, at: datetime) -> bytes:
    return orjson.dumps(
        {
            "symbol": one.symbol,
            "id": one.venue_trade_id,
            "price": price_text(one.price, market.price_decimals),
            "quantity": quantity_text(one.quantity),
            "side": one.side,
            "time": time_text(at),
        }
    )


def range_bytes(prints: Sequence[tuple[PrintReport, datetime]], market: Market) -> bytes:
    """Several prints as one: the newest, with the sum of the quantities, the range, and how many there were."""
    prices = [one.price for one, _ in prints]
    last, at = prints[-1]
    newest: dict[str, Any] = orjson.loads(print_bytes(last, market, at))
    merged = {
        "quantity": quantity_text(sum((one.quantity for one, _ in prints), ZERO)),
        "merged": len(prints),
        "low": price_text(min(prices), market.price_decimals),
        "high": price_text(max(prices), market.price_decimals),
        "firstId": prints[0][0].venue_trade_id,
    }
    return orjson.dumps(newest | merged)


def candle_bytes(candle: Candle, market: Market, interval: str, *, closed: bool) -> bytes:
    decimals = market.price_decimals
    wire: dict[str, Any] = {
        "symbol": market.symbol,
        "interval": interval,
        "time": time_text(datetime.fromtimestamp(candle.time, UTC)),
        "open": price_text(candle.open, decimals),
        "high": price_text(candle.high, decimals),
        "low": price_text(candle.low, decimals),
        "close": price_text(candle.close, decimals),
        "volume": quantity_text(candle.volume),
        "trades": candle.trades,
        "closed": closed,
    }
    if candle.seeded:
        wire["seeded"] = True
    if candle.hole:
        wire["hole"] = True
    return orjson.dumps(wire)


def book_wire(
    market: Market,
    bids: Sequence[Level],
    asks: Sequence[Level],
    *,
    seq: int,
    prev: int | None,
    at: datetime,
    stale: bool,
) -> dict[str, Any]:
    """A snapshot when `prev` is None, else the levels that changed since `prev`."""
    return {
        "symbol": market.symbol,
        "type": "snapshot" if prev is None else "delta",
        "seq": seq,
        "prev": prev,
        "bids": [_level(level, market.price_decimals) for level in bids],
        "asks": [_level(level, market.price_decimals) for level in asks],
        "time": time_text(at),
        "stale": stale,
    }


def changed_levels(shown: Mapping[Decimal, Decimal], levels: Sequence[Level]) -> list[Level]:
    """What turns `shown` into `levels`; quantity 0 removes."""
    now = dict(levels)
    changed = [(price, size) for price, size in levels if shown.get(price) != size]
    return changed + [(price, ZERO) for price in shown if price not in now]


def checksum(market: Market, bids: Sequence[Level], asks: Sequence[Level]) -> str:
    """CRC-32 of the best ten bids, then asks, as `price:quantity` joined by `|`."""
    levels = [*bids[:CHECKSUM_LEVELS], *asks[:CHECKSUM_LEVELS]]
    text = "|".join(":".join(_level(level, market.price_decimals)) for level in levels)
    return str(zlib.crc32(text.encode()))


def ticker_bytes(
    market: Market,
    bid: Level | None,
    ask: Level | None,
    last: Decimal | None,
    day: DayStatistics | None,
    *,
    at: datetime,
    stale: bool,
) -> bytes:
    decimals = market.price_decimals
    return orjson.dumps(
        {
            "symbol": market.symbol,
            "bid": price_text(bid[0], decimals) if bid else None,
            "bidSize": quantity_text(bid[1]) if bid else None,
            "ask": price_text(ask[0], decimals) if ask else None,
            "askSize": quantity_text(ask[1]) if ask else None,
            "last": None if last is None else price_text(last, decimals),
            "mark": None if last is None else price_text(_mark(last, bid, ask), decimals),
            **_day(last, day, decimals),
            "time": time_text(at),
            "stale": stale,
        }
    )


def _level(level: Level, decimals: int) -> tuple[str, str]:
    return price_text(level[0], decimals), quantity_text(level[1])


def _mark(last: Decimal, bid: Level | None, ask: Level | None) -> Decimal:
    """The last trade clamped into the touch."""
    mark = max(last, bid[0]) if bid else last
    return min(mark, ask[0]) if ask else mark


def _day(last: Decimal | None, day: DayStatistics | None, decimals: int) -> dict[str, str | None]:
    if last is None or day is None:
        return dict.fromkeys(("change24h", "changePercent24h", "high24h", "low24h", "volume24h"))
    change = last - day.open
    return {
        "change24h": price_text(change, decimals),
        "changePercent24h": percent_text(divide(change * HUNDRED, day.open)),
        "high24h": price_text(day.high, decimals),
        "low24h": price_text(day.low, decimals),
        "volume24h": quantity_text(day.volume),
    }
