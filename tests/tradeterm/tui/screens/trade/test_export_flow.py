"""`E` on the Trade screen: the focused list in a file, as it is shown, exact; and where it does nothing."""

import csv
import io

import pytest

from tests.eventually import in_time
from tests.tradeterm.tui.apps import WIDE, Console, painted, press, toasts, typed
from tests.tradeterm.tui.desks import busy_desk
from tradeterm.tui.habits import Habits


class Folder:
    """Keeps what was written."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def write(self, name: str, text: str) -> str:
        self.files[name] = text
        return f"/home/ann/{name}.csv"

    @property
    def rows(self) -> list[dict[str, str]]:
        (text,) = self.files.values()
        return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("pane", "name", "count", "first"),
    [
        ("1", "watch", 12, {"symbol": "BTC/USD", "last": "45012.50"}),
        ("4", "orders", 3, {"symbol": "BTC/USD", "side": "buy", "price": "45010.5", "status": "accepted"}),
        ("5", "positions", 2, {"symbol": "BTC/USD", "quantity": "0.5", "entryPrice": "44765.6"}),
        ("6", "fills", 3, {"symbol": "BTC/USD"}),
        ("7", "events", 3, {"text": "BUY 0.5 BTC/USD @ 45,010.50 is working"}),
        ("9", "tape", 0, {"symbol": "BTC/USD"}),
    ],
)
async def test_a_list_is_written_exactly_and_said_where(
    pane: str, name: str, count: int, first: dict[str, str]
) -> None:
    """In the words of the contract, all that is known of each row."""
    folder = Folder()
    console = Console(busy_desk(), habits=Habits(export=folder.write))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, pane, "E")
        await in_time(lambda: bool(folder.files))
        await pilot.pause()
        await in_time(lambda: f"of {name} in /home/ann/{name}-20260105-12310" in toasts(console))
    assert len(folder.rows) == count or not count
    assert {key: folder.rows[0][key] for key in first} == first


async def test_it_is_written_as_it_is_filtered_and_sorted() -> None:
    """What one sees is what one gets."""
    folder = Folder()
    console = Console(busy_desk(), habits=Habits(export=folder.write))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "4", "o", "slash")
        await typed(console, *"BTC")
        await console.app.keys.done()
        await press(console, pilot, "enter", "E")
        await in_time(lambda: bool(folder.files))
    assert [row["side"] for row in folder.rows] == ["sell", "buy"]


async def test_where_there_is_nothing_it_says_why() -> None:
    """No list, an empty one, a folder that cannot be written."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "E")
        assert "E writes a list to a file: 1 watch, 4 orders" in toasts(console)
        await press(console, pilot, "4", "E")
        await in_time(lambda: "there is no row to export" in toasts(console))
        await press(console, pilot, "1", "E")
        await in_time(lambda: "Watch could not be exported: there is no folder for it" in toasts(console))
