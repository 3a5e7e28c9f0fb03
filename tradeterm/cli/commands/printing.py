"""How answers are printed: JSON lines or plain tables on standard output, every other word on standard error."""

import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tradeterm.protocol.foreign_text import printable
from tradeterm.standard_streams import output

# Rich would cut ids off at the edge of a narrow terminal, and at 80 in a pipe; a line that wraps loses nothing.
WIDTH = 1_000


@dataclass(frozen=True, slots=True)
class TextColumn:
    """One column of a table: which key it shows. Numbers stand on the right."""

    title: str
    key: str
    is_number: bool = False


def wire_value(model: BaseModel) -> dict[str, Any]:
    """What the server sent of a model, as it stands on the wire."""
    found: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return found


def print_json(values: Iterable[Any]) -> None:
    """One value a line, never indented; ASCII, so that no locale can spoil it."""
    output.write("".join(f"{json.dumps(value, separators=(',', ':'))}\n" for value in values))


def print_table(columns: Sequence[TextColumn], rows: Iterable[Mapping[str, Any]]) -> None:
    """Aligned columns with a heading; colours only on a terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.title, justify="right" if column.is_number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column.key))) for column in columns))
    printed = io.StringIO()
    Console(file=printed, width=WIDTH, force_terminal=sys.stdout.isatty()).print(table)
    # The last column is padded like the others; nobody wants those spaces.
    output.write("".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines()))


def print_pairs(pairs: Iterable[tuple[str, Any]]) -> None:
    """Names and values, one pair a line, the values aligned."""
    known = [(name, _cell(value)) for name, value in pairs]
    width = max((len(name) for name, _ in known), default=0)
    output.write("".join(f"{name:<{width}}  {value}\n" for name, value in known))


def show_rows(as_json: bool, columns: Sequence[TextColumn], rows: Sequence[Mapping[str, Any]]) -> None:
    """A list in the form that is wanted."""
    if as_json:
        print_json(rows)
    else:
        print_table(columns, rows)


def show_value(as_json: bool, value: Mapping[str, Any]) -> None:
    """One object in the form that is wanted."""
    if as_json:
        print_json([value])
    else:
        print_pairs(value.items())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return printable(json.dumps(value))
    return printable(str(value))
