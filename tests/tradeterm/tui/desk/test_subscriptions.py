"""What is fetched beside the stream: once for a new line, anew where something has changed, and never without need."""

from typing import Any

import httpx

from tests.tradeterm.tui.desks import NOON
from tradeterm.client.rest import Rest
from tradeterm.client.trading_client import TradingClient
from tradeterm.tui.desk.event_log import EventLog
from tradeterm.tui.desk.link_gauge import LineGauge
from tradeterm.tui.desk.port import View
from tradeterm.tui.desk.subscriptions import Upkeep

ALERT: dict[str, Any] = {"id": "a", "symbol": "BTC/USD", "condition": "above", "price": "1.00", "status": "waiting"}
ALERT |= {"createdAt": "2026-01-05T12:00:00.000Z"}
MARKET: dict[str, Any] = {
    "symbol": "BTC/USD",
    "base": "BTC",
    "quote": "USD",
    "tick": "0.5",
    "lot": "0.1",
    "minQuantity": "0.1",
}
MARKET |= {"minNotional": "0", "priceDecimals": 2, "makerFee": "0.001", "takerFee": "0.0026", "state": "open"}


class Server:
    """Answers every list; notes the paths that were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.alerts: list[dict[str, Any]] | None = [ALERT]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        self.asked.append(path)
        if path == "/alerts" and self.alerts is None:
            return httpx.Response(404, json={"error": {"code": "NOT_FOUND", "message": "no such page"}})
        items = {"/markets": [MARKET], "/alerts": self.alerts}.get(path, [])
        return httpx.Response(200, json={"items": items, "nextCursor": None})


def upkeep_on(server: Server) -> Upkeep:
    client = TradingClient("http://server", token="t")
    client.rest = Rest("http://server", "t", httpx.MockTransport(server))
    return Upkeep(client, EventLog(lambda symbol: 2), LineGauge(lambda: NOON, lambda: 0.0))


async def test_a_new_line_fetches_history_once_and_a_change_what_has_changed() -> None:
    """Markets, trades, events and alerts; then alerts alone when one rang, candles alone for another chart."""
    server = Server()
    upkeep = upkeep_on(server)
    await upkeep.settle()
    assert server.asked == ["/markets", "/trades", "/events", "/alerts"]
    assert [one.id for one in upkeep.alerts] == ["a"]
    server.asked.clear()
    await upkeep.settle()
    assert server.asked == []
    server.alerts = []
    upkeep.alerts_changed()
    assert upkeep.changed.is_set()
    await upkeep.settle()
    assert (server.asked, upkeep.alerts) == (["/alerts"], [])
    server.asked.clear()
    upkeep.show(View("BTC/USD", "1m"))
    upkeep.lost()
    await upkeep.settle()
    assert server.asked == ["/markets/BTC-USD/candles"]


async def test_a_server_that_knows_no_alerts_is_lived_with() -> None:
    """An older one: there are none."""
    server = Server()
    server.alerts = None
    upkeep = upkeep_on(server)
    await upkeep.settle()
    assert upkeep.alerts == []
