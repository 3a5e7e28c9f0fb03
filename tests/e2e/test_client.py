"""The Python client against a real server: it misses nothing, whatever breaks or stalls."""

import asyncio
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.servers import PASSWORD, Server, Trader, running
from tests.eventually import PATIENCE_S
from tradeterm.client import TradingClient
from tradeterm.client import trading_client as module
from tradeterm.client.errors import HistoryLost, SessionEnded, SignInFailed, Unreachable
from tradeterm.client.session import Event, Fact
from tradeterm.protocol.events import (
    BookPayload,
    CandlePayload,
    OrderPayload,
    PrintPayload,
    TickerPayload,
    TradePayload,
)
from tradeterm.protocol.wire import WireOut


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("client"), users=(), TRADETERM_LIMITS__COMMANDS_PER_S="0") as started:
        yield started


@pytest.fixture
def ann(server: Server) -> Trader:
    """A test's own account."""
    return server.newcomer()


async def take(client: TradingClient, until: int) -> list[int]:
    """The seqs of events up to `until`."""
    found: list[int] = []
    async for event in client.events():
        if event.seq is not None:
            found.append(event.seq)
        if event.seq == until:
            return found
    return found


async def test_consumer_that_falls_behind_gets_everything_from_the_journal(
    server: Server, ann: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue holds five; twenty orders come before anybody looks: every event is given, once, in order."""
    monkeypatch.setattr(module, "EVENTS_WAITING", 5)
    before = ann.events()[-1]["seq"]
    async with TradingClient(server.url, user=ann.name, password=PASSWORD) as client:
        for _ in range(20):
            await client.rest.buy("BTC/USD", "0.001", "40000.00")
        last = (await client.rest.events(0, 500))[-1]["seq"]
        seqs = await take(client, last)
    assert seqs == list(range(before + 1, last + 1))


async def test_position_file_goes_on_where_the_consumer_was(server: Server, ann: Trader, tmp_path: Path) -> None:
    """What was taken is not given again; what came while nobody ran is."""
    file = tmp_path / "position.json"
    async with TradingClient(server.url, user=ann.name, password=PASSWORD, position_file=file) as client:
        await client.rest.buy("BTC/USD", "0.001", "40000.00")
        last = (await client.rest.events(0, 500))[-1]["seq"]
        first = await take(client, last)
    ann.order("buy", "0.001", "40000.00")
    end = ann.events()[-1]["seq"]
    async with TradingClient(server.url, user=ann.name, password=PASSWORD, position_file=file) as client:
        second = await take(client, end)
    # The last event was given, but the consumer never came back for more: it is given again.
    assert second == list(range(first[-1], end + 1))


async def test_database_put_back_to_an_earlier_state_is_told_once(server: Server, ann: Trader) -> None:
    """What the client has seen is no more: it says so, shows the server's state, and goes on when asked again.

    Both files are put back: the journal alone would bring the tables up to it again, and nothing would be lost.
    """
    files = [server.folder / name for name in ("tradeterm.db", "tradeterm.db.journal")]
    ann.order("buy", "0.001", "41000.00")
    server.end()
    for file in files:
        shutil.copyfile(file, file.with_name(f"{file.name}.before"))
    server.start()
    async with TradingClient(server.url, user=ann.name, password=PASSWORD) as client:
        await client.rest.buy("BTC/USD", "0.001", "40000.00")
        await take(client, (await client.rest.events(0, 500))[-1]["seq"])
        server.end()
        for file in files:
            for suffix in ("-wal", "-shm"):
                file.with_name(f"{file.name}{suffix}").unlink(missing_ok=True)
            shutil.copyfile(file.with_name(f"{file.name}.before"), file)
        server.start()
        with pytest.raises(HistoryLost):
            await take(client, -1)
        assert {order.price for order in client.store.orders.values()} == {Decimal("41000.00")}
        ann.order("buy", "0.001", "42000.00")
        last = ann.events()[-1]["seq"]
        assert (await take(client, last))[-1] == last


async def test_payloads_are_the_contracts_models(tmp_path: Path) -> None:
    """Of an order that is filled, and of the market: decimals and times, not texts."""
    market: dict[str, WireOut] = {}
    all_four = asyncio.Event()

    def note(fact: Fact) -> None:
        if isinstance(fact, Event) and fact.channel.startswith("market:"):
            market[fact.channel.split(":")[2]] = fact.payload
            if len(market) == 4:
                all_four.set()

    with running(tmp_path, "--seed", "1") as server:
        async with TradingClient(server.url, user="ann", password=PASSWORD, on_fact=note) as client:
            await client.watch(*(f"market:BTC/USD:{kind}" for kind in ("ticker", "book", "trades", "candles:1m")))
            order = await client.rest.buy("BTC/USD", "0.01")
            payloads = []
            async for event in client.events():
                payloads.append(event.payload)
                if event.name == "trade:executed":
                    break
            await asyncio.wait_for(all_four.wait(), PATIENCE_S)
    (created, *_) = [one.order for one in payloads if isinstance(one, OrderPayload)]
    (trade,) = [one.trade for one in payloads if isinstance(one, TradePayload)]
    assert (created.id, trade.order_id) == (order.id, order.id)
    assert (created.quantity, type(trade.price)) == (Decimal("0.01"), Decimal)
    assert {kind: type(one) for kind, one in market.items()} == {
        "ticker": TickerPayload,
        "book": BookPayload,
        "trades": PrintPayload,
        "candles": CandlePayload,
    }


async def test_events_go_on_after_kill_9_of_the_server(server: Server, ann: Trader) -> None:
    """The stream has no hole and nothing twice."""
    async with TradingClient(server.url, user=ann.name, password=PASSWORD) as client:
        await client.rest.buy("BTC/USD", "0.001", "40000.00")
        server.kill()
        server.start()
        ann.order("buy", "0.001", "40000.00")
        last = ann.events()[-1]["seq"]
        seqs = await take(client, last)
    assert seqs == list(range(seqs[0], last + 1))


async def test_wrong_password_and_no_server_are_told_at_once(server: Server, ann: Trader) -> None:
    """Opening the client says which."""
    with pytest.raises(SignInFailed):
        async with TradingClient(server.url, user=ann.name, password="wrong password"):
            pass
    with pytest.raises((Unreachable, SessionEnded)):
        async with TradingClient("http://127.0.0.1:9", user=ann.name, password=PASSWORD, open_timeout_s=0.5):
            pass


async def test_revoked_session_signs_in_again_when_the_password_is_at_hand(server: Server, ann: Trader) -> None:
    """Logged out elsewhere: 4503, a fresh sign-in, and the stream goes on."""
    async with TradingClient(server.url, user=ann.name, password=PASSWORD) as client:
        await client.rest.buy("BTC/USD", "0.001", "40000.00")
        await client.rest.sign_out()
        ann.order("buy", "0.001", "40000.00")
        last = ann.events()[-1]["seq"]
        seqs = await take(client, last)
    assert seqs == list(range(seqs[0], last + 1))
