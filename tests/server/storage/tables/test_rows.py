"""The ports' values as rows and back: exact, in plain types, down to the millisecond that the wire shows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from server.storage.tables import rows
from tests.contracts.journals import START, account, event, market, order, position, trade, transfer
from tradeterm.protocol.vocabulary import EventName, OrderStatus, Side

LONG = Decimal("-123456789012345678.000000000000000001")
PLAIN = {str, int, type(None)}


@pytest.mark.parametrize(
    ("written", "read", "value"),
    [
        (rows.order_tuple, rows.as_order, order(1)),
        (rows.order_tuple, rows.as_order, order(2, status="filled")),
        (rows.position_tuple, rows.as_position, position(1)),
        (rows.position_tuple, rows.as_position, position(2, quantity="0")),
        (rows.position_tuple, rows.as_position, replace(position(3), quantity=LONG, open_cost=Decimal("0.10"))),
        (rows.account_tuple, rows.as_account, account("ann", 7, "-0.00000001")),
        (rows.market_tuple, rows.as_market, market("BTC/USD", None)),
        (rows.market_tuple, rows.as_market, market("BTC/USD", "45000.50")),
    ],
)
def test_what_is_written_comes_back_as_it_was(
    written: Callable[[Any], tuple[Any, ...]], read: Callable[[Any], Any], value: Any
) -> None:
    """Decimals to their last digit, times, what is null, and bytes."""
    row = written(value)
    assert read(row) == value
    assert {type(one) for one in row} <= PLAIN


def test_words_of_the_vocabulary_are_plain_texts_in_a_row() -> None:
    """For any kind of text of its own the drivers take a slow path."""
    found = order(1, side=Side.SELL)
    found.status = OrderStatus.ACCEPTED
    for row in (rows.order_tuple(found), rows.trade_tuple(trade(1)), rows.transfer_tuple(transfer(1))):
        assert {type(one) for one in row} <= PLAIN
    (row,) = rows.event_tuples([event("ann", 1)])
    assert row == ("ann", 1, "order:created", rows.to_ms(START + timedelta(milliseconds=1)), '{"n":1}')
    assert {type(one) for one in row} <= PLAIN


def test_events_of_one_commit_may_be_of_several_times() -> None:
    """Each has its own, also where the same time comes again."""
    first, second = event("ann", 1), event("ann", 2)
    third = event("bob", 1)._replace(at=first.at, event=EventName.ORDER_FILLED)
    found = [(row[0], row[3]) for row in rows.event_tuples([first, second, third])]
    assert found == [("ann", rows.to_ms(first.at)), ("ann", rows.to_ms(second.at)), ("bob", rows.to_ms(first.at))]


@pytest.mark.parametrize(
    ("at", "ms"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 0, 1_999, tzinfo=UTC), 1),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (START + timedelta(microseconds=999), 1_767_614_400_123),
    ],
)
def test_times_are_rounded_down_as_the_wire_shows_them(at: datetime, ms: int) -> None:
    """Else a row would be found by a later time than the one that was shown."""
    assert rows.to_ms(at) == ms
    assert rows.to_ms(rows.from_ms(ms)) == ms
    assert rows.from_ms(ms) <= at
