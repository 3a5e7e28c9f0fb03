"""The native WebSocket of a real server: sign-in, the stream, commands, markets and the ways it closes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.lines import Line, line
from tests.e2e.servers import PASSWORD, Server, Trader, running
from tradeterm.protocol.vocabulary import CloseCode

ORIGIN = "http://desk.test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    flags = ("--feed", "none", "--allow-origin", ORIGIN)
    with running(tmp_path_factory.mktemp("sockets"), *flags, users=("ann", "bob", "cat", "dan", "eve")) as started:
        yield started


@pytest.fixture(scope="module")
def ann(server: Server) -> Trader:
    return server.sign_in("ann")


@pytest.fixture(scope="module")
def bob(server: Server) -> Trader:
    return server.sign_in("bob")


@pytest.fixture(scope="module")
def cat(server: Server) -> Trader:
    return server.sign_in("cat")


# ---------------------------------------------------------------- sign-in


async def test_header_sign_in_is_answered_with_hello(ann: Trader) -> None:
    """The first word is a hello that says who one is and how the socket's time is kept."""
    async with line(ann.url, ann.token, hello=False, subprotocols=["tradeterm.v1"]) as socket:
        hello = await socket.next()
        assert socket.socket.subprotocol == "tradeterm.v1"
    assert (hello["op"], hello["user"], hello["role"]) == ("hello", "ann", "trader")
    assert (hello["heartbeatMs"], hello["deadMs"]) == (5000, 15000)
    assert hello["authExpiresAt"].endswith("Z")
    assert hello["limits"] == {"frameBytes": 65536, "subscriptions": 128, "commandsPerSecond": 100}


async def test_first_message_signs_in_and_nothing_works_before(ann: Trader) -> None:
    """Before the sign-in every other op is UNAUTHENTICATED; after it, it works."""
    async with line(ann.url) as socket:
        assert (await socket.ask("subscribe", channel="trading"))["code"] == "UNAUTHENTICATED"
        await socket.say("auth", token=ann.token)
        assert (await socket.op("hello"))["user"] == "ann"
        assert (await socket.subscribe())["op"] == "subscribed"


async def test_no_sign_in_closes_with_4001(ann: Trader) -> None:
    """Five seconds of silence after the handshake are enough."""
    async with line(ann.url) as socket:
        assert await socket.close_code() == CloseCode.SIGN_IN_TIMEOUT


async def test_bad_token_closes_with_4500(ann: Trader) -> None:
    """A token that was never ours: do not come back."""
    async with line(ann.url, "nonsense", hello=False) as socket:
        assert await socket.close_code() == CloseCode.BAD_TOKEN


async def test_token_in_the_url_is_no_sign_in(ann: Trader) -> None:
    """What stands in an URL stands in logs: it is not looked at."""
    from websockets.asyncio.client import connect

    address = f"ws{ann.url.removeprefix('http')}/ws?token={ann.token}"
    async with connect(address, compression=None, proxy=None, ping_interval=None) as raw:
        socket = Line(raw)
        assert (await socket.ask("subscribe", channel="trading"))["code"] == "UNAUTHENTICATED"


async def test_fresh_token_in_band_says_hello_again(server: Server, ann: Trader) -> None:
    """A fresh token of the same user goes on; another user's closes with 4500."""
    fresh, other = server.sign_in("ann"), server.sign_in("bob")
    async with line(ann.url, ann.token) as socket:
        await socket.say("auth", token=fresh.token)
        assert (await socket.op("hello"))["user"] == "ann"
        await socket.say("auth", token=other.token)
        assert await socket.close_code() == CloseCode.BAD_TOKEN


async def test_sign_out_closes_the_sessions_sockets_only(server: Server, ann: Trader) -> None:
    """4503 for the session that ended; the same user's other session stays."""
    leaving = server.sign_in("ann")
    async with line(ann.url, leaving.token) as gone, line(ann.url, ann.token) as stays:
        assert leaving.http.post("/auth/logout").status_code == 204
        assert await gone.close_code() == CloseCode.SESSION_REVOKED
        assert (await stays.subscribe())["op"] == "subscribed"


@pytest.mark.parametrize(("origin", "status"), [("http://evil.test", 403), ("null", 403), (f"{ORIGIN}.evil.test", 403)])
async def test_foreign_page_is_refused_at_the_handshake(ann: Trader, origin: str, status: int) -> None:
    """An Origin that is not on the allow-list is answered with 403, whatever token came with it."""
    with pytest.raises(InvalidStatus) as refused:
        async with line(ann.url, ann.token, origin=origin):
            pass
    assert refused.value.response.status_code == status


async def test_allowed_page_connects(ann: Trader) -> None:
    """An Origin on the list may."""
    async with line(ann.url, ann.token, origin=ORIGIN) as socket:
        assert (await socket.subscribe())["op"] == "subscribed"


# ---------------------------------------------------------------- the stream


async def test_subscribe_gives_snapshot_then_live_then_the_next_event(server: Server, cat: Trader) -> None:
    """The snapshot is taken at the head, and the first event after it is the head's successor."""
    resting = cat.order("buy", "0.01", "40000.00")
    async with line(cat.url, cat.token) as socket:
        answer = await socket.subscribe()
        (snapshot,) = [one for one in socket.heard if one.get("op") == "snapshot"]
        assert answer["mode"] == "snapshot"
        assert snapshot["asOf"] == answer["head"] == len(cat.events())
        assert [order["id"] for order in snapshot["data"]["orders"]] == [resting["id"]]
        assert set(snapshot["data"]) == {"orders", "positions", "balances", "account"}
        cat.order("buy", "0.01", "39000.00")
        first = await socket.until(lambda message: "seq" in message and "event" in message)
    assert first["seq"] == answer["head"] + 1
    assert (first["event"], first["replay"], first["epoch"]) == ("order:created", False, answer["epoch"])


async def test_resume_replays_all_after_the_place_and_no_more(cat: Trader) -> None:
    """From any seq on: each missed event once, in order, marked as replayed, equal to the journal's."""
    cat.order("buy", "0.01", "40000.00")
    journal = cat.events()
    async with line(cat.url, cat.token) as socket:
        epoch = (await socket.subscribe())["epoch"]
    for seq in (0, 1, len(journal) - 1):
        async with line(cat.url, cat.token) as socket:
            answer = await socket.subscribe(place={"epoch": epoch, "seq": seq})
            assert (answer["mode"], answer["head"]) == ("replay", len(journal))
            assert socket.heard[-1] == {"op": "live", "channel": "trading", "seq": len(journal)}
            told = [(one["event"], one["seq"], one["data"]) for one in socket.events()]
            assert told == [(one["event"], one["seq"], one["data"]) for one in journal[seq:]]
            assert all(one["replay"] for one in socket.events())


async def test_resume_at_the_head_is_live_at_once(cat: Trader) -> None:
    """Nothing was missed, so nothing is sent but the marker."""
    async with line(cat.url, cat.token) as socket:
        epoch = (await socket.subscribe())["epoch"]
    async with line(cat.url, cat.token) as socket:
        answer = await socket.subscribe(place={"epoch": epoch, "seq": len(cat.events())})
        assert (answer["mode"], socket.events()) == ("live", [])


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"epoch": "other", "seq": 1}, "EPOCH_CHANGED"),
        ({"cursor": "x.1"}, "PLACE_UNKNOWN"),
        ({"seq": 1}, "PLACE_UNKNOWN"),
    ],
)
async def test_resume_from_another_history_is_a_snapshot_with_the_reason(
    cat: Trader, place: dict[str, object], reason: str
) -> None:
    """What the client has belongs to something else: it starts again from a snapshot, and is told why."""
    async with line(cat.url, cat.token) as socket:
        answer = await socket.subscribe(place=place)
        assert (answer["mode"], answer["reason"]) == ("snapshot", reason)


async def test_client_ahead_of_the_server_gets_a_snapshot_under_a_new_epoch(server: Server) -> None:
    """It saw a history that is not there: its epoch ends for this account, and for nobody else."""
    dan, eve = server.sign_in("dan"), server.sign_in("eve")
    async with line(dan.url, dan.token) as socket, line(eve.url, eve.token) as other:
        epoch = (await socket.subscribe())["epoch"]
        answer = await socket.subscribe(place={"epoch": epoch, "seq": 10_000})
        assert (answer["mode"], answer["reason"]) == ("snapshot", "AHEAD_OF_SERVER")
        assert answer["epoch"] != epoch
        assert (await other.subscribe())["epoch"] == epoch


async def test_snapshot_and_stream_meet_under_load(server: Server, ann: Trader, bob: Trader) -> None:
    """Whoever joins while orders pour in gets head + 1 next, and from there on every seq once."""
    stop = asyncio.Event()

    async def pour() -> None:
        async with line(bob.url, bob.token) as orders:
            while not stop.is_set():
                await orders.create("buy", "0.001", "30000.00")

    async def join() -> None:
        async with line(bob.url, bob.token) as socket:
            for _ in range(5):
                head = (await socket.subscribe())["head"]
                while socket.heard[-1].get("seq", 0) < head + 20:
                    await socket.next()
                # What came before the new answer belonged to the subscription before it.
                came = [seq for seq in socket.seqs() if seq > head]
                assert came == list(range(head + 1, head + len(came) + 1))
                socket.heard.clear()

    pouring = asyncio.create_task(pour())
    try:
        await asyncio.gather(join(), join(), join())
    finally:
        stop.set()
        await pouring


async def test_heartbeat_says_how_far_the_stream_is(ann: Trader) -> None:
    """Every five seconds, with the head of what this socket was sent; market channels have none."""
    async with line(ann.url, ann.token) as socket:
        head = (await socket.subscribe())["head"]
        beat = await socket.op("heartbeat")
        assert beat["heads"] == {"trading": head}
        assert beat["time"].endswith("Z")
        await socket.say("pong")
        await socket.say("ack", channel="trading", seq=head)


async def test_unsubscribe_ends_the_events(cat: Trader) -> None:
    """After `unsubscribed` nothing of the channel comes any more."""
    async with line(cat.url, cat.token) as socket:
        await socket.subscribe()
        assert (await socket.ask("unsubscribe", channel="trading"))["op"] == "unsubscribed"
        socket.heard.clear()
        await socket.create("buy", "0.01", "38000.00")
        await socket.ask("unsubscribe", channel="trading")
        assert socket.events() == []


# ---------------------------------------------------------------- commands


async def test_commands_over_the_socket_do_what_rest_does(cat: Trader) -> None:
    """Create, amend, cancel, cancel-all and close, each answered with its outcome and the head it led to."""
    async with line(cat.url, cat.token) as socket:
        made = await socket.create("buy", "0.01", "41000.00")
        order = made["data"]["order"]
        assert (made["ok"], order["status"], made["seq"]) == (True, "accepted", len(cat.events()))
        amended = await socket.ask("order.amend", data={"id": order["id"], "quantity": "0.02"})
        assert amended["data"]["order"]["quantity"] == "0.02"
        ended = await socket.ask("order.cancel", data={"id": order["id"]})
        assert ended["data"]["order"]["status"] == "cancelled"
        await socket.create("buy", "0.01", "41000.00")
        assert (await socket.ask("orders.cancelAll", data={}))["ok"] is True
        assert cat.items("/orders", status="open") == []


async def test_same_client_order_id_over_both_ways_is_one_order(cat: Trader) -> None:
    """A retry over the socket of what REST took answers with the first order; another body is a conflict."""
    first = cat.order("buy", "0.01", "41000.00", clientOrderId="both-ways")
    async with line(cat.url, cat.token) as socket:
        again = await socket.create("buy", "0.01", "41000.00", clientOrderId="both-ways")
        other = await socket.create("buy", "0.02", "41000.00", clientOrderId="both-ways")
    assert again["data"]["order"]["id"] == first["id"]
    assert (other["op"], other["code"]) == ("error", "IDEMPOTENCY_CONFLICT")


async def test_refused_commands_are_errors_and_the_socket_stays(cat: Trader) -> None:
    """The same codes as REST, and no order; what came after its `expiresAt` is not carried out."""
    before = len(cat.events())
    late = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "0.01"}
    async with line(cat.url, cat.token) as socket:
        assert (await socket.create("buy", "0.01", "40000.10"))["code"] == "OFF_TICK"
        assert (await socket.create("buy", "1e2", "40000.00"))["code"] == "VALIDATION_FAILED"
        assert (await socket.ask("order.cancel", data={"id": "nobody's"}))["code"] == "NOT_FOUND"
        expired = await socket.ask("order.create", data=late, expiresAt="2020-01-01T00:00:00.000Z")
        assert expired["code"] == "EXPIRED"
        assert (await socket.ask("order.fly", data={}))["op"] == "error"
    assert len(cat.events()) == before


async def test_repeated_key_in_a_command_is_refused(cat: Trader) -> None:
    """An order with two prices is nobody's intention."""
    async with line(cat.url, cat.token) as socket:
        await socket.socket.send(
            '{"op":"order.create","id":1,"data":{"symbol":"BTC/USD","side":"buy","type":"limit",'
            '"quantity":"0.01","price":"40000.00","price":"44000.00"}}'
        )
        assert (await socket.op("error"))["code"] == "VALIDATION_FAILED"


# ---------------------------------------------------------------- markets


async def test_market_channels_begin_with_what_is_and_go_on_with_what_changes(ann: Trader, bob: Trader) -> None:
    """Ticker, book, trades and candles: a snapshot first, then an event when somebody trades."""
    names = ("ticker", "book", "trades", "candles:1m")
    async with line(ann.url, ann.token) as socket:
        for name in names:
            answer = await socket.subscribe(f"market:BTC/USD:{name}")
            assert answer["op"] == "subscribed", answer
        bob.order("sell", "0.02", "45000.00")
        assert ann.order("buy", "0.01", "45000.00")["status"] == "filled"
        wanted = {f"market:BTC/USD:{name}" for name in names}
        seen: dict[str, dict[str, object]] = {}
        while set(seen) != wanted:
            message = await socket.until(lambda one: "event" in one and one["channel"] in wanted)
            seen[message["channel"]] = message
    bob.http.delete("/orders")
    shown = {one["channel"] for one in socket.heard if one.get("op") == "snapshot"}
    assert shown == wanted
    assert {name: str(seen[f"market:BTC/USD:{name}"]["event"]) for name in names} == {
        "ticker": "ticker",
        "book": "book",
        "trades": "trade",
        "candles:1m": "candle",
    }


# ---------------------------------------------------------------- closing


@pytest.mark.parametrize("text", ["not json", "[1]", '{"no":"op"}', '"text"', "{" * 2000])
async def test_malformed_message_closes_with_4501(ann: Trader, text: str) -> None:
    """A client that does not speak the protocol is told so and need not come back."""
    async with line(ann.url, ann.token) as socket:
        await socket.socket.send(text)
        assert await socket.close_code() == CloseCode.MALFORMED


async def test_eleventh_socket_of_a_user_closes_with_4504(server: Server) -> None:
    """Ten a user; one that leaves makes room."""
    eve = server.sign_in("eve")
    sockets = [line(eve.url, eve.token) for _ in range(10)]
    for held in sockets:
        await held.__aenter__()
    try:
        async with line(eve.url, eve.token, hello=False) as late:
            assert await late.close_code() == CloseCode.TOO_MANY_CONNECTIONS
    finally:
        for held in sockets:
            await held.__aexit__(None, None, None)
    async with line(eve.url, eve.token) as socket:
        assert (await socket.subscribe())["op"] == "subscribed"


async def test_admin_sees_who_is_connected(server: Server, ann: Trader) -> None:
    """User, role, channels and place of every socket, for an admin alone."""
    server.add_user("root", "admin")
    root = server.sign_in("root")
    async with line(ann.url, ann.token) as socket:
        await socket.subscribe()
        (listed,) = [one for one in root.items("/admin/sockets") if "trading" in one["channels"]]
        assert (listed["user"], listed["role"], listed["kind"]) == ("ann", "trader", "websocket")
        assert set(listed) == {
            *("socketId", "user", "role", "sessionId", "address", "kind", "since", "channels"),
            *("eventsSent", "eventsUnacknowledged"),
        }
    assert ann.http.get("/admin/sockets").status_code == 403


async def test_stop_sends_everything_and_closes_with_4000(tmp_path: Path) -> None:
    """What was committed before the stop arrives before the close, and the server exits 0."""
    with running(tmp_path) as server:
        ann = server.sign_in("ann")
        async with line(ann.url, ann.token) as socket:
            await socket.subscribe()
            ann.order("buy", "0.01", "40000.00")
            head = len(ann.events())
            stopping = asyncio.create_task(asyncio.to_thread(server.end))
            assert await socket.close_code() == CloseCode.STOPPING
            assert await stopping == 0
        assert socket.seqs()[-1] == head
        assert PASSWORD not in server.log
        assert ann.token not in server.log
