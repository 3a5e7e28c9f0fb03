"""Which column of a recording holds what: told by a header's names, or by the shape of a row as Binance publishes them.

aggTrades    id, price, quantity, first id, last id, time, buyer is maker[, best match]
trades       id, price, quantity, quote quantity, time, buyer is maker[, best match]
bookTicker   id, bid, its size, ask, its size, time, event time
plain trades `time,price,quantity,side`            side is the aggressor's: buy or sell
plain quotes `time,bid,bid_size,ask,ask_size`
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from tradeterm.protocol.vocabulary import Side

DELIMITERS = ",;\t|"
ROUND = " \"'\ufeff"  # what may stand round a value and means nothing
NAMES = {
    "time": {"time", "timestamp", "transact_time", "transaction_time"},
    "price": {"price"},
    "quantity": {"quantity", "qty", "size", "amount"},
    "side": {"side", "is_buyer_maker", "isbuyermaker"},
    "bid": {"bid", "best_bid_price"},
    "bid_size": {"bid_size", "best_bid_qty"},
    "ask": {"ask", "best_ask_price"},
    "ask_size": {"ask_size", "best_ask_qty"},
}
NUMBERS = {"id", "trade_id", "tradeid", "agg_trade_id", "aggtradeid", "update_id"}
CANDLES = {"open", "high", "low", "close"}
CANDLE_COLUMNS = (6, 12)  # time, open, high, low, close, volume[, and six more]
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
BUYER_IS_MAKER = {"true": Side.SELL, "false": Side.BUY, "1": Side.SELL, "0": Side.BUY}
LEAST_TIME = 1e8  # a number that may be a time: since 1973 in seconds, or any in a finer unit


class LayoutKind(Enum):
    TRADES = ("time", "price", "quantity", "side")
    QUOTES = ("time", "bid", "bid_size", "ask", "ask_size")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of a row hold what, in the order of the kind's names; `number` is what the exchange counts them by."""

    kind: LayoutKind
    columns: tuple[int, ...]
    sides: dict[str, Side]
    has_header: bool
    number: int | None = None


class UnknownLayout(ValueError):
    """A row that says nothing of its columns; the text goes on after `the recording FILE`."""


def layout_of(row: Sequence[str]) -> Layout:
    """What a row says of its columns. Raises UnknownLayout."""
    values = [value.strip(ROUND).lower() for value in row]
    if not any(_number(value) is not None for value in values[1:]):
        return _by_name(values)
    if _is_candle(values):
        raise UnknownLayout("holds candles (klines); what can be played is trades, aggTrades or quotes")
    return _by_shape(values)


def _by_name(names: Sequence[str]) -> Layout:
    if set(names) >= CANDLES:
        raise UnknownLayout("holds candles (klines); what can be played is trades, aggTrades or quotes")
    for kind in LayoutKind:
        found = [next((place for place, name in enumerate(names) if name in NAMES[what]), -1) for what in kind.value]
        if -1 not in found:
            sides = SIDES if kind is LayoutKind.TRADES and names[found[3]] == "side" else BUYER_IS_MAKER
            number = next((place for place, name in enumerate(names) if name in NUMBERS), None)
            return Layout(kind, tuple(found), sides, has_header=True, number=number)
    raise UnknownLayout(f"names no columns for {' or for '.join(', '.join(kind.value) for kind in LayoutKind)}")


def _by_shape(values: Sequence[str]) -> Layout:
    match len(values):
        case 4:
            return Layout(LayoutKind.TRADES, (0, 1, 2, 3), SIDES, has_header=False)
        case 5:
            return Layout(LayoutKind.QUOTES, (0, 1, 2, 3, 4), {}, has_header=False)
        case 6 | 7 if values[5] in BUYER_IS_MAKER and _may_be_time(values[4]):
            return Layout(LayoutKind.TRADES, (4, 1, 2, 5), BUYER_IS_MAKER, has_header=False, number=0)
        case 7 | 8 if values[6] in BUYER_IS_MAKER and _may_be_time(values[5]):
            return Layout(LayoutKind.TRADES, (5, 1, 2, 6), BUYER_IS_MAKER, has_header=False, number=0)
        case 7 if _may_be_time(values[5]) and _may_be_time(values[6]):
            return Layout(LayoutKind.QUOTES, (5, 1, 2, 3, 4), {}, has_header=False, number=0)
    raise UnknownLayout(f"has {len(values)} columns without names, which is no known format")


def _is_candle(values: Sequence[str]) -> bool:
    """A time, then prices of which the second is the highest and the third the lowest."""
    if len(values) not in CANDLE_COLUMNS or not _may_be_time(values[0]):
        return False
    prices = [_number(value) for value in values[1:5]]
    known = [price for price in prices if price is not None]
    return len(known) == len(prices) and known[1] == max(known) and known[2] == min(known)


def _may_be_time(text: str) -> bool:
    number = _number(text)
    return number is not None and number >= LEAST_TIME


def _number(text: str) -> float | None:
    with suppress(ValueError):
        return float(text)
    return None


def delimiter_of(line: str) -> str:
    """What stands between the values of a line; a comma where nothing tells."""
    return max(DELIMITERS, key=line.count)
