"""A record taken apart into the rows that it brings to the tables: see `record.py` for what it looks like.

Imports nothing beyond that: the projector's process is small.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson

from server.storage.journal.event_places import Run, runs_of

FORMAT: Final = 1
START: Final = struct.Struct("<BI")  # the format, and how long the head is

Values = tuple[Any, ...]


class RecordDamaged(Exception):
    """These bytes are no record."""


@dataclass(slots=True)
class TableRows:
    """What a commit brings to the tables, as tuples in the order of their columns, numbers included; of its events, where
    they stand."""

    runs: list[Run]
    orders: list[Values]
    trades: list[Values]
    positions: list[Values]
    accounts: list[Values]
    transfers: list[Values]
    markets: list[Values]


def table_rows(record: bytes) -> TableRows:
    """Raises RecordDamaged."""
    with _reading():
        return _rows(*_head_of(record), record)


def events_in(record: bytes) -> list[Values]:
    """Of each event: cursor, account, seq, name, milliseconds, payload. Raises RecordDamaged."""
    with _reading():
        head, at = _head_of(record)
        accounts, seqs, names, moments, lengths = head[2]
        payloads = []
        for length in lengths:
            payloads.append(record[at : at + length])
            at += length
        cursors = range(head[0] + 1, head[0] + 1 + len(payloads))
        return list(zip(cursors, accounts, seqs, names, moments, payloads, strict=True))


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (struct.error, ValueError, TypeError, IndexError) as error:
        raise RecordDamaged("a record that cannot be read") from error


def _head_of(record: bytes) -> tuple[list[Any], int]:
    """And where the body begins."""
    form, length = START.unpack_from(record)
    if form != FORMAT:
        raise RecordDamaged(f"a record of the form {form}")
    base = START.size + length
    return orjson.loads(memoryview(record)[START.size : base]), base


def _rows(head: list[Any], base: int, record: bytes) -> TableRows:
    cursor, trade, events, orders, trades, positions, accounts, transfers, markets = head

    def text(start: int, length: int) -> str:
        return record[base + start : base + start + length].decode()

    def state(start: int | None, length: int) -> str | None:
        return None if start is None else text(start, length)

    return TableRows(
        runs=runs_of(cursor, events, base),
        orders=[(*row[:11], text(row[11], row[12]), state(row[13], row[14])) for row in orders],
        trades=[(number, *row[:7], text(row[7], row[8])) for number, row in enumerate(trades, trade + 1)],
        positions=[(*row[:8], text(row[8], row[9]), text(row[10], row[11])) for row in positions],
        accounts=[(*row[:4], text(row[4], row[5])) for row in accounts],
        transfers=[tuple(row) for row in transfers],
        markets=[(*row[:2], text(row[2], row[3])) for row in markets],
    )
