"""One row of a recording as values: its time in whatever unit, its prices on the tick, its sizes on the lot, or none at all."""

from decimal import Decimal

import pytest

from server.marketdata.recordings import rows
from server.marketdata.recordings.layouts import Layout, LayoutKind, layout_of
from server.marketdata.recordings.rows import (
    UNNUMBERED,
    UNREADABLE,
    Prices,
    Sizes,
    aside_layout,
    aside_text,
    reader,
    seconds,
    time_reader,
)
from tests.builders import market
from tradeterm.protocol.vocabulary import Side

D = Decimal
NOON = 1_767_614_400.123
TRADES = layout_of(["time", "id", "price", "qty", "is_buyer_maker"])
QUOTES = layout_of(["time", "bid", "bid_size", "ask", "ask_size"])


@pytest.mark.parametrize(
    "text",
    [
        "1767614400.123",
        "1767614400123",
        "1767614400123000",
        "1767614400123000000",
        "1.767614400123e18",
        "2026-01-05T12:00:00.123Z",
    ],
)
def test_one_moment_is_one_number_in_whatever_unit(text: str) -> None:
    """Else a row would be played twice where two files overlap."""
    assert seconds(text) == NOON


@pytest.mark.parametrize("text", ["", "soon", "-1", "nan", "inf", "1e21", "9999-01-01T00:00:00Z"])
def test_what_is_no_time_of_any_market_is_unreadable(text: str) -> None:
    with pytest.raises(UNREADABLE):
        seconds(text)


def test_a_trade_has_its_aggressor_and_its_number() -> None:
    """Where the buyer was the maker, somebody sold; a number that is none leaves the row as it is."""
    read = reader(TRADES, market())
    at, number, row = read([str(NOON), "77", "45000.26", "0.000014", "True"])
    assert (at, number) == (NOON, 77)
    assert row == (NOON, Side.SELL, D("45000.5"), D("0.00001"))
    assert read([str(NOON), "", "45000", "1", "false"])[1:] == (UNNUMBERED, (NOON, Side.BUY, D(45000), D(1)))


@pytest.mark.parametrize(
    "row",
    [
        ["soon", "1", "45000", "1", "true"],
        [str(NOON), "1", "0", "1", "true"],
        [str(NOON), "1", "-5", "1", "true"],
        [str(NOON), "1", "NaN", "1", "true"],
        [str(NOON), "1", "1e12", "1", "true"],
        [str(NOON), "1", "45000", "0", "true"],
        [str(NOON), "1", "45000", "1e15", "true"],
        [str(NOON), "1", "45000", "1", "perhaps"],
        [str(NOON), "1", "45000"],
    ],
)
def test_a_row_that_is_no_trade_is_unreadable(row: list[str]) -> None:
    with pytest.raises(UNREADABLE):
        reader(TRADES, market())(row)


def test_a_touch_is_on_the_tick_bids_down_and_asks_up() -> None:
    """Crossed, locked or with one side only it is none."""
    read = reader(QUOTES, market())
    assert read([str(NOON), "100.4", "1", "100.6", "2"])[2] == (NOON, D(100), D(1), D(101), D(2))
    for bid, ask in (("101", "100"), ("100", "100"), ("0", "100"), ("100", "1e12"), ("NaN", "100"), ("", "100")):
        with pytest.raises(UNREADABLE):
            read([str(NOON), bid, "1", ask, "2"])


def test_times_alone_are_read_of_the_rows_that_would_be_read() -> None:
    """A side that is none tells that the columns are others."""
    read = time_reader(TRADES)
    assert read([str(NOON), "", "nothing", "", "TRUE"]) == NOON
    with pytest.raises(UNREADABLE):
        read([str(NOON), "1", "45000", "1", "45000"])
    assert time_reader(QUOTES)([str(NOON)]) == NOON


@pytest.mark.parametrize(
    ("layout", "row"),
    [
        (TRADES, [str(NOON), "77", "45000.26", "0.000014", "True"]),
        (TRADES, [str(NOON), "", "45000.5", "3", "false"]),
        (QUOTES, [str(NOON), "100.4", "1", "100.6", "2"]),
    ],
)
def test_a_row_that_was_put_aside_comes_back_as_it_was(layout: Layout, row: list[str]) -> None:
    """To the last digit of its time, with its number."""
    placed = reader(layout, market())(row)
    line = aside_text(placed)
    assert line.endswith("\n")
    assert reader(aside_layout(layout.kind), market())(line.rstrip("\n").split(",")) == placed


def test_texts_that_come_again_are_read_once_and_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "REMEMBERED", 5)
    for made, step in ((Prices(D("0.5")), 100), (Sizes(D("0.01")), 100)):
        first = made["100"]
        assert made["100"] is first
        for number in range(1, 50):
            assert made[str(number * step)] == number * step
            assert len(made) <= 7
        with pytest.raises(ValueError, match="is no"):
            made["0"]
        assert "0" not in made


def test_the_kinds_that_are_put_aside_name_their_columns_in_order() -> None:
    assert {kind: aside_layout(kind).columns for kind in LayoutKind} == {
        LayoutKind.TRADES: (0, 1, 2, 3),
        LayoutKind.QUOTES: (0, 1, 2, 3, 4),
    }
