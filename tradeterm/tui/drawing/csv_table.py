"""A list as a table for other programs: all that is known of each row, exact, in the words of the contract. Pure."""

import csv
import json
import re
from collections.abc import Mapping, Sequence

from tradeterm.protocol.foreign_text import printable

_OBEYED = ("=", "+", "-", "@")  # a spreadsheet takes what begins so for a formula
_NUMBER = re.compile(r"[+-]?[0-9][0-9.]*", re.ASCII)


def csv_table(rows: Sequence[Mapping[str, object]]) -> str:
    """A line of names, then one a row; what is not known is left empty. Foreign text neither steers nor reckons."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return "".join(lines)


class _Lines(list[str]):
    """Where the writer writes."""

    write = list.append


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = printable(value if isinstance(value, str) else json.dumps(value))
    return "'" + text if text.startswith(_OBEYED) and not _NUMBER.fullmatch(text) else text
