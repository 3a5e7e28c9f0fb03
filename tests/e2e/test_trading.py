"""A real server, real sockets: what a script sees over REST."""

import asyncio
import json
from collections.abc import Iterator

import pytest
import websockets

from tests.e2e.servers import Server, Trader, running
from tests.eventually import PATIENCE_S


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("trading"), users=()) as started:
        yield started


@pytest.fixture
def ann(server: Server) -> Iterator[Trader]:
    trader = server.newcomer()
    yield trader
    trader.leave()


@pytest.fixture
def bob(server: Server) -> Iterator[Trader]:
    trader = server.newcomer()
    yield trader
    trader.leave()


def test_two_users_trade_and_see_the_worked_case(ann: Trader, bob: Trader) -> None:
    """Buying 0.01 at 45,000 as taker costs 1.17 in fees; at 45,500 the position shows 5.00 gross and 3.83 net."""
    bob.order("sell", "0.01", "45000.00")
    bought = ann.order("buy", "0.01")
    assert (bought["status"], bought["filledQuantity"], bought["averagePrice"]) == ("filled", "0.01", "45000.00")
    bob.order("sell", "0.01", "45500.00")
    carl_side = bob.order("buy", "0.001", "44000.00")
    assert carl_side["status"] == "accepted"
    (trade,) = ann.items("/trades")
    assert (trade["value"], trade["fee"], trade["type"], trade["liquidity"]) == ("450.00", "1.17", "entry", "taker")
    (position,) = ann.items("/positions")
    assert (position["side"], position["quantity"], position["entryPrice"]) == ("long", "0.01", "45000.00")
    assert position["netTotalPnL"] == "-1.17"


def test_events_are_gapless_and_tell_the_story_in_order(ann: Trader, bob: Trader) -> None:
    """One filling market order is created, submitted, filled, with its trade, position, balance and account after it."""
    bob.order("sell", "0.01", "45000.00")
    before = len(ann.events())
    ann.order("buy", "0.01")
    events = ann.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    names = [event["event"] for event in events[before:]]
    assert names[:2] == ["order:created", "order:submitted"]
    assert {"order:filled", "trade:executed", "position:opened", "balance:updated"} <= set(names)
    assert len(names) == len(set(names)), "each fact once"


def test_client_order_id_makes_one_order(ann: Trader) -> None:
    """The same id and body answers 200 with the first order; another body is a conflict and changes nothing."""
    body = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.01", "price": "40000.00"}
    first = ann.http.post("/orders", json={**body, "clientOrderId": "once"})
    again = ann.http.post("/orders", json={**body, "clientOrderId": "once"})
    other = ann.http.post("/orders", json={**body, "quantity": "0.02", "clientOrderId": "once"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json()["id"] == first.json()["id"]
    assert other.json()["error"]["code"] == "IDEMPOTENCY_CONFLICT"
    assert len(ann.items("/orders")) == 1


def test_restart_keeps_open_orders_positions_and_money(server: Server, ann: Trader, bob: Trader) -> None:
    """After `kill -9` and a new start, everything that was answered is as it was, and the book still trades."""
    bob.order("sell", "0.03", "45000.00")
    ann.order("buy", "0.01")
    resting = ann.order("buy", "0.02", "44000.00")
    before = {path: ann.get(path) for path in ("/orders", "/positions", "/trades", "/balances", "/account")}
    story = ann.events()
    server.kill()
    server.start()
    ann, bob = server.sign_in(ann.name), server.sign_in(bob.name)
    assert {path: ann.get(path) for path in before} == before
    assert ann.events() == story
    bob.order("sell", "0.02", "44000.00")
    (filled,) = [order for order in ann.items("/orders") if order["id"] == resting["id"]]
    assert filled["status"] == "filled"
    ann.order("buy", "0.01")
    assert ann.items("/positions")[0]["quantity"] == "0.04"


def test_cancel_and_close(ann: Trader, bob: Trader) -> None:
    """A resting order is cancelled by its id; closing a position sells what is held and ends flat."""
    resting = ann.order("buy", "0.01", "40000.00")
    assert ann.http.delete(f"/orders/{resting['id']}").json()["status"] == "cancelled"
    bob.order("sell", "0.01", "45000.00")
    ann.order("buy", "0.01")
    bob.order("buy", "0.01", "44900.00")
    assert ann.http.post("/positions/BTC-USD/close").status_code in (200, 201)
    assert ann.items("/positions") == []


def test_nobody_sees_what_is_not_theirs(ann: Trader, bob: Trader) -> None:
    """Another user's order is NOT_FOUND to read, amend and cancel, exactly like one that does not exist."""
    order = ann.order("buy", "0.01", "40000.00")
    for path in (f"/orders/{order['id']}", "/orders/0190a000-0000-7000-8000-000000000000"):
        for answer in (bob.http.get(path), bob.http.delete(path), bob.http.patch(path, json={"quantity": "0.02"})):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert bob.items("/orders") == []
    assert ann.items("/orders")[0]["status"] == "accepted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": 0.01}, "VALIDATION_FAILED"),
        ({"quantity": "NaN"}, "VALIDATION_FAILED"),
        ({"quantity": "1e5"}, "VALIDATION_FAILED"),
        ({"quantity": "0"}, "VALIDATION_FAILED"),
        ({"quantity": "-1"}, "VALIDATION_FAILED"),
        ({"price": "45000.10"}, "OFF_TICK"),
        ({"quantity": "0.000001"}, "OFF_LOT"),
        ({"symbol": "NO/SUCH"}, "UNKNOWN_SYMBOL"),
        ({"colour": "red"}, "VALIDATION_FAILED"),
        ({"side": "hold"}, "VALIDATION_FAILED"),
    ],
)
def test_bad_order_is_refused_and_changes_nothing(ann: Trader, change: dict[str, object], code: str) -> None:
    """422 with its code and one sentence; no order, no event."""
    before = ann.events()
    body = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.01", "price": "45000.00", **change}
    answer = ann.http.post("/orders", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert answer.json()["error"]["message"].count("\n") == 0
    assert ann.items("/orders") == []
    assert ann.events() == before


async def test_profit_moves_with_the_price_without_a_seq(server: Server, ann: Trader, bob: Trader) -> None:
    """A print of others moves ann's mark: her socket is told, with `asOf` and no `seq`, and nothing is journaled."""
    bob.order("sell", "0.01", "45000.00")
    ann.order("buy", "0.01")
    head = ann.events()[-1]["seq"]
    async with websockets.connect(
        f"{server.url.replace('http', 'ws', 1)}/ws", additional_headers={"Authorization": f"Bearer {ann.token}"}
    ) as socket:
        await socket.send('{"op":"subscribe","id":1,"channel":"trading"}')
        async for message in socket:
            if json.loads(message).get("op") == "live":
                break
        cat = server.newcomer()
        bob.order("sell", "0.01", "45500.00")
        cat.order("buy", "0.01")
        async with asyncio.timeout(PATIENCE_S):
            async for message in socket:
                told = json.loads(message)
                # What her own trade did to the mark may still be told first.
                if told.get("event") == "position:updated" and told["data"]["position"]["currentPrice"] == "45500.00":
                    break
    assert "seq" not in told
    assert told["asOf"] == head
    position = told["data"]["position"]
    assert position["unrealizedPnL"] == "5.00"
    assert position["unrealizedPnLPercent"] == "1.11"
    assert ann.events()[-1]["seq"] == head
