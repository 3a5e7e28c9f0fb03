"""A server whose clock is set, forwards and back, by an hour, a day, over midnight, a month's end and 29 February."""

import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from tests.e2e.servers import PASSWORD, Server
from tests.e2e.shifted_clock import NAME, write_shift
from tests.eventually import PATIENCE_S, eventually
from tradeterm.protocol.times import parse_time, time_text

START = datetime(2027, 6, 15, 12, 0, tzinfo=UTC)
# Where the clock is set to, one after the other; the days are those of the wall.
WALL = {
    "an hour on": START + timedelta(hours=1),
    "an hour back": START,
    "a day on": START + timedelta(days=1),
    "a day back": START,
    "before midnight": datetime(2027, 6, 20, 23, 59, 59, tzinfo=UTC),
    "back over midnight": datetime(2027, 6, 20, 23, 59, 58, tzinfo=UTC),
    "before a month's end": datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC),
    "back over a month's end": datetime(2027, 6, 30, 23, 0, tzinfo=UTC),
    "before a year's end": datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
    "the end of February": datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC),
    "the end of 29 February": datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),
    "back over 29 February": datetime(2028, 2, 28, 12, 0, tzinfo=UTC),
    "the end of February in another year": datetime(2029, 2, 28, 23, 59, 59, tzinfo=UTC),
    "back by years": START,
}


@dataclass
class Desk:
    """A trader on a server whose clock is set while they trade."""

    server: Server
    http: httpx.Client
    refresh_token: str = ""
    ids: Iterator[int] = field(default_factory=itertools.count)

    shift: timedelta = timedelta()

    def set_wall(self, to: datetime) -> None:
        self.shift = to - datetime.now(UTC)
        write_shift(self.server.folder / "shift", self.shift.total_seconds())

    def has_turned(self, wall: datetime) -> bool:
        """Whether the day of this moment is over."""
        return (datetime.now(UTC) + self.shift).date() > wall.date()

    def sign_in(self) -> str:
        """By the refresh token where it is good, else by the password; the access token."""
        url = f"{self.server.url}/api/v1/auth"
        answer = self.http.post(f"{url}/refresh", json={"refreshToken": self.refresh_token or "none"})
        if answer.status_code != 200:
            answer = self.http.post(f"{url}/token", data={"username": "ann", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.refresh_token = answer.json()["refreshToken"]
        return str(answer.json()["accessToken"])

    def ask(self, method: str, path: str, token: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.request(method, f"{self.server.url}/api/v1{path}", headers=headers, **more)

    def order(self, token: str, **more: Any) -> dict[str, Any]:
        """A limit order that rests."""
        body = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.001", "price": "20000.00", **more}
        answer = self.ask("POST", "/orders", token, json={**body, "clientOrderId": f"o{next(self.ids)}"})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        assert found["status"] == "accepted", found
        return found

    def status(self, token: str, order: dict[str, Any]) -> str:
        return str(self.ask("GET", f"/orders/{order['id']}", token).json()["status"])

    def items(self, token: str, path: str) -> list[dict[str, Any]]:
        answer = self.ask("GET", path, token)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("clock")
    command = (sys.executable, "-m", "tests.e2e.shifted_clock")
    server = Server(folder, ("--feed", "synthetic", "--seed", "7"), {NAME: str(folder / "shift")}, command=command)
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as http:
        made = Desk(server, http)
        made.set_wall(START)
        server.add_user("ann")
        try:
            server.start()
            yield made
        finally:
            server.kill()


def test_trading_goes_on_wherever_the_clock_is_set(desk: Desk) -> None:
    """Orders are taken, looked at and cancelled, tokens renewed, candles rise, and the server says no word of it."""
    kept = desk.order(desk.sign_in())
    for where, wall in WALL.items():
        desk.set_wall(wall)
        token = desk.sign_in()
        placed = desk.order(token)
        assert abs(parse_time(placed["createdAt"]) - wall) < timedelta(seconds=30), where
        assert desk.status(token, kept) == "accepted", where
        assert desk.ask("DELETE", f"/orders/{placed['id']}", token).json()["status"] == "cancelled", where
        for interval in ("1s", "1m", "1d"):
            times = [
                one["time"] for one in desk.items(token, f"/markets/BTC-USD/candles?interval={interval}&limit=500")
            ]
            assert times == sorted(set(times)), (where, interval)
        assert desk.ask("GET", "/account", token).status_code == 200
        if wall.second == 59:  # a moment before a day's end: it turns while we look
            eventually(partial(desk.has_turned, wall))
            assert parse_time(desk.order(desk.sign_in())["createdAt"]).date() > wall.date(), where
    seqs = [one["seq"] for one in desk.items(desk.sign_in(), "/events?limit=500")]
    assert seqs == list(range(1, len(seqs) + 1))
    assert "Traceback" not in desk.server.log
    assert '"error"' not in desk.server.log


def test_what_a_time_ends_is_ended_by_the_clock(desk: Desk) -> None:
    """An order for a day, and one till a time, when the clock is set over them; never when it is set back."""
    desk.set_wall(START + timedelta(days=800))
    token = desk.sign_in()
    day = desk.order(token, timeInForce="day")
    till = desk.order(token, timeInForce="gtd", expireAt=time_text(START + timedelta(days=800, hours=2)))
    desk.set_wall(START + timedelta(days=799, hours=20))
    token = desk.sign_in()
    assert (desk.status(token, day), desk.status(token, till)) == ("accepted", "accepted")
    desk.set_wall(START + timedelta(days=800, hours=3))
    token = desk.sign_in()
    eventually(lambda: desk.status(token, till) == "expired")
    assert desk.status(token, day) == "accepted"
    desk.set_wall(START + timedelta(days=801, hours=3))
    token = desk.sign_in()
    eventually(lambda: desk.status(token, day) == "expired")


def test_restart_under_a_clock_that_was_set_back_keeps_everything(desk: Desk) -> None:
    """Orders, sign-ins and the stream's numbers; what was made in the future is no trouble."""
    desk.set_wall(START + timedelta(days=900))
    token = desk.sign_in()
    kept = desk.order(token)
    before = desk.items(token, "/orders?status=open")
    for back in (timedelta(hours=1), timedelta(days=1)):
        desk.set_wall(START + timedelta(days=900) - back)
        assert desk.server.end() == 0
        desk.server.start()
        token = desk.sign_in()
        assert desk.items(token, "/orders?status=open") == before
        assert desk.status(token, kept) == "accepted"
        assert desk.ask("DELETE", f"/orders/{desk.order(token)['id']}", token).json()["status"] == "cancelled"
    assert "Traceback" not in desk.server.log
