"""A list for other programs: exact, whole, and nothing in it that a spreadsheet or a terminal would obey."""

import csv
import io

import pytest

from tradeterm.tui.drawing.csv_table import csv_table


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_every_key_of_every_row_has_a_column() -> None:
    """What a row does not say is empty; what is more than one value stays readable by machines."""
    rows: list[dict[str, object]] = [{"a": "0.10", "b": None}, {"a": "-1", "c": True, "d": {"x": "1"}}]
    assert read(csv_table(rows)) == [["a", "b", "c", "d"], ["0.10", "", "", ""], ["-1", "", "true", '{"x": "1"}']]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("-12.94", "-12.94"),
        ("+3t", "'+3t"),
        ('a "b", c', 'a "b", c'),
    ],
)
def test_what_a_spreadsheet_would_reckon_is_text(text: str, written: str) -> None:
    """A number stays one."""
    assert read(csv_table([{"text": text}])) == [["text"], [written]]


def test_what_steers_a_terminal_is_shown_instead() -> None:
    """Foreign text is never handed on as it came."""
    assert "\x1b" not in csv_table([{"text": "\x1b[2J\r\nnew row"}])
    assert len(read(csv_table([{"text": "a\nb"}]))) == 2
