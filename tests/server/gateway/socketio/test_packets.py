"""What a Socket.IO client may send, and which requests go on with its session."""

import asyncio
import json

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.gateway.limits import GatewayLimits
from server.gateway.socketio.sessions import QUEUED_PACKETS
from tests.e2e.engines import PATH, Caller, Ended, PollingEngine, caller
from tests.eventually import PATIENCE_S
from tests.server.gateway.rest.rig import Rig
from tests.server.gateway.served import Served, served
from tradeterm.protocol.vocabulary import CloseCode

BINARY = {
    "a binary event": '451-["subscribe",{"_placeholder":true,"num":0}]',
    "a binary event of many attachments": '459999999999-["subscribe",{"_placeholder":true,"num":0}]',
    "a binary event without attachments": '450-["subscribe"]',
    "a binary answer": '461-1[{"_placeholder":true,"num":0}]',
}


async def code_of_end(client: Caller) -> int | None:
    """Read to the end of the session."""
    try:
        while True:
            await client.packet()
    except Ended as ended:
        return ended.code


@pytest.mark.parametrize("packet", BINARY.values(), ids=BINARY.keys())
@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_binary_packets_are_refused_and_the_session_is_closed(transport: str, packet: str) -> None:
    """No attachment is waited for, signed in or not."""
    rig = Rig()
    async with served(rig) as server:
        token = (await rig.grant()).access_token
        for said in ([f"40{json.dumps({'token': token})}"], []):
            async with caller(server.url, transport) as client:
                assert (await client.packet()).startswith("0")
                for one in [*said, packet]:
                    await client.engine.send(one)
                assert await code_of_end(client) == (CloseCode.MALFORMED if transport == "websocket" else None)
        assert rig.limits.enter("ann")


NO_PACKETS = {
    "nothing": "",
    "a letter": "x",
    "a digit of another script": "\u00b2",
    "half of base64": "bA",
    "JSON without end": "4" + "[" * 60_000,
}


@pytest.mark.parametrize("text", NO_PACKETS.values(), ids=NO_PACKETS.keys())
async def test_what_is_no_packet_closes_the_socket_and_leaves_no_traceback(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Engine.IO raises on them; the one who sent it hears why, and it is no error of the server."""
    rig = Rig()
    async with served(rig) as server:
        async with connect(f"ws{server.url.removeprefix('http')}{PATH}websocket", proxy=None) as socket:
            await socket.recv()
            await socket.send(text)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == CloseCode.MALFORMED
        async with caller(server.url, "polling") as client:
            assert (await client.packet()).startswith("0")
            assert isinstance(client.engine, PollingEngine)
            assert await client.engine.post(text) in (200, 400)  # an empty body holds no packet
    assert not [record for record in caplog.records if record.exc_info]


async def test_binary_frames_are_refused_and_the_session_is_closed() -> None:
    """A frame of bytes is a binary packet of Engine.IO: the first one ends the session."""
    rig = Rig()
    async with served(rig) as server:
        async with connect(f"ws{server.url.removeprefix('http')}{PATH}websocket", proxy=None) as socket:
            await socket.recv()
            await socket.send(b"x" * 60_000)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == CloseCode.MALFORMED
        async with caller(server.url, "polling") as client:
            assert (await client.packet()).startswith("0")
            await client.engine.send("bAAAA")
            with pytest.raises(Ended):
                await client.packet()


async def test_answers_that_nobody_reads_end_the_session() -> None:
    """Each event that asks for an acknowledgement is answered: a client that never polls must not pile them up."""
    rig = Rig(GatewayLimits(commands_per_s=0))
    async with served(rig) as server:
        token = (await rig.grant()).access_token
        async with caller(server.url, "polling") as client:
            assert "sid" in await client.connect(token)
            assert isinstance(client.engine, PollingEngine)
            body = "\x1e".join(['421["subscribe"]'] * 16)
            statuses = [await client.engine.post(body) for _ in range(QUEUED_PACKETS // 16 + 2)]
            assert statuses[0] == 200
            assert statuses[-1] == 400
        assert rig.limits.enter("ann")


# ---------------------------------------------------------------- whose session it is


def elsewhere(server: Served) -> httpx.AsyncClient:
    """A client at another address."""
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    return httpx.AsyncClient(transport=transport, base_url=server.url, trust_env=False, timeout=PATIENCE_S)


async def test_the_id_of_a_session_is_not_enough_to_poll_it() -> None:
    """From another address a session's id is like one that there is not; its owner misses nothing."""
    rig = Rig()
    async with served(rig) as server, caller(server.url, "polling") as client, elsewhere(server) as thief:
        token = (await rig.grant()).access_token
        assert "sid" in await client.connect(token)
        assert isinstance(client.engine, PollingEngine)
        await client.emit("subscribe", {"channel": "trading"})
        answers = set()
        for session in (client.engine.session, "x" * 20):
            stolen = await thief.get(f"{PATH}polling&sid={session}")
            said = await thief.post(f"{PATH}polling&sid={session}", content='42["unsubscribe",{"channel":"trading"}]')
            answers |= {(one.status_code, one.content) for one in (stolen, said)}
        ((status, body),) = answers
        assert (status, json.loads(body)["error"]["code"]) == (400, "MALFORMED")
        assert await client.event("subscribed", "unsubscribed") == ["subscribed", {"channel": "trading"}]


async def test_the_id_of_a_session_is_not_enough_to_take_it_over_with_a_socket() -> None:
    """An upgrade is asked for by who opened the session."""
    rig = Rig()
    async with served(rig) as server, caller(server.url, "polling") as client:
        token = (await rig.grant()).access_token
        assert "sid" in await client.connect(token)
        assert isinstance(client.engine, PollingEngine)
        address = f"ws{server.url.removeprefix('http')}{PATH}websocket&sid={client.engine.session}"
        with pytest.raises(InvalidStatus) as refused:
            await connect(address, local_addr=("127.0.0.2", 0), proxy=None)
        assert refused.value.response.status_code == 400
        async with asyncio.timeout(PATIENCE_S):
            assert (await client.ask("subscribe", "trading"))[0] == "subscribed"
