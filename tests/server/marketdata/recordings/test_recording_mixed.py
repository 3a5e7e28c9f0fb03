"""Files made by mixing at random whatever files are met with: what is played is what was put in, in order, and the rest
is counted. The maker of each file knows what is in it, so nothing here reads as the reader does."""

import gzip
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from server.marketdata.recordings.recording import Recording
from tests.builders import market
from tests.server.marketdata.recordings.test_replay import SOAK
from tradeterm.protocol.vocabulary import Side

START = 1_767_657_600
UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
JUNK = ("", " ", "x,y,z", "-,-,-,-,-,-,-,-", '"', "1767657600,NaN,1,buy", "inf,45000,1,buy", "nan,45000,1,sell")
Made = tuple[int, Side, Decimal, Decimal]  # milliseconds, aggressor, price, quantity


@dataclass
class File:
    """The lines of one file, and what of them is a trade."""

    lines: list[str] = field(default_factory=list)
    trades: list[Made] = field(default_factory=list)
    junk: int = 0

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def time_in(chance: Random, unit: int | None, milliseconds: int) -> str:
    """A moment in that unit, in any if there is none; seconds keep their fraction."""
    unit = chance.choice(UNITS) if unit is None else unit
    if unit == 1:
        return f"{milliseconds / 1_000:.3f}"
    return str(milliseconds * unit // 1_000)


def plain(trade: Made, time: str) -> str:
    return f"{time},{trade[2]},{trade[3]},{trade[1].value}"


def named(trade: Made, time: str) -> str:
    return f"{trade[1].value.upper()},{trade[3]},{time},{trade[2]}"


def agg(trade: Made, time: str) -> str:
    return f"7,{trade[2]},{trade[3]},7,9,{time},{trade[1] is Side.SELL},True"


def spot(trade: Made, time: str) -> str:
    return f"7,{trade[2]},{trade[3]},{trade[2] * trade[3]},{time},{str(trade[1] is Side.SELL).lower()}"


WRITERS: tuple[tuple[str, Callable[[Made, str], str]], ...] = (
    ("time,price,quantity,side", plain),
    ("side,qty,timestamp,price", named),
    ("agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,best", agg),
    ("id,price,qty,quote_qty,time,is_buyer_maker", spot),
)


def some_file(chance: Random, begin: int, has_header: bool) -> File:
    """One file of up to three hundred trades, nearly in order, with junk between them."""
    header, write = chance.choice(WRITERS[:] if has_header else WRITERS[2:])
    unit = chance.choice((*UNITS, None))
    made, milliseconds = File(), begin * 1_000
    for number in range(chance.randrange(4, 300)):
        milliseconds += chance.randrange(1, 2_000)
        price, size = Decimal(90_000 + number) / 2, Decimal(chance.randrange(1, 100_000)) / 100_000
        made.trades.append((milliseconds, chance.choice((Side.BUY, Side.SELL)), price, size))
    made.trades.sort(key=lambda trade: trade[0] + chance.choice((0, 0, 0, 5_000)))
    for trade in made.trades:
        if chance.random() < 0.05:
            made.lines.append(chance.choice(JUNK))
            made.junk += bool(made.lines[-1].strip(' "'))
        made.lines.append(write(trade, time_in(chance, unit, trade[0])))
    if has_header:
        for _ in range(chance.choice((1, 1, 2))):
            made.lines.insert(0, chance.choice(("", "\ufeff")) + header)
    return made


def packed(chance: Random, path: Path, files: list[File]) -> None:
    """Joined into one file, plain or gzip by members, or side by side in a zip."""
    end = chance.choice(("\n", "\r\n"))
    texts = [file.text.replace("\n", end) + end for file in files]
    match chance.choice(("plain", "gzip", "zip")):
        case "plain":
            path.write_bytes("".join(texts).encode())
        case "gzip":
            path.write_bytes(b"".join(gzip.compress(text.encode()) for text in texts))
        case "zip":
            with zipfile.ZipFile(path, "w") as folder:
                folder.writestr("__MACOSX/._0.csv", "no")
                for number, text in enumerate(texts):
                    folder.writestr(f"data/{number}.csv", text)


@pytest.mark.parametrize("seed", range(int(60 * SOAK)))
def test_a_mixed_file_is_played_in_order_and_the_rest_is_counted(seed: int, tmp_path: Path) -> None:
    """Months in any order, formats with and without headers, units from row to row, junk, strays, every packing."""
    chance = Random(seed)
    has_header = chance.random() < 0.5
    months = chance.sample(range(4), chance.randrange(1, 5))
    files = [some_file(chance, START + month * 2_600_000, has_header) for month in months]
    strays = chance.randrange(0, 2)
    if strays:
        header, write = WRITERS[2]
        wrong = (4_000_000_000_000, Side.BUY, Decimal(1), Decimal(1))
        files[-1].lines += [*([header] if has_header else []), write(wrong, str(wrong[0]))]
    packed(chance, tmp_path / "file", files)
    recording = Recording(tmp_path / "file", market())
    found = [(round(row[0] * 1_000), *row[1:]) for row in recording.trades()]
    put_in = [trade for file in files for trade in file.trades]
    assert [row[0] for row in found] == sorted(trade[0] for trade in put_in)
    assert sorted(found, key=str) == sorted(put_in, key=str)
    assert recording.unreadable == sum(file.junk for file in files)
    assert recording.out_of_line == strays
    assert recording.opening == found[0][2]
