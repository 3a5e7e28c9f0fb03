"""What no client of Socket.IO says, on either transport: nobody else notices, and nothing of it is kept."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.gateway.limits import GatewayLimits
from tests.e2e.engines import PATH, Caller, Ended, PollingEngine, caller
from tests.eventually import in_time
from tests.server.gateway.rest.rig import Rig
from tests.server.gateway.served import Served, served
from tradeterm.protocol.vocabulary import CloseCode

NINES, DEEP = "9" * 5_000, 9_000
AT_ONCE = 16
# Each is sent by who has signed in, and by a stranger.
PACKETS = (
    *("0", "0{}", "1", "2probe", "3", "3probe", "5", "6noop", "7", "9"),  # Engine.IO's own, where they do not belong
    *("40", "40/admin,{}", '40{"token":1}', "40[]", "40null", "40x", "41", "41/ns,", "4", "4x", "47", "48[]"),
    *("42", "42[]", "42{}", '42["subscribe"', "42[1]", "42[null]", '42[["subscribe"]]', '42[{"a":1}]', "42[1e999]"),
    *('42/ns,["subscribe",{"channel":"trading"}]', f"42/{'n' * 50_000},[1]", '42?x,["a"]', '42,["a"]', '42-["a"]'),
    *(
        f'42{NINES[:21]}["subscribe"]',
        f'42{NINES[:101]}["subscribe"]',
        f'42{NINES}["a"]',
        '42007["a"]',
        '42\u0663["a"]',
    ),
    *("43", "43[]", "431[]", f"43{NINES[:21]}[1]", "43-1[]", "44", '44{"message":"x"}', "44/ns,"),
    *('42["__proto__"]', '42["__class__",{}]', '42["*"]', '42["message"]', '42["connect_error"]', '42["\\ud800"]'),
    *('42["subscribe",{"channel":1}]', '42["subscribe",NaN]', '42["subscribe",{"channel":"\\u0000"}]'),
    *(f"42{'[' * DEEP}{']' * DEEP}", f'42["a",{"[" * DEEP}{"]" * DEEP}]', f'42["a",{NINES}]'),
)


@pytest.fixture
async def rig() -> Rig:
    return Rig(GatewayLimits(commands_per_s=0, sockets_per_user=200, sockets_per_min=0))


@pytest.fixture
async def server(rig: Rig) -> AsyncIterator[Served]:
    async with served(rig) as found:
        yield found


@pytest.fixture
async def token(rig: Rig) -> str:
    return (await rig.grant()).access_token


async def says(client: Caller, token: str | None, packet: str) -> None:
    """One session that says it, and then ends by itself unless it has been ended."""
    await client.packet()
    if token is not None:
        await client.engine.send("40" + json.dumps({"token": token}))
        assert (await client.packet()).startswith("40")
    if isinstance(client.engine, PollingEngine):
        assert await client.engine.post(packet) in (200, 400)
        assert await client.engine.post("1") in (200, 400)
    else:
        await client.engine.send(packet)


async def say_all(server: Served, transport: str, token: str) -> None:
    """Every packet, by who has signed in and by a stranger."""
    everything = [(who, one) for one in PACKETS for who in (token, None)]
    if transport == "polling":
        # Some at a time: on a slow machine the last of all at once would be taken for silent before their turn.
        at_once = asyncio.Semaphore(AT_ONCE)

        async def say(http: httpx.AsyncClient, who: str | None, packet: str) -> None:
            async with at_once:
                await says(Caller(PollingEngine(http)), who, packet)

        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=60) as http:
            await asyncio.gather(*(say(http, *one) for one in everything))
        return
    for one in everything:
        async with caller(server.url, transport) as client:
            await says(client, *one)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_odd_packets_disturb_nobody_and_leave_nothing(
    transport: str, server: Served, rig: Rig, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever says them: no error of the server's, no session that stays, and another client is answered all along."""
    async with caller(server.url, "websocket") as bystander:
        await bystander.connect(token)
        saying = asyncio.create_task(say_all(server, transport, token))
        while not saying.done():
            assert (await bystander.ask("subscribe", "trading"))[0] == "subscribed"
            await asyncio.wait([saying], timeout=0.1)
        await saying
        assert (await bystander.ask("subscribe", "trading"))[0] == "subscribed"
        await in_time(lambda: len(server.gateway.hub.statuses()) == 1)
    assert not [one for one in caplog.records if one.exc_info or one.levelno >= logging.ERROR]


FORGED = {
    "connect": '42["connect",{"asgi.scope":{"type":"websocket","client":["192.0.2.66",1]}},{"token":"TOKEN"}]',
    "connect, written otherwise": '42["\\u0063onnect",{"asgi.scope":{"type":"websocket"}},{"token":"TOKEN"}]',
    "disconnect": '42["disconnect","io client disconnect"]',
}


@pytest.mark.parametrize("packet", FORGED.values(), ids=FORGED.keys())
@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_an_event_by_the_name_of_one_of_ours_ends_the_session(
    transport: str, packet: str, server: Served, rig: Rig, token: str
) -> None:
    """It would sign in once more on one session, from an address of its choice, and the first sign-in was never let go."""
    async with caller(server.url, transport) as client:
        await client.connect(token)
        await client.engine.send(packet.replace("TOKEN", token))
        with pytest.raises(Ended) as ended:
            await client.packet()
        assert ended.value.code == (CloseCode.MALFORMED if transport == "websocket" else None)
    await in_time(lambda: not server.gateway.hub.statuses())
    assert all(rig.limits.enter("ann") for _ in range(200)), "every place is free again"


# ---------------------------------------------------------------- one session, two ways at once


async def status_of_socket(server: Served, query: str) -> int:
    """What a WebSocket's handshake is answered: 101 where it is taken."""
    try:
        async with connect(f"ws{server.url.removeprefix('http')}{query}", proxy=None):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def upgraded(server: Served, client: Caller) -> str:
    """The session's id; its upgrade is asked for once while another is under way, and once when it is done."""
    assert isinstance(client.engine, PollingEngine)
    query = f"{PATH}websocket&sid={client.engine.session}"
    async with connect(f"ws{server.url.removeprefix('http')}{query}", proxy=None) as socket:
        assert await status_of_socket(server, query) == 400
        await socket.send("2probe")
        assert await socket.recv() == "3probe"
        await socket.send("5")
        await in_time(lambda: [one.kind for one in server.gateway.hub.statuses()] == ["socketio-websocket"])
        assert await status_of_socket(server, query) == 400
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            poll = f"{PATH}polling&sid={client.engine.session}"
            answers = [await http.get(poll), await http.post(poll, content='42["subscribe"]')]
        assert [one.status_code for one in answers] == [400, 400]
        await socket.send('42["subscribe",{"channel":"trading"}]')
        while not str(await socket.recv()).startswith('42["subscribed"'):
            pass
    return client.engine.session


async def test_a_session_is_upgraded_once_and_then_goes_one_way(
    server: Served, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A second upgrade, and polls beside the socket, are refused; the session hears nothing of them."""
    async with caller(server.url, "polling") as client:
        await client.connect(token)
        await upgraded(server, client)
    async with caller(server.url, "websocket") as client:
        first = await client.engine.next()
        assert await status_of_socket(server, f"{PATH}websocket&sid={json.loads(first[1:])['sid']}") == 400
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_polls_at_once_share_what_there_is(server: Served, token: str) -> None:
    """Each packet comes once, to one of them."""
    async with caller(server.url, "polling") as client, httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        await client.connect(token)
        assert isinstance(client.engine, PollingEngine)
        poll = f"{PATH}polling&sid={client.engine.session}"
        polls = [asyncio.create_task(http.get(poll, timeout=60)) for _ in range(4)]
        await client.emit("subscribe", {"channel": "trading"})
        said, left = [], set(polls)
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            said += [packet for one in done for packet in one.result().text.split("\x1e") if packet != "2"]
            await client.emit("subscribe", {"channel": "trading"})
        assert set(said) == {'42["subscribed",{"channel":"trading"}]'}
        assert len(said) <= 4


@pytest.mark.parametrize(
    "query",
    [
        *("EIO=3&transport=polling", "transport=polling", "EIO=3&EIO=4", "EIO=4.0", "EIO=", "EIO=4&transport=x"),
        *("EIO=4&transport=polling&j=0", "EIO=4&transport=polling&%6a=0", "EIO=4&transport=polling&sid=%00"),
        *("EIO=4&transport=polling&sid=a&sid=SID", "EIO=4&transport=polling&sid=SIDx", "EIO=4&transport=websocket"),
    ],
)
async def test_other_versions_jsonp_and_ids_of_nobody_are_refused(query: str, server: Served, token: str) -> None:
    """As a poll and as a socket: 400, or 403 for a handshake."""
    async with caller(server.url, "polling") as client, httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        await client.connect(token)
        assert isinstance(client.engine, PollingEngine)
        asked = f"/socket.io/?{query.replace('SID', client.engine.session)}"
        assert (await http.get(asked)).status_code == 400
        if query != "EIO=4&transport=websocket":
            assert await status_of_socket(server, asked) in (400, 403)


async def test_a_refused_handshake_is_no_error_of_the_server(server: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Strangers could write as many as they like."""
    for path in ("/nothing", f"{PATH}websocket&sid=nobody", "/ws/x"):
        assert await status_of_socket(server, path) in (400, 404)
    await asyncio.sleep(0)
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
