"""What the core answers is what the models of answers say: nothing more, and in their shapes."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.domain.commands import CancelAll, CloseAllPositions, Kill, OrderTerms, PreviewOrder, ReversePosition
from server.gateway.rest.responses import page_response
from server.ports import Page
from tests.server.executor.desks import go_long, opened
from tradeterm.protocol.answers import CancelledOrders, EventPage, OrderGroup, Preview, ReversingOrder, WhatIsLeft
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.protocol.wire import WireOut


def _keys(value: Any) -> Any:
    """A JSON value without its values."""
    if isinstance(value, dict):
        return {key: _keys(one) for key, one in value.items()}
    return [_keys(one) for one in value] if isinstance(value, list) else None


def _holds_all(model: type[WireOut], body: bytes | memoryview | None) -> None:
    """A model drops what it does not know: nothing may be missing when it is written again."""
    assert body is not None
    again = model.model_validate_json(bytes(body)).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert _keys(again) == _keys(orjson.loads(body))


@pytest.mark.parametrize(("quantity", "price"), [("1", None), ("1", "90.0"), ("2", "101.0"), ("900000", "90.0")])
def test_a_preview_is_described(quantity: str, price: str | None) -> None:
    """One that fills, one that rests, one of both, and one that would be refused."""
    desk = opened()
    desk.flow("sell", "1", "101.0")
    limit, kind = (None, OrderType.MARKET) if price is None else (Decimal(price), OrderType.LIMIT)
    terms = OrderTerms("BTC/USD", Side.BUY, kind, Decimal(quantity), limit)
    _holds_all(Preview, desk.do(PreviewOrder("bob", terms)).body)


def test_answers_about_several_orders_are_described() -> None:
    desk = opened()
    go_long(desk, "1")
    desk.order("ann", "buy", "1", "90.0")
    _holds_all(ReversingOrder, desk.do(ReversePosition("ann", "BTC/USD", None)).body)
    _holds_all(CancelledOrders, desk.do(CancelAll("ann", None, include_exits=True)).body)
    _holds_all(CancelledOrders, desk.do(CancelAll("ann", None, include_exits=False)).body)
    _holds_all(OrderGroup, desk.do(CloseAllPositions("ann")).body)
    _holds_all(WhatIsLeft, desk.do(Kill("ann")).body)


def test_page_of_events_is_described() -> None:
    """With what was lost before it, and without."""
    event = b'{"event":"order:filled","seq":8,"data":{}}'
    for lost in (7, None):
        _holds_all(EventPage, page_response(Page([event], "8", lost)).body)
