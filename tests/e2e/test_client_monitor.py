"""The SDK in the hands of a monitor: everybody's events, once, also when they are slow and when the line breaks."""

from collections.abc import Iterator

import pytest

from tests.e2e.servers import PASSWORD, Server, running
from tradeterm.client import trading_client as module
from tradeterm.client.trading_client import TradingClient


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("monitor"), users=("ann", "bob")) as started:
        started.add_user("mon", "monitor")
        yield started


def trade(server: Server, rounds: int) -> None:
    ann, bob = server.sign_in("ann"), server.sign_in("bob")
    for _ in range(rounds):
        ann.order("sell", "0.001", "40000.00")
        bob.order("buy", "0.001")


async def take(client: TradingClient, count: int) -> list[tuple[str | None, int | None, str]]:
    found: list[tuple[str | None, int | None, str]] = []
    async for event in client.events():
        found.append((event.account, event.seq, event.name))
        if len(found) == count:
            break
    return found


def journaled(server: Server, name: str, after: int) -> list[tuple[str | None, int | None, str]]:
    """What a monitor may see of an account's journal."""
    return [
        (name, one["seq"], one["event"])
        for one in server.sign_in(name).events()
        if one["seq"] > after and one["event"].startswith(("order:", "position:", "trade:"))
    ]


async def test_slow_monitor_gets_every_account_s_events_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue holds five; two accounts trade ten times before they look: nothing is missing, nothing is twice."""
    monkeypatch.setattr(module, "EVENTS_WAITING", 5)
    heads = {name: len(server.sign_in(name).events()) for name in ("ann", "bob")}
    async with TradingClient(server.url, user="mon", password=PASSWORD) as client:
        trade(server, 10)
        expected = [one for name, head in heads.items() for one in journaled(server, name, head)]
        found = await take(client, len(expected))
    assert sorted(found, key=str) == sorted(expected, key=str)
    for name in heads:
        assert [one for one in found if one[0] == name] == [one for one in expected if one[0] == name]


async def test_monitor_comes_back_from_the_snapshot_s_own_place(server: Server) -> None:
    """The server dies before any event came: they go on from the place that the snapshot named."""
    trade(server, 1)
    async with TradingClient(server.url, user="mon", password=PASSWORD) as client:
        heads = {name: len(server.sign_in(name).events()) for name in ("ann", "bob")}
        server.kill()
        server.start()
        trade(server, 1)
        expected = [one for name, head in heads.items() for one in journaled(server, name, head)]
        found = await take(client, len(expected))
    assert sorted(found, key=str) == sorted(expected, key=str)
