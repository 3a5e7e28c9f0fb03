"""Each command of the desk is one request, and what came of it a value: done, refused in words, or unknown."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import httpx
import pytest

from tests.tradeterm.client.rest.rest_wire import Wire, failing, rest_on, saying
from tests.tradeterm.client.wires import order
from tests.tradeterm.tui.desks import NOON
from tradeterm.protocol.vocabulary import AlertCondition
from tradeterm.tui.desk.desk_commands import DeskCommands
from tradeterm.tui.desk.link_gauge import LineGauge
from tradeterm.tui.desk.port import Answer, Done, Refused, Unknown

ALERT = {"id": "a", "symbol": "BTC/USD", "condition": "above", "price": "1.00", "status": "waiting"}
ALERT |= {"createdAt": "2026-01-05T12:00:00.000Z"}


def commands(wire: Wire) -> DeskCommands:
    return DeskCommands(rest_on(wire), LineGauge(lambda: NOON, lambda: 0.0))


async def test_what_was_asked_and_what_came_of_it() -> None:
    """The order where one comes back."""
    wire = saying(order(1))
    answer = await commands(wire).cancel("o-1")
    assert isinstance(answer, Done)
    assert answer.order is not None
    assert (wire.requests[0].method, wire.requests[0].url.path) == ("DELETE", "/api/v1/orders/o-1")


@pytest.mark.parametrize(
    ("ask", "method", "path"),
    [
        (lambda desk: desk.kill(), "POST", "/kill"),
        (lambda desk: desk.resume(), "POST", "/resume"),
        (lambda desk: desk.cancel_entries("BTC/USD"), "DELETE", "/orders"),
        (lambda desk: desk.protect("BTC/USD", Decimal(1), None), "PUT", "/positions/BTC-USD/protection"),
        (lambda desk: desk.set_alert("BTC/USD", AlertCondition.ABOVE, Decimal(1)), "POST", "/alerts"),
        (lambda desk: desk.delete_alert("a"), "DELETE", "/alerts/a"),
    ],
)
async def test_each_goes_where_it_belongs(
    ask: Callable[[DeskCommands], Awaitable[Answer]], method: str, path: str
) -> None:
    """One request each."""
    wire = saying({**ALERT, "orders": []})
    assert isinstance(await ask(commands(wire)), Done)
    assert [(one.method, one.url.path) for one in wire.requests] == [(method, f"/api/v1{path}")]


async def test_no_answer_is_unknown_and_no_way_a_refusal() -> None:
    """What was not sent did not happen; what was sent may have."""
    assert isinstance(await commands(failing(httpx.ReadTimeout)).kill(), Unknown)
    assert isinstance(await commands(failing(httpx.ConnectError)).kill(), Refused)
    wire = Wire(lambda request: httpx.Response(409, json={"error": {"code": "X", "message": "not now"}}))
    refused = await commands(wire).resume()
    assert isinstance(refused, Refused)
    assert "not now" in refused.text
