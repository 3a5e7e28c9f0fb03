"""The columns of the tables show what the server sends, numbers on the right."""

from collections.abc import Sequence
from decimal import Decimal
from typing import get_args

import pytest

from tradeterm.cli.commands import columns
from tradeterm.cli.commands.printing import TextColumn
from tradeterm.protocol.balances import Balance
from tradeterm.protocol.market import Candle, Market, Ticker
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.wire import WireOut

SHOWN: list[tuple[Sequence[TextColumn], type[WireOut]]] = [
    (columns.ORDERS, Order),
    (columns.POSITIONS, Position),
    (columns.TRADES, Trade),
    (columns.BALANCES, Balance),
    (columns.MARKETS, Market),
    (columns.QUOTES, Ticker),
    (columns.CANDLES, Candle),
]


def is_number(annotation: object) -> bool:
    kinds = {annotation, *get_args(annotation), *(kind for one in get_args(annotation) for kind in get_args(one))}
    return bool(kinds & {Decimal, int})


@pytest.mark.parametrize(("table", "model"), SHOWN, ids=[model.__name__ for _, model in SHOWN])
def test_a_column_shows_a_field_that_there_is(table: Sequence[TextColumn], model: type[WireOut]) -> None:
    """By its name on the wire: one that is spelt otherwise would show a dash for ever."""
    known = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    assert {one.key for one in table} <= set(known)
    assert {one.key: one.is_number for one in table} == {one.key: is_number(known[one.key]) for one in table}


def test_no_table_has_a_heading_or_a_key_twice() -> None:
    tables = [value for name, value in vars(columns).items() if name.isupper()]
    assert len(tables) > len(SHOWN)
    for table in tables:
        assert len({one.title for one in table}) == len({one.key for one in table}) == len(table)
