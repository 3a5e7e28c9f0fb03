"""Socket.IO of a real server, spoken to by an unmodified socket.io-client from npm."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.e2e.browsers import page
from tests.e2e.faults import fault_proxy
from tests.e2e.schemas import check_payload
from tests.e2e.servers import Server, Trader, running

TRANSPORTS = [("websocket",), ("polling",), ("polling", "websocket")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("socketio"), users=("ann", "bob")) as started:
        yield started


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another one, which tests end and start again."""
    with running(tmp_path_factory.mktemp("mortal"), users=(), TRADETERM_LIMITS__COMMANDS_PER_S="0") as started:
        yield started


@pytest.fixture(scope="module")
def ann(server: Server) -> Trader:
    return server.sign_in("ann")


@pytest.fixture(scope="module")
def bob(server: Server) -> Trader:
    return server.sign_in("bob")


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_events_arrive_with_the_payload_and_nothing_round_it(ann: Trader, transports: tuple[str, ...]) -> None:
    """`socket.on('order:created', data => …)` gets what the journal holds, each event once and in order."""
    async with page(ann.url, ann.token, transports=transports) as client:
        assert (await client.kind("connect"))["recovered"] is False
        await client.emit("subscribe", {"channel": "trading"})
        assert await client.event("subscribed") == [{"channel": "trading"}]
        before = len(ann.events())
        ann.order("buy", "0.01", "40000.00")
        journal = ann.events()[before:]
        await client.until_seq(journal[-1]["seq"])
        told = [one for one in client.seen if one["kind"] == "event" and one["name"] != "subscribed"]
        assert [(one["name"], one["args"][0]) for one in told] == [(one["event"], one["data"]) for one in journal]
        for one in told:
            check_payload(one["name"], one["args"][0])


@pytest.mark.parametrize("token", [None, "nonsense"])
async def test_bad_token_is_a_connect_error_and_final(ann: Trader, token: str | None) -> None:
    """The client does not try again by itself."""
    async with page(ann.url, token) as client:
        refused = await client.kind("connect_error")
        assert (refused["data"]["code"], refused["final"]) == ("UNAUTHENTICATED", True)


async def test_foreign_channel_is_an_error_event(ann: Trader) -> None:
    """The same `FORBIDDEN` for what is another's and for what does not exist; the socket stays."""
    async with page(ann.url, ann.token) as client:
        await client.kind("connect")
        for channel in ("trading:bob", "market:NO/SUCH:ticker", "*", "tradіng"):
            await client.emit("subscribe", {"channel": channel})
            (said,) = await client.event("error")
            assert said["code"] == "FORBIDDEN"
        await client.emit("subscribe", "trading")
        assert (await client.event("error"))[0]["code"] == "VALIDATION_FAILED"
        await client.emit("unsubscribe", {"channel": "trading"})
        assert await client.event("unsubscribed") == [{"channel": "trading"}]


async def test_market_channel_tells_the_newest_and_then_what_changes(ann: Trader, bob: Trader) -> None:
    """A ticker at once, and another when somebody trades."""
    async with page(ann.url, ann.token) as client:
        await client.kind("connect")
        await client.emit("subscribe", {"channel": "market:BTC/USD:ticker"})
        assert (await client.event("ticker"))[0]["ticker"]["symbol"] == "BTC/USD"
        bob.order("sell", "0.02", "45000.00")
        told = await client.until(lambda seen: seen.get("name") == "ticker" and seen["args"][0]["ticker"]["ask"])
        assert told["args"][0]["ticker"]["ask"] == "45000.00"
        assert told["args"][1] == {"channel": "market:BTC/USD:ticker"}
        bob.http.delete("/orders")


@pytest.mark.parametrize("seen_before", [True, False], ids=["after-events", "before-any-event"])
@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_break_brings_every_missed_event_once(
    ann: Trader, transports: tuple[str, ...], seen_before: bool
) -> None:
    """The client's own recovery, `recovered` true, whether or not an event came before the break."""
    port = int(ann.url.rsplit(":", 1)[1])
    async with fault_proxy(port) as proxy, page(proxy.url, ann.token, transports=transports) as client:
        await client.kind("connect")
        head = len(ann.events())
        if seen_before:
            ann.order("buy", "0.01", "39000.00")
            await client.until_seq(len(ann.events()))
        proxy.refuses = True
        proxy.cut()
        await client.kind("disconnect")
        for _ in range(3):
            ann.order("buy", "0.01", "38000.00")
        proxy.refuses = False
        assert (await client.kind("connect"))["recovered"] is True
        ann.order("buy", "0.01", "37000.00")
        journal = [one["seq"] for one in ann.events()]
        await client.until_seq(journal[-1])
        assert client.seqs() == [seq for seq in journal if seq > head]
    ann.http.delete("/orders")


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
async def test_restart_brings_every_missed_event_once(mortal: Server, transports: tuple[str, ...]) -> None:
    """After `kill -9` of the server, with an event committed right before it and zero events seen before the cut."""
    ann = mortal.newcomer()
    async with fault_proxy(mortal.port) as proxy, page(proxy.url, ann.token, transports=transports) as client:
        await client.kind("connect")
        head = len(ann.events())
        proxy.refuses = True
        proxy.cut()
        ann.order("buy", "0.01", "40000.00")
        await asyncio.to_thread(mortal.kill)
        await asyncio.to_thread(mortal.start)
        proxy.target_port, proxy.refuses = mortal.port, False
        assert (await client.kind("connect"))["recovered"] is True
        ann.order("buy", "0.01", "39000.00")
        journal = [one["seq"] for one in ann.events()]
        await client.until_seq(journal[-1])
        assert client.seqs() == [seq for seq in journal if seq > head]


async def test_many_missed_events_arrive_over_polling(mortal: Server) -> None:
    """More than engineio's queue may hold: the rest waits in the journal."""
    ann = mortal.newcomer()
    async with fault_proxy(mortal.port) as proxy, page(proxy.url, ann.token, transports=("polling",)) as client:
        await client.kind("connect")
        head = len(ann.events())
        proxy.refuses = True
        proxy.cut()
        await client.kind("disconnect")
        for _ in range(200):
            ann.order("buy", "0.001", "40000.00")
        proxy.refuses = False
        journal = [one["seq"] for one in ann.events()]
        await client.until_seq(journal[-1])
        assert client.seqs() == [seq for seq in journal if seq > head]


async def test_another_users_offset_brings_nothing_of_theirs(ann: Trader, bob: Trader) -> None:
    """A client that comes back as somebody else starts afresh, from now on."""
    async with fault_proxy(int(ann.url.rsplit(":", 1)[1])) as proxy, page(proxy.url, ann.token) as client:
        await client.kind("connect")
        ann.order("buy", "0.01", "36000.00")
        await client.until_seq(len(ann.events()))
        client.forget()
        await client.say(token=bob.token)
        bob.order("buy", "0.01", "35000.00")
        proxy.cut()
        assert (await client.kind("connect"))["recovered"] is False
        order = bob.order("buy", "0.01", "34000.00")
        await client.until_seq(len(bob.events()))
        shown = {one["args"][0]["order"]["id"] for one in client.seen if one.get("name", "").startswith("order:")}
        assert shown == {order["id"]}


async def test_stop_lets_the_client_come_back(mortal: Server) -> None:
    """SIGTERM ends the line, the server exits 0, and after a start the client is there again by itself."""
    async with page(mortal.url, mortal.newcomer().token) as client:
        # In either order: a stop before the first connect would leave nothing to recover.
        while not {"connect", "upgrade"} <= {seen["kind"] for seen in client.seen}:
            await client.next()
        assert await asyncio.to_thread(mortal.end) == 0
        await client.kind("disconnect")
        await asyncio.to_thread(mortal.start)
        assert (await client.kind("connect"))["recovered"] is True
