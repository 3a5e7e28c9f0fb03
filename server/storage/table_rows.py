"""A record taken apart into the rows that it brings to the tables: see `record.py` for what it looks like.

Imports nothing of ours: the projector's process is small.
"""

import struct
from dataclasses import dataclass
from typing import Any, Final

import orjson

FORMAT: Final = 1
START: Final = struct.Struct("<BI")  # the format, and how long the head is

Values = tuple[Any, ...]


class RecordDamaged(Exception):
    """These bytes are no record."""


@dataclass(slots=True)
class TableRows:
    """What a commit brings to the tables, as tuples in the order of their columns, numbers included."""

    events: list[Values]
    orders: list[Values]
    trades: list[Values]
    positions: list[Values]
    accounts: list[Values]
    transfers: list[Values]
    markets: list[Values]


def table_rows(record: bytes) -> TableRows:
    """Raises RecordDamaged."""
    try:
        form, length = START.unpack_from(record)
        if form != FORMAT:
            raise RecordDamaged(f"a record of the form {form}")
        head = orjson.loads(memoryview(record)[START.size : START.size + length])
        return _rows(head, record, START.size + length)
    except (struct.error, ValueError, TypeError, IndexError) as error:
        raise RecordDamaged("a record that cannot be read") from error


def _rows(head: list[Any], record: bytes, base: int) -> TableRows:
    cursor, trade, events, orders, trades, positions, accounts, transfers, markets = head

    def text(start: int, length: int) -> str:
        return record[base + start : base + start + length].decode()

    def state(start: int | None, length: int) -> str | None:
        return None if start is None else text(start, length)

    return TableRows(
        events=_event_rows(cursor, events, record, base),
        orders=[(*row[:11], text(row[11], row[12]), state(row[13], row[14])) for row in orders],
        trades=[(number, *row[:7], text(row[7], row[8])) for number, row in enumerate(trades, trade + 1)],
        positions=[(*row[:8], text(row[8], row[9]), text(row[10], row[11])) for row in positions],
        accounts=[(*row[:4], text(row[4], row[5])) for row in accounts],
        transfers=[tuple(row) for row in transfers],
        markets=[(*row[:2], text(row[2], row[3])) for row in markets],
    )


def _event_rows(cursor: int, events: list[list[Any]], record: bytes, base: int) -> list[Values]:
    accounts, seqs, names, moments, lengths = events
    texts, at = [], base
    for length in lengths:
        texts.append(record[at : at + length].decode())
        at += length
    cursors = range(cursor + 1, cursor + 1 + len(texts))
    return list(zip(cursors, accounts, seqs, names, moments, texts, strict=True))
