"""The watchlist and the tape as rows."""

from datetime import timedelta
from decimal import Decimal

from tests.tradeterm.tui.desks import NOON, market, tape, ticker
from tradeterm.tui.drawing.cells import Row
from tradeterm.tui.drawing.market_rows import tape_row, watch_row
from tradeterm.tui.drawing.palette import Tone

BTC = market("BTC", "0.5", "0.00001", 2)


def texts(row: Row) -> list[str]:
    return [cell.text for cell in row.cells]


def test_a_market_shows_its_price_its_change_and_its_day() -> None:
    """The day is a line of its closes."""
    quotes = ticker("BTC/USD", "45012.5", "0.42", "0.5")
    row = watch_row(BTC, quotes, NOON, None, is_wide=True, closes=[Decimal(n) for n in (1, 2, 3)])
    assert texts(row) == ["BTC", "45,012.50", "▲+0.42", "▁▄█"]


def test_a_silent_market_shows_its_age_instead_of_its_change() -> None:
    """`~14s` and dimmed, from three seconds on."""
    quotes = ticker("BTC/USD", "45000", "1", "0.5", at=NOON - timedelta(seconds=14))
    row = watch_row(BTC, quotes, NOON, Tone.FLASH_UP, is_wide=True)
    assert texts(row)[2] == "~14s"
    assert row.cells[1].tone is Tone.STALE


def test_a_flash_tints_only_the_price() -> None:
    """The change keeps its own colour."""
    row = watch_row(BTC, ticker("BTC/USD", "45000", "-1", "0.5"), NOON, Tone.FLASH_UP, is_wide=True)
    assert (row.cells[1].tone, row.cells[2].tone) == (Tone.FLASH_UP, Tone.DOWN)


def test_merged_prints_say_how_many_they_are() -> None:
    """A slow line's tape is a range, and says so."""
    assert texts(tape_row(tape(1)[0].model_copy(update={"merged": 12}), BTC))[1] == "x12"
