"""Orders over REST: which command a request becomes, what is found where, and who may only look."""

from decimal import Decimal
from typing import Any

import pytest

from server.domain.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    CreateOco,
    CreateOrder,
    PreviewOrder,
)
from server.gateway.limits import GatewayLimits
from server.ports import Answer
from tests.contracts.journals import at, of_orders, order
from tests.server.gateway.rest.rig import ORDER, Rig, refusal
from tradeterm.protocol.vocabulary import Scope

MARKET = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "0.01"}
LIMIT = MARKET | {"type": "limit", "price": "45000.00"}
WORDS = {
    "create": ("POST", "/orders", MARKET, CreateOrder),
    "preview": ("POST", "/orders/preview", MARKET, PreviewOrder),
    "a pair": ("POST", "/orders/oco", {"first": LIMIT, "second": LIMIT | {"price": "46000.00"}}, CreateOco),
    "amend": ("PATCH", "/orders/o-1", {"price": "44000.00"}, AmendOrder),
    "cancel": ("DELETE", "/orders/o-1", None, CancelOrder),
    "cancel all": ("DELETE", "/orders", None, CancelAll),
}


@pytest.mark.parametrize(("method", "path", "body", "kind"), WORDS.values(), ids=WORDS)
async def test_a_request_is_its_command_under_the_token_s_name(
    rig: Rig, method: str, path: str, body: Any, kind: type
) -> None:
    """And nothing at all for a token that only reads, or for a monitor."""
    for name, scope in (("ann", Scope.READ), ("mona", Scope.TRADE)):
        async with await rig.signed_in(name, scope) as http:
            assert refusal(await http.request(method, path, json=body)) == (403, "FORBIDDEN")
    assert rig.orders.traded == []
    async with await rig.signed_in("bob") as http:
        assert (await http.request(method, path, json=body)).status_code == 201
    (command,) = rig.orders.traded
    assert (type(command), command.account) == (kind, "bob")


async def test_cancelling_all_takes_exits_only_where_that_is_said(rig: Rig) -> None:
    async with await rig.signed_in() as http:
        for query in ({}, {"symbol": "BTC/USD"}, {"include": "entries"}, {"include": "all"}):
            await http.delete("/orders", params=query)
    assert rig.orders.traded == [
        CancelAll("ann"),
        CancelAll("ann", "BTC/USD"),
        CancelAll("ann"),
        CancelAll("ann", include_exits=True),
    ]


async def test_nonsense_is_charged_as_an_order_is() -> None:
    """A flood of it is a flood; what gets out of the market has a budget of its own."""
    rig = Rig(GatewayLimits(commands_per_s=2, read_bytes_per_s=0))
    async with await rig.signed_in() as http:
        nonsense = [(await http.post("/orders", json={"symbol": 1})).status_code for _ in range(5)]
        assert nonsense == [422] * 4 + [429]
        assert refusal(await http.post("/orders", json=MARKET)) == (429, "RATE_LIMITED")
        for method, path, body in (
            ("POST", "/orders", MARKET | {"reduceOnly": True}),
            ("DELETE", "/orders/o-1", None),
            ("DELETE", "/orders", None),
        ):
            assert (await http.request(method, path, json=body)).status_code == 201


async def test_an_order_is_found_open_or_ended_by_its_owner_alone(rig: Rig) -> None:
    """The live one first: what the tables say of it may be older."""
    rig.view.contents = {"ann": {"orders": [ORDER]}}
    rig.history.commit(of_orders(order(1, status="pending"), order(2, status="filled"), order(3, "bob")))
    async with await rig.signed_in() as http:
        found = {name: await http.get(f"/orders/{name}") for name in ("o-1", "o-2", "o-3", "o-4")}
    assert [found[name].json()["status"] for name in ("o-1", "o-2")] == ["accepted", "filled"]
    assert [refusal(found[name]) for name in ("o-3", "o-4")] == [(404, "NOT_FOUND")] * 2


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, [4, 3, 2, 1]),
        ({"status": "open"}, [4, 1]),
        ({"status": "cancelled"}, [3]),
        ({"status": "canceled"}, [3]),
        ({"symbol": "ETH/USD"}, [4]),
        ({"side": "sell"}, [2]),
        ({"from": at(3).isoformat()}, [4, 3]),
        ({"to": at(2).isoformat()}, [2, 1]),
        ({"limit": "1"}, [4]),
    ],
)
async def test_filters_leave_what_they_say(rig: Rig, query: dict[str, str], ids: list[int]) -> None:
    """American spelling too."""
    rows = (
        order(1),
        order(2, status="filled", side="sell"),
        order(3, status="cancelled"),
        order(4, symbol="ETH/USD"),
        order(5, "bob"),
    )
    rig.history.commit(of_orders(*rows))
    async with await rig.signed_in() as http:
        page = (await http.get("/orders", params=query)).json()
    assert [one["id"] for one in page["items"]] == [f"o-{number}" for number in ids]
    assert (page["nextCursor"] is None) is ("limit" not in query)


async def test_a_page_goes_on_where_its_cursor_says_and_another_s_is_refused(rig: Rig) -> None:
    rig.history.commit(of_orders(*(order(number) for number in range(3)), order(9, "bob")))
    async with await rig.signed_in() as http:
        first = (await http.get("/orders", params={"limit": 2})).json()
        rest = (await http.get("/orders", params={"limit": 2, "cursor": first["nextCursor"]})).json()
        assert [one["id"] for one in first["items"] + rest["items"]] == ["o-2", "o-1", "o-0"]
        assert refusal(await http.get("/orders", params={"cursor": "o-9"}))[0] == 422


async def test_the_answer_is_the_executor_s(rig: Rig) -> None:
    """200 for an order that was known by its id, and its own status for a refusal."""
    async with await rig.signed_in() as http:
        assert (await http.post("/orders", json=MARKET)).json() == {"id": "o-1", "status": "accepted"}
        rig.orders.answer = Answer(200, ORDER, 7)
        assert (await http.post("/orders", json=MARKET)).status_code == 200
        rig.orders.answer = Answer(409, code="IDEMPOTENCY_CONFLICT", message="that id was used")
        assert refusal(await http.post("/orders", json=MARKET)) == (409, "IDEMPOTENCY_CONFLICT")


async def test_everybody_sees_the_places_of_their_own_orders(rig: Rig) -> None:
    """Decimal strings; those whose place nobody knows are not there."""
    rig.view.places = {"ann": {"o-1": Decimal("3.20"), "o-2": Decimal(0)}}
    for user, seen in (("ann", [{"orderId": "o-1", "ahead": "3.2"}, {"orderId": "o-2", "ahead": "0"}]), ("bob", [])):
        async with await rig.signed_in(user) as http:
            answer = await http.get("/orders/queue")
        assert (answer.status_code, answer.json()["items"]) == (200, seen)
