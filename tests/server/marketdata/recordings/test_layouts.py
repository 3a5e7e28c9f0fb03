"""Which column of a recording holds what: by name, or by the shape of a row; what is neither is refused in words."""

import pytest

from server.marketdata.recordings.layouts import (
    BUYER_IS_MAKER,
    SIDES,
    Layout,
    LayoutKind,
    UnknownLayout,
    delimiter_of,
    layout_of,
)
from tradeterm.protocol.vocabulary import Side

TRADES, QUOTES = LayoutKind.TRADES, LayoutKind.QUOTES
T = "1700000000000"


@pytest.mark.parametrize(
    ("line", "kind", "columns", "number"),
    [
        ("time,price,quantity,side", TRADES, (0, 1, 2, 3), None),
        ("Side;QTY;Price;Timestamp;id", TRADES, (3, 2, 1, 0), 4),
        ("agg_trade_id,price,quantity,first,last,transact_time,is_buyer_maker", TRADES, (5, 1, 2, 6), 0),
        ("time,bid,bid_size,ask,ask_size", QUOTES, (0, 1, 2, 3, 4), None),
        (f"{T},45000,0.1,buy", TRADES, (0, 1, 2, 3), None),
        (f"{T},1,2,3,4", QUOTES, (0, 1, 2, 3, 4), None),
        (f"7,45000,0.1,1,2,{T},true", TRADES, (5, 1, 2, 6), 0),
        (f"7,45000,0.1,1,2,{T},true,true", TRADES, (5, 1, 2, 6), 0),
        (f"7,45000,0.1,4500,{T},false", TRADES, (4, 1, 2, 5), 0),
        (f"7,45000,0.1,4500,{T},false,true", TRADES, (4, 1, 2, 5), 0),
        (f"7,44999,1,45001,2,{T},{T}", QUOTES, (5, 1, 2, 3, 4), 0),
    ],
)
def test_a_row_tells_its_columns(line: str, kind: LayoutKind, columns: tuple[int, ...], number: int | None) -> None:
    """Headers in any order and case; rows without one as the exchange publishes them."""
    found = layout_of(line.split(delimiter_of(line)))
    assert (found.kind, found.columns, found.number) == (kind, columns, number)
    assert found.has_header is line[0].isalpha()


def test_who_took_follows_from_who_made() -> None:
    """The buyer rested: the seller was the aggressor."""
    assert (BUYER_IS_MAKER["true"], BUYER_IS_MAKER["0"]) == (Side.SELL, Side.BUY)
    made: Layout = layout_of(f"7,45000,0.1,1,2,{T},true".split(","))
    said: Layout = layout_of(f"{T},45000,0.1,buy".split(","))
    assert (made.sides, said.sides) == (BUYER_IS_MAKER, SIDES)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("open_time,open,high,low,close,volume", "candles"),
        (f"{T},10,12,9,11,500", "candles"),
        ("a,b,c", "names no columns"),
        ("1,2,3", "3 columns"),
        ("", "names no columns"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(line: str, words: str) -> None:
    with pytest.raises(UnknownLayout, match=words):
        layout_of(line.split(","))


@pytest.mark.parametrize(("line", "delimiter"), [("a;b;c,d", ";"), ("a\tb", "\t"), ("a|b|c", "|"), ("a", ",")])
def test_what_stands_between_values_is_what_stands_there_most(line: str, delimiter: str) -> None:
    assert delimiter_of(line) == delimiter
