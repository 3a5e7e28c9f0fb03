"""Whatever comes in, the answer is a status, a code and one sentence, and nothing was asked of the executor."""

import json
import os
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.gateway.rest.rig import Rig, refusal

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
GOOD = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.01", "price": "45000.00"}
UNPROCESSABLE = (422, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"quantity": 0.01}, "quantity"),
        ({"quantity": 1}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "Infinity"}, "quantity"),
        ({"quantity": "1e5"}, "quantity"),
        ({"quantity": "1E5"}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-0.01"}, "quantity"),
        ({"quantity": " 1"}, "quantity"),
        ({"quantity": "1_0"}, "quantity"),
        ({"quantity": "１"}, "quantity"),
        ({"quantity": "01"}, "quantity"),
        ({"quantity": ".5"}, "quantity"),
        ({"quantity": "+1"}, "quantity"),
        ({"quantity": "9" * 40}, "quantity"),
        ({"quantity": ["1"]}, "quantity"),
        ({"price": 45000.0}, "price"),
        ({"side": "hold"}, "side"),
        ({"side": "BUY"}, "side"),
        ({"type": "iceberg"}, "type"),
        ({"symbol": ""}, "symbol"),
        ({"symbol": 5}, "symbol"),
        ({"symbol": "B" * 33}, "symbol"),
        ({"timeInForce": "soon"}, "timeInForce"),
        ({"timeInForce": "gtd", "expireAt": "tomorrow"}, "expireAt"),
        ({"timeInForce": "gtd", "expireAt": 1767614400}, "expireAt"),
        ({"timeInForce": "gtd", "expireAt": "2026-01-05T12:00:00"}, "expireAt"),
        ({"postOnly": "true"}, "postOnly"),
        ({"reduceOnly": 1}, "reduceOnly"),
        ({"clientOrderId": "a b"}, "clientOrderId"),
        ({"clientOrderId": "a" * 65}, "clientOrderId"),
        ({"clientOrderId": 7}, "clientOrderId"),
        ({"takeProfit": "46000"}, "takeProfit"),
        ({"takeProfit": {}}, "takeProfit.price"),
        ({"takeProfit": {"price": 46000}}, "takeProfit.price"),
        ({"stopLoss": {"stopPrice": "44000", "colour": "red"}}, "stopLoss.colour"),
        ({"colour": "red"}, "colour"),
        ({"account": "bob"}, "account"),
        ({"constructor": {}}, "constructor"),
        ({"client_order_id": "a"}, "client_order_id"),
        ({"time_in_force": "ioc"}, "time_in_force"),
        ({"stopLoss": {"stop_price": "44000"}}, "stopLoss.stopPrice"),
    ],
)
async def test_wrong_key_is_named_in_one_sentence(rig: Rig, change: dict[str, Any], named: str) -> None:
    """A key of the wrong type, form or name: 422, its name in the sentence and in the details, no command."""
    async with await rig.signed_in() as ann:
        answer = await ann.post("/orders", json={**GOOD, **change})
    assert refusal(answer) == UNPROCESSABLE
    error = answer.json()["error"]
    assert named in error["message"]
    assert error["details"] == {"field": named}
    assert rig.orders.traded == []


@pytest.mark.parametrize("key", ["symbol", "side", "type", "quantity"])
async def test_missing_key_is_named(rig: Rig, key: str) -> None:
    """An order without one of its four keys is told which."""
    async with await rig.signed_in() as ann:
        answer = await ann.post("/orders", json={name: value for name, value in GOOD.items() if name != key})
    assert refusal(answer) == UNPROCESSABLE
    assert answer.json()["error"]["message"] == f"{key} is missing"
    assert rig.orders.traded == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"price": None, "type": "limit"}, "a limit order needs a price"),
        ({"type": "market"}, "a market order takes no price"),
        ({"type": "stop_limit"}, "a stop_limit order needs a stopPrice"),
        ({"stopPrice": "44000"}, "a limit order takes no stopPrice"),
        ({"type": "trailing_stop", "price": None}, "a trailing_stop order needs one of trailAmount and trailPercent"),
        ({"timeInForce": "gtd"}, "a gtd order needs expireAt"),
        ({"timeInForce": "ioc", "postOnly": True}, "postOnly goes with a limit order that may rest"),
        ({"reduceOnly": True, "takeProfit": {"price": "46000"}}, "an exit takes no bracket"),
    ],
)
async def test_keys_that_do_not_go_together(rig: Rig, change: dict[str, Any], sentence: str) -> None:
    """What is wrong with the whole order is said as such."""
    body = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    async with await rig.signed_in() as ann:
        answer = await ann.post("/orders", json=body)
    assert refusal(answer) == UNPROCESSABLE
    assert answer.json()["error"]["message"] == sentence
    assert rig.orders.traded == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe",
        b'{"symbol":"\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"quantity":0x10}',
        b"[" * 10_000,
        b'{"a":' * 5_000,
        b'{"symbol":"\\ud800"}',
    ],
)
async def test_what_is_not_json_is_malformed(rig: Rig, body: bytes) -> None:
    """Broken text is 422 MALFORMED, however deep or odd it is."""
    async with await rig.signed_in() as ann:
        answer = await ann.post("/orders", content=body)
    assert refusal(answer) == (422, "MALFORMED")
    assert rig.orders.traded == []


@pytest.mark.parametrize("body", [b"[]", b'"order"', b"5", b"null", b"true"])
async def test_json_that_is_no_object_is_refused(rig: Rig, body: bytes) -> None:
    """A body is a JSON object."""
    async with await rig.signed_in() as ann:
        answer = await ann.post("/orders", content=body)
    assert refusal(answer) == UNPROCESSABLE
    assert answer.json()["error"]["message"] == "the body must be a JSON object"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (json.dumps(GOOD)[:-1] + ',"price":"1"}', "price"),
        (json.dumps(GOOD)[:-1] + ',"pr\\u0069ce":"1"}', "price"),
        (json.dumps(GOOD)[:-1] + ',"takeProfit":{"price":"46000","price":"47000"}}', "price"),
        (json.dumps({**GOOD, "clientOrderId": "a:b"})[:-1] + ',"quantity":"2"}', "quantity"),
    ],
)
async def test_key_that_stands_twice_is_refused(rig: Rig, body: str, named: str) -> None:
    """An order with two prices is nobody's intention, also when one is written with an escape."""
    async with await rig.signed_in() as ann:
        answer = await ann.post("/orders", content=body)
    assert refusal(answer) == UNPROCESSABLE
    assert answer.json()["error"]["message"] == f"{named} is there twice"
    assert rig.orders.traded == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/orders/o-1", {}),
        ("PATCH", "/orders/o-1", {"quantity": 1}),
        ("PATCH", "/orders/o-1", {"quantity": "0"}),
        ("PATCH", "/orders/o-1", {"side": "sell"}),
        ("POST", "/orders/preview", {**GOOD, "quantity": 1}),
        ("POST", "/orders/oco", {"first": GOOD}),
        ("POST", "/orders/oco", {"first": GOOD, "second": {**GOOD, "symbol": "ETH/USD"}}),
        ("POST", "/positions/BTC-USD/close", {"clientOrderId": ""}),
        ("POST", "/positions/BTC-USD/close", {"quantity": "1"}),
        ("POST", "/positions/BTC-USD/reverse", {"colour": "red"}),
        ("PUT", "/positions/BTC-USD/protection", {"takeProfit": {"price": 1}}),
        ("PUT", "/positions/BTC-USD/protection", {"stopLoss": {"price": "1"}}),
        ("POST", "/paper/deposit", {"amount": 100}),
        ("POST", "/paper/deposit", {"amount": "0"}),
        ("POST", "/paper/deposit", {}),
        ("PATCH", "/orders/o-1", {"stop_price": "1"}),
        ("POST", "/positions/BTC-USD/close", {"client_order_id": "a"}),
    ],
)
async def test_every_body_is_checked(rig: Rig, method: str, path: str, body: dict[str, Any]) -> None:
    """Each route that takes a body refuses a wrong one with the same shape, and asks nothing of the executor."""
    async with await rig.signed_in() as ann:
        answer = await ann.request(method, path, json=body)
    assert refusal(answer) == UNPROCESSABLE
    assert rig.orders.traded == []


@pytest.mark.parametrize(
    "path",
    [
        "/orders?status=maybe",
        "/orders?side=hold",
        "/orders?limit=0",
        "/orders?limit=501",
        "/orders?limit=ten",
        "/orders?limit=-1",
        "/orders?limit=1e2",
        "/orders?limit=%EF%BC%91",
        "/orders?limit=" + "9" * 5_000,
        "/orders?cursor=nonsense",
        "/orders?cursor=%00",
        "/orders?cursor=" + "x" * 600,
        "/orders?from=yesterday",
        "/orders?to=2026-01-05",
        "/orders?from=0001-01-01T00:00:00%2B23:59",
        "/trades?cursor=nonsense",
        "/trades?limit=0",
        "/events?after=-1",
        "/events?after=99999999999999999999",
        "/events?limit=0",
        "/markets/BTC-USD/book?depth=0",
        "/markets/BTC-USD/candles?interval=2m",
        "/markets/BTC-USD/candles?limit=0",
        "/markets/BTC-USD/trades?limit=501",
    ],
)
async def test_wrong_parameter_is_refused(rig: Rig, path: str) -> None:
    """Filters and limits out of their range are 422."""
    async with await rig.signed_in() as ann:
        assert refusal(await ann.get(path)) == UNPROCESSABLE


async def test_cancel_all_takes_entries_or_all(rig: Rig) -> None:
    """Another word after include is refused before anything is cancelled."""
    async with await rig.signed_in() as ann:
        assert refusal(await ann.delete("/orders?include=exits")) == UNPROCESSABLE
    assert rig.orders.traded == []


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("DELETE", "/orders", "?symbol=BTC-USD&include=all"),
        ("POST", "/positions/close", ""),
        ("POST", "/paper/reset", ""),
    ],
)
@pytest.mark.parametrize(
    ("query", "body", "named"),
    [
        ("symbols=BTC-USD", None, "symbols"),
        ("Symbol=BTC-USD", None, "Symbol"),
        ("side=buy", None, "side"),
        ("%1b%5b31m=1", None, "?[31m"),
        ("", {"symbol": "BTC/USD"}, "symbol"),
        ("", {"quantity": "0.5"}, "quantity"),
    ],
)
async def test_what_is_about_one_thing_never_becomes_about_all(
    rig: Rig, method: str, path: str, known: str, query: str, body: dict[str, str] | None, named: str
) -> None:
    """A misspelt filter, or one that stands where nobody reads it, does not cancel or close everything."""
    async with await rig.signed_in() as ann:
        answer = await ann.request(method, f"{path}?{query}", json=body)
        assert refusal(answer) == UNPROCESSABLE
        assert answer.json()["error"]["details"] == {"field": named}
        assert rig.orders.traded == []
        assert (await ann.request(method, path + known, json={})).is_success
        assert (await ann.request(method, path + known)).is_success
        assert len(rig.orders.traded) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/positions/BTC-USD/close?quantity=0.5"),
        ("POST", "/positions/BTC-USD/reverse?quantity=0.5"),
        ("POST", "/kill?symbol=BTC-USD"),
        ("DELETE", "/orders/o-1?quantity=0.5"),
        ("POST", "/resume?symbol=BTC-USD"),
    ],
)
async def test_a_parameter_that_nobody_reads_changes_nothing(rig: Rig, method: str, path: str) -> None:
    """Whatever the command is about."""
    async with await rig.signed_in() as ann:
        assert refusal(await ann.request(method, path)) == UNPROCESSABLE
    assert rig.orders.traded == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/orders/o-1", {"quantity": "0.5"}),
        ("DELETE", "/alerts/a-1", {"symbol": "BTC/USD"}),
        ("POST", "/kill", {"symbol": "BTC/USD"}),
        ("POST", "/resume", {"symbol": "BTC/USD"}),
        ("POST", "/admin/accounts/ann/kill", {"symbol": "BTC/USD"}),
        ("POST", "/admin/accounts/ann/resume", {"symbol": "BTC/USD"}),
    ],
)
async def test_a_body_that_nobody_reads_changes_nothing(rig: Rig, method: str, path: str, body: dict[str, str]) -> None:
    """Who asks for a part of it in the body does not get all of it; an empty body is none."""
    async with await rig.signed_in("root" if "admin" in path else "ann") as client:
        answer = await client.request(method, path, json=body)
        assert refusal(answer) == UNPROCESSABLE
        assert answer.json()["error"]["details"] == {"field": next(iter(body))}
        assert rig.orders.traded == []
        assert (await client.request(method, path, json={})).is_success
        assert len(rig.orders.traded) == 1


async def test_who_looks_may_say_more_than_is_read(rig: Rig) -> None:
    """A page that looks past caches says so in a parameter of its own."""
    async with await rig.signed_in() as ann:
        assert (await ann.get("/orders?_=1767614400")).status_code == 200


async def test_a_filter_that_is_there_twice_is_none(rig: Rig) -> None:
    async with await rig.signed_in() as ann:
        answer = await ann.delete("/orders?symbol=BTC-USD&symbol=ETH-USD")
    assert refusal(answer) == UNPROCESSABLE
    assert answer.json()["error"]["message"] == "symbol is there twice"
    assert rig.orders.traded == []


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/orders/o-1/more",
        "/markets/NO-SUCH/ticker",
        "/markets/%2e%2e/ticker",
        "/orders/%00",
        "/orders/a%20b",
    ],
)
async def test_unknown_path_is_not_found(rig: Rig, path: str) -> None:
    """404 in the one shape, for a path, a market or an id that is not there."""
    async with await rig.signed_in() as ann:
        assert refusal(await ann.get(path)) == (404, "NOT_FOUND")


async def test_wrong_method_says_which_are_right(rig: Rig) -> None:
    """405 in the one shape."""
    async with await rig.signed_in() as ann:
        answer = await ann.put("/orders", json=GOOD)
    assert refusal(answer) == (405, "METHOD_NOT_ALLOWED")


async def test_body_over_the_limit_is_413_by_its_header(rig: Rig) -> None:
    """One byte over 64 KiB is too much; 64 KiB are not."""
    async with await rig.signed_in() as ann:
        assert refusal(await ann.post("/orders", content=b" " * 65_537)) == (413, "BODY_TOO_LARGE")
        assert refusal(await ann.post("/orders", content=b" " * 65_536))[0] == 422
    assert rig.orders.traded == []


async def test_fault_of_the_server_tells_nothing(rig: Rig) -> None:
    """An exception inside is 500 with a sentence that holds nothing of it."""
    rig.orders.failure = RuntimeError("SELECT secret FROM users")
    async with await rig.signed_in() as ann:
        answer = await ann.post("/orders", json=GOOD)
    assert refusal(answer) == (500, "INTERNAL")
    assert "SELECT" not in answer.text


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1", "buy", "-1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([*GOOD, "timeInForce", "expireAt", "takeProfit", "stopLoss", "postOnly", "trailPercent"])
ORDERISH = st.dictionaries(KEYS | st.text(max_size=8), JSON_VALUES, max_size=8).map(lambda change: {**GOOD, **change})
BODIES = st.binary(max_size=200) | ORDERISH.map(lambda body: json.dumps(body).encode())
ROUTES = st.sampled_from(
    [
        ("POST", "/orders"),
        ("POST", "/orders/oco"),
        ("PATCH", "/orders/o-1"),
        ("PUT", "/positions/BTC-USD/protection"),
        ("POST", "/paper/deposit"),
        ("POST", "/auth/token"),
        ("POST", "/auth/refresh"),
        ("POST", "/auth/password"),
        ("PUT", "/admin/accounts/ann/limits"),
    ]
)


@settings(max_examples=150 * SOAK)
@given(route=ROUTES, body=BODIES)
async def test_no_body_breaks_the_server(route: tuple[str, str], body: bytes) -> None:
    """Whatever the bytes are, the answer is JSON and never 500."""
    rig = Rig()
    name = "root" if "admin" in route[1] else "ann"
    async with await rig.signed_in(name) as client:
        answer = await client.request(*route, content=body)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        refusal(answer)


@settings(max_examples=75 * SOAK)
@given(query=st.dictionaries(st.sampled_from(["status", "symbol", "side", "from", "to", "limit", "cursor"]), st.text()))
async def test_no_query_breaks_the_server(query: dict[str, str]) -> None:
    """Whatever a filter holds, the answer is a page or a refusal."""
    rig = Rig()
    async with await rig.signed_in() as ann:
        try:
            answer = await ann.get("/orders", params=query)
        except (UnicodeEncodeError, httpx.InvalidURL):
            return  # not something that a URL can hold
    assert answer.status_code in (200, 422), answer.text
