"""A real server under what anybody may send: it answers everything, and starts again."""

import random
from datetime import UTC, datetime
from pathlib import Path

from tests.e2e.servers import Server, Trader, running
from tests.server.executor.fuzz import Sender

BIG = "999999999999999999.99999"
REQUESTS = 120


def is_up(server: Server, trader: Trader) -> bool:
    return trader.http.get(f"{server.url}/healthz").status_code == 200


def test_requests_that_once_ended_the_server_are_refused(tmp_path: Path) -> None:
    """One id for two, numbers too long, an order that has ended, a reset with a position: and a start after all that."""
    with running(tmp_path, "--feed", "synthetic", "--seed", "3", users=("ann",)) as server:
        ann = server.sign_in("ann")
        leg = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.01", "clientOrderId": "same"}
        pair = {"first": {**leg, "price": "100.00"}, "second": {**leg, "price": "101.00"}}
        assert ann.http.post("/orders/oco", json=pair).status_code == 422
        assert ann.http.post("/paper/deposit", json={"amount": "0.000000000000000001"}).status_code == 422
        largest = {
            "symbol": "DOGE/USD",
            "side": "sell",
            "type": "limit",
            "quantity": "999999999999999999",
            "price": BIG,
        }
        assert ann.http.post("/orders/preview", json=largest).status_code == 422
        bought = ann.order("buy", "0.01")
        assert bought["status"] == "filled"
        for answer in (
            ann.http.delete(f"/orders/{bought['id']}"),
            ann.http.patch(f"/orders/{bought['id']}", json={"quantity": "0.02"}),
        ):
            assert (answer.status_code, answer.json()["error"]["details"]) == (409, {"status": "filled"})
        assert ann.http.post("/paper/reset").status_code == 200
        assert is_up(server, ann)
        assert server.end() == 0
        server.start()
        assert server.sign_in("ann").order("buy", "0.01")["status"] == "filled"


def test_random_bodies_get_no_answer_of_five_hundred(tmp_path: Path) -> None:
    """Orders, previews, pairs, amends, protections and deposits as anybody might write them."""
    chance = random.Random(1)
    sender = Sender(chance, ("ann",), (89_000, 91_000))
    with running(tmp_path, "--feed", "synthetic", "--seed", "3", users=("ann",)) as server:
        ann = server.sign_in("ann")
        seen: dict[int, int] = {}
        for _ in range(REQUESTS):
            now = datetime.now(UTC)
            orders = [one["id"] for one in ann.items("/orders", limit=5)] or ["none"]
            method, path, body = chance.choice(
                (
                    ("POST", "/orders", sender.order(now)),
                    ("POST", "/orders/preview", sender.order(now)),
                    ("POST", "/orders/oco", sender.pair(now)),
                    ("PATCH", f"/orders/{chance.choice(orders)}", sender.totals()),
                    ("PUT", "/positions/BTC-USD/protection", sender.exits(1)),
                    ("POST", "/positions/BTC-USD/reverse", sender.named()),
                    ("POST", "/paper/deposit", {"amount": sender.amount()}),
                )
            )
            answer = ann.http.request(method, path, json=body)
            assert answer.status_code < 500, (method, path, body, answer.text)
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        assert is_up(server, ann)
        assert seen[201], seen[422]
