"""Recorded files: every format that is promised, whatever it is packed in, and honest words about the rest."""

import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from server.marketdata.recordings.layouts import LayoutKind
from server.marketdata.recordings.recording import Recording
from tests.builders import market
from tests.server.marketdata.recordings.made_files import PLAIN, agg_trades, write
from tradeterm.protocol.vocabulary import Side

TIME_S = 1_767_657_600.123
TWO = [(TIME_S, Side.SELL, Decimal("45000.5"), Decimal("0.01")), (TIME_S + 1, Side.BUY, Decimal(45_001), Decimal(2))]

FORMATS = {
    "aggTrades, spot": [
        "1,45000.50000000,0.01000000,1,1,1767657600123,True,True",
        "2,45001.00000000,2.00000000,2,3,1767657601123,False,True",
    ],
    "aggTrades, spot, microseconds": [
        "1,45000.50000000,0.01000000,1,1,1767657600123000,True,True",
        "2,45001.00000000,2.00000000,2,3,1767657601123000,False,True",
    ],
    "aggTrades, futures": [
        "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker",
        "1,45000.5,0.010,1,1,1767657600123,true",
        "2,45001.0,2.000,2,3,1767657601123,false",
    ],
    "aggTrades, futures, without names": [
        "1,45000.5,0.010,1,1,1767657600123,true",
        "2,45001.0,2.000,2,3,1767657601123,false",
    ],
    "trades, spot": [
        "1,45000.50000000,0.01000000,450.00500000,1767657600123,True,True",
        "2,45001.00000000,2.00000000,90002.00000000,1767657601123,False,True",
    ],
    "trades, futures": [
        "id,price,qty,quote_qty,time,is_buyer_maker",
        "1,45000.5,0.010,450.005,1767657600123,true",
        "2,45001.0,2.000,90002.0,1767657601123,false",
    ],
    "plain": [PLAIN, "2026-01-06T00:00:00.123Z,45000.5,0.01,sell", "2026-01-06T00:00:01.123Z,45001,2,buy"],
    "plain, other order and seconds": [
        "side,quantity,price,time",
        "SELL,0.01,45000.5,1767657600.123",
        "Buy,2,45001,1767657601.123",
    ],
    "plain, without names": ["1767657600.123,45000.5,0.01,sell", "1767657601.123,45001,2,buy"],
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_trades_says_the_same(name: str, tmp_path: Path) -> None:
    """Time, aggressor, price and quantity of each row; the buyer as maker is a seller's trade."""
    recording = Recording(write(tmp_path / "file.csv", FORMATS[name]), market())
    assert recording.kind is LayoutKind.TRADES
    found = list(recording.trades())
    assert [row[1:] for row in found] == [row[1:] for row in TWO]
    assert [row[0] for row in found] == pytest.approx([row[0] for row in TWO], abs=1e-4)
    assert recording.opening == Decimal("45000.5")


@pytest.mark.parametrize(
    "lines",
    [
        ["time,bid,bid_size,ask,ask_size", "2026-01-06T00:00:00.123Z,45000.2,1.5,45000.9,2"],
        ["1767657600.123,45000.2,1.5,45000.9,2"],
        [
            "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time",
            "7,45000.20,1.50,45000.90,2.0,1767657600123,1767657600125",
        ],
    ],
)
def test_every_format_of_quotes_says_the_same(lines: list[str], tmp_path: Path) -> None:
    """Bids fall to the market's tick and asks rise to it."""
    recording = Recording(write(tmp_path / "file.csv", lines), market())
    assert recording.kind is LayoutKind.QUOTES
    (row,) = recording.quotes()
    assert row[0] == pytest.approx(TIME_S, abs=1e-4)
    assert row[1:] == (Decimal(45_000), Decimal("1.5"), Decimal(45_001), Decimal(2))


@pytest.mark.parametrize("packing", ["csv", "csv.gz", "zip"])
def test_it_reads_what_it_is_packed_in(packing: str, tmp_path: Path) -> None:
    """Plain, gzip, or a zip of one file: told by its first bytes, not by its name."""
    path = tmp_path / f"file.{packing}"
    if packing == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("inner.csv", "\n".join(agg_trades(50)))
    else:
        write(path, agg_trades(50))
    renamed = path.rename(tmp_path / "recording")
    assert len(list(Recording(renamed, market()).trades())) == 50


def test_rows_that_cannot_be_read_are_skipped_and_counted(tmp_path: Path) -> None:
    """A bad number, a missing column, a price of nothing, another side: the rest is played."""
    bad = ["x,45000,1,buy", "1767657601,45000", "1767657601,NaN,1,buy", "1767657601,0,1,buy", "1767657601,45000,1,hold"]
    lines = [PLAIN, "1767657600,45000,1,buy", *bad, "1767657602,45000,-1,sell", "", "1767657603,45001,1,sell"]
    recording = Recording(write(tmp_path / "file.csv", lines), market())
    assert [row[2] for row in recording.trades()] == [Decimal(45_000), Decimal(45_001)]
    assert recording.skipped == 6


def test_a_crossed_quote_is_skipped(tmp_path: Path) -> None:
    """It can be no market's touch."""
    lines = ["1767657600,100,1,101,1", "1767657601,102,1,101,1", "1767657602,0,0,101,1", "1767657603,100,1,101,2"]
    recording = Recording(write(tmp_path / "file.csv", lines), market())
    assert len(list(recording.quotes())) == 2


def test_a_file_that_breaks_off_ends_there(tmp_path: Path) -> None:
    """A download that was cut is played as far as it goes."""
    path = write(tmp_path / "file.csv.gz", agg_trades(20_000))
    path.write_bytes(path.read_bytes()[:-5_000])
    assert 1_000 < len(list(Recording(path, market()).trades())) < 20_000


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "is empty"),
        ([PLAIN], "has no rows"),
        (["when,how much", "1,2"], "names no columns"),
        (["1,2,3"], "3 columns"),
        ([PLAIN, "soon,45000,1,buy"], "does not begin with a row"),
        ([PLAIN, "1767657600,cheap,1,buy"], "does not begin with a row"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_in_one_sentence(lines: list[str], words: str, tmp_path: Path) -> None:
    """With its name, and what is wrong."""
    path = write(tmp_path / "file.csv", lines)
    with pytest.raises(ValueError, match=words) as refused:
        Recording(path, market())
    assert str(path) in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """As is a folder."""
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(ValueError, match="cannot be read"):
            Recording(path, market())


# ---------------------------------------------------------------- as files are published and joined


def trades_of(path: Path, text: str) -> tuple[list[float], int]:
    """The prices that are played, and how many rows are skipped."""
    path.write_bytes(text.encode())
    recording = Recording(path, market())
    return [float(row[2]) for row in recording.trades()], recording.skipped


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("header", [True, False])
def test_lines_may_end_and_be_cut_in_any_way(end: str, separator: str, mark: str, header: bool, tmp_path: Path) -> None:
    """With a byte order mark or none, blank lines anywhere, a header or none."""
    rows = ["1767657600,45000,1,buy", "", " ", "1767657601,45001,1,sell", ""]
    text = mark + end.join(["", *([PLAIN] if header else []), *rows]).replace(",", separator)
    assert trades_of(tmp_path / "file.csv", text) == ([45_000, 45_001], 0)


def test_values_may_have_quotation_marks(tmp_path: Path) -> None:
    """All of them or some; a mark that nobody closes swallows nothing."""
    rows = [
        '"1767657600","45000","1","buy"',
        "1767657601,45001,1,sell",
        '"1767657602,45002,1,buy',
        "1767657603,45003,1,buy",
    ]
    played, skipped = trades_of(tmp_path / "file.csv", "\n".join(['"time","price","quantity","side"', *rows]))
    assert (played, skipped) == ([45_000, 45_001, 45_002, 45_003], 0)


def test_joined_files_bring_their_headers_and_layouts(tmp_path: Path) -> None:
    """The same header again, one in another order, Binance's two formats without any, each from its first row on."""
    parts = [
        ["id,price,qty,quote_qty,time,is_buyer_maker", "1,45000,1,45000,1767657600000,true"],
        ["id,price,qty,quote_qty,time,is_buyer_maker", "2,45001,1,45001,1767657601000,true"],
        ["\ufefftime,side,price,quantity", "2026-01-06T00:00:02Z,buy,45002,1"],
    ]
    text = "\n".join(line for part in parts for line in part)
    assert trades_of(tmp_path / "named.csv", text) == ([45_000, 45_001, 45_002], 0)
    shapes = [
        "1,45000,1,1,1,1767657600000,true,true",
        "2,45001,1,45001,1767657601000,true,true",
        "3,45002,1,45002,1767657602000000,false",
        "id,price,qty,quote_qty,time,is_buyer_maker",
        "4,45003,1,45003,1767657603000000,false",
    ]
    assert trades_of(tmp_path / "shapes.csv", "\n".join(shapes)) == ([45_000, 45_001, 45_002, 45_003], 0)


def test_each_row_tells_the_unit_of_its_time(tmp_path: Path) -> None:
    """Seconds, milli-, micro- and nanoseconds, and a written date, in one file."""
    times = ["1767657600", "1767657601000", "1767657602000000", "1767657603000000000", "2026-01-06T00:00:04Z"]
    text = "\n".join(f"{time},45000,1,buy" for time in times)
    (tmp_path / "file.csv").write_text(text)
    recording = Recording(tmp_path / "file.csv", market())
    assert [row[0] for row in recording.trades()] == pytest.approx([1_767_657_600 + second for second in range(5)])


@pytest.mark.parametrize("side", ["unknown", "B", "", "none"])
@pytest.mark.parametrize("header", [True, False])
def test_a_first_row_of_unknown_side_is_skipped(side: str, header: bool, tmp_path: Path) -> None:
    """As it is anywhere else."""
    rows = [f"1767657600,44000,1,{side}", "1767657601,45000,1, buy", "1767657602,45001,1,Sell"]
    text = "\n".join([*([PLAIN] if header else []), *rows])
    assert trades_of(tmp_path / "file.csv", text) == ([45_000, 45_001], 1)
    binance = ["1,44000,1,1,1,1767657600000,maybe,true", "2,45000,1,1,1,1767657601000,True,true"]
    assert trades_of(tmp_path / "file.csv", "\n".join(binance)) == ([45_000], 1)


KLINE = "1767657600000,45000.1,45010.0,44990.5,45001.0,12.5,1767657659999,562500.1,120,6.1,274500.2,0"


@pytest.mark.parametrize(
    "lines",
    [
        [KLINE],
        ["open_time,open,high,low,close,volume,close_time,quote_volume,count,a,b,ignore", KLINE],
        ["1767657600000,45000,45010,44990,45001,1"],
        ["time,open,high,low,close,volume", "1767657600,45000,45010,44990,45001,1"],
    ],
)
def test_candles_are_recognised_and_refused(lines: list[str], tmp_path: Path) -> None:
    """They hold no trades: the sentence says what to fetch instead."""
    with pytest.raises(
        ValueError, match=r"holds candles \(klines\); what can be played is trades, aggTrades or quotes"
    ):
        Recording(write(tmp_path / "file.csv", lines), market())


def test_a_book_ticker_without_names_is_quotes(tmp_path: Path) -> None:
    """As futures publish it."""
    path = write(tmp_path / "file.csv", ["7,45000.20,1.50,45000.90,2.0,1767657600123,1767657600125"])
    assert Recording(path, market()).kind is LayoutKind.QUOTES


def test_how_many_rows_were_skipped_is_logged_when_all_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What could not be read, and what was out of line."""
    rows = [f"{1_767_657_600 + second},45000,1,buy" for second in range(6)]
    path = write(tmp_path / "file.csv", [PLAIN, *rows, "x,y,z,w", "1799193600,45000,1,buy"])
    recording = Recording(path, market())
    capsys.readouterr()
    assert len(list(recording.trades())) == 6
    said = capsys.readouterr().out
    assert "the recording has been read" in said
    for words in ("rows=6", "unreadable=1", "out_of_line=1"):
        assert words in said
    assert (recording.unreadable, recording.out_of_line, recording.skipped) == (1, 1, 2)
