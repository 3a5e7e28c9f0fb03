"""A monitor behind an unmodified socket.io-client: everybody's trading, nobody's money, and nothing missed over a break."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.browsers import Page, page
from tests.e2e.faults import fault_proxy
from tests.e2e.servers import Server, Trader, running

TRANSPORTS = [("websocket",), ("polling",)]
KINDS = ("order", "position", "trade")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("monitor"), users=()) as started:
        started.add_user("mona", "monitor")
        yield started


def told(client: Page) -> list[tuple[str, Any]]:
    """(name, timestamp and object) of every journaled event that came."""
    events = (one for one in client.seen if one["kind"] == "event" and isinstance(one["args"][-1], str))
    return [(one["name"], one["args"][0]) for one in events]


def monitored(*traders: Trader) -> list[tuple[str, Any]]:
    """What the journal has of them that a monitor may see."""
    events = [event for trader in traders for event in trader.events()]
    seen = [one for one in events if one["event"].partition(":")[0] in KINDS]
    for one in seen:
        one["data"].get("position", {}).pop("liquidationPrice", None)
    return [(one["event"], one["data"]) for one in seen]


def in_order(events: list[tuple[str, Any]]) -> list[str]:
    return sorted(f"{name} {data}" for name, data in events)


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_monitor_misses_nothing_over_a_break_and_a_restart(server: Server, transports: tuple[str, ...]) -> None:
    """Recovered by its cursor: every order, position and trade of two traders once, and no balance."""
    ann, bob, mona = server.newcomer(), server.newcomer(), server.sign_in("mona")
    async with fault_proxy(server.port) as proxy, page(proxy.url, mona.token, transports=transports) as client:
        await client.kind("connect")
        await client.emit("subscribe", {"channel": "trading"})
        await client.event("subscribed")
        bob.order("sell", "0.01", "45000.00")
        ann.order("buy", "0.01")
        await client.event("position:opened")
        proxy.refuses = True
        proxy.cut()
        await client.kind("disconnect")
        bob.order("sell", "0.02", "45100.00")
        ann.order("buy", "0.02")
        server.kill()
        server.start()
        proxy.target_port, proxy.refuses = server.port, False
        assert (await client.kind("connect"))["recovered"] is True
        last = ann.order("buy", "0.01", "30000.00")
        await client.until(lambda seen: last["id"] in str(seen) and seen.get("name") == "order:accepted")
        seqs = client.seqs()
        assert seqs == sorted(set(seqs))
        assert in_order(told(client)) == in_order(monitored(ann, bob))
    bob.leave()


async def test_trader_cannot_take_up_a_monitors_place(server: Server) -> None:
    """A monitor's cursor in a trader's hands recovers nothing, and shows nothing of others."""
    ann, bob, mona = server.newcomer(), server.newcomer(), server.sign_in("mona")
    async with fault_proxy(server.port) as proxy, page(proxy.url, mona.token) as client:
        await client.kind("connect")
        bob.order("sell", "0.01", "45000.00")
        await client.event("order:accepted")
        client.forget()
        await client.say(token=ann.token)
        proxy.cut()
        assert (await client.kind("connect"))["recovered"] is False
        bob.order("sell", "0.01", "45200.00")
        order = ann.order("buy", "0.01", "30000.00")
        await client.until(lambda seen: seen.get("name") == "order:accepted")
        shown = {one[1]["order"]["id"] for one in told(client) if one[0].startswith("order:")}
        assert shown == {order["id"]}
