"""How answers are printed: JSON that no locale spoils, tables that cut nothing, and no foreign text raw."""

import json
from typing import Any

import pytest

from tests.tradeterm.tui.desks import order
from tradeterm.cli.commands.printing import TextColumn, print_json, print_pairs, show_rows, show_value, wire_value
from tradeterm.protocol.vocabulary import Side

COLUMNS = (TextColumn("NAME", "name"), TextColumn("SIZE", "size", True))
ROWS: list[dict[str, Any]] = [
    {"name": "a", "size": "10.5"},
    {"name": "b" * 300, "size": None},
    {"name": "ä\x1b[31m", "size": True},
]


def test_json_is_a_value_a_line_in_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(ROWS)
    out = capsys.readouterr().out
    assert [json.loads(line) for line in out.splitlines()] == ROWS
    assert out.isascii()


def test_a_table_cuts_nothing_and_stands_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers on the right, no space at the end; what is not known is a dash."""
    show_rows(False, COLUMNS, ROWS)
    head, first, second, third = capsys.readouterr().out.splitlines()
    assert head.endswith("SIZE")
    assert first.endswith("10.5")
    assert len(head) == len(first)
    assert "b" * 300 in second
    assert second.endswith("-")
    assert third.endswith("yes")
    assert "\x1b" not in third


def test_pairs_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    show_value(False, {"id": "o-1", "status": "accepted", "limits": {"a": 1}, "open": False})
    assert capsys.readouterr().out.splitlines() == [
        "id      o-1",
        "status  accepted",
        'limits  {"a": 1}',
        "open    no",
    ]
    print_pairs([])
    assert capsys.readouterr().out == ""


def test_the_form_that_is_wanted_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    show_value(True, {"id": "o-1"})
    show_rows(True, COLUMNS, ROWS[:1])
    assert capsys.readouterr().out == '{"id":"o-1"}\n{"name":"a","size":"10.5"}\n'


def test_a_model_is_printed_as_it_came() -> None:
    """Its own names, and nothing that was not sent."""
    wire = wire_value(order(1, Side.BUY, "0.5", "45000"))
    assert (wire["clientOrderId"], wire["filledQuantity"]) == (f"{1:032x}", "0")
    assert "stopPrice" not in wire
