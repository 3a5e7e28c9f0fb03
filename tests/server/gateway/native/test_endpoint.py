"""The door of `/ws`: who comes in, with which sub-protocol and as whom, and that nothing stays behind."""

from collections.abc import MutableMapping, Sequence
from typing import Any

import pytest
import structlog

from server.gateway.limits import GatewayLimits, Limits, SessionLimits
from server.gateway.native.endpoint import SocketEndpoint
from server.gateway.native.session import SUB_PROTOCOL, Session
from server.gateway.transport.websocket_protocol import EXTENSION
from tests.builders import CountedIds
from tests.server.gateway.rig import GatewayRig, MemoryWire, check
from tradeterm.protocol.vocabulary import CloseCode

GOOD = "https://desk.example"
CONNECT, GONE = {"type": "websocket.connect"}, {"type": "websocket.disconnect"}


class Wire(MemoryWire):
    """As the endpoint knows it: somebody may listen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.listener: Any = None
        self.on_text: Any = None


class Door:
    """The endpoint on a gateway without sockets; `sent` is what ASGI was given."""

    def __init__(self, limits: GatewayLimits | None = None) -> None:
        self.rig = GatewayRig()
        self.limits = Limits(limits or GatewayLimits(sockets_per_user=0), self.rig.clock)
        self.endpoint = SocketEndpoint(
            hub=self.rig.hub,
            orders=self.rig.orders,
            limits=self.limits,
            ids=CountedIds(),
            session=lambda name, now: Session(name, check, self.rig.journal.markets, SessionLimits(), now),
            allow_origins=(GOOD,),
        )
        self.sent: list[MutableMapping[str, Any]] = []
        self.users: list[str | None] = []  # who was signed in as each message was asked for

    async def knock(
        self, *messages: MutableMapping[str, Any] | Exception, offers: Sequence[str] = (), **headers: Any
    ) -> Wire:
        """One handshake, what comes after it, and the end of it."""
        wire, coming = Wire(), iter([CONNECT, *messages, GONE])
        scope = {
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "subprotocols": [*offers],
            "extensions": {EXTENSION: {"wire": wire}},
        }

        async def receive() -> MutableMapping[str, Any]:
            self.users = [one.user for one in self.rig.hub.statuses()]
            message = next(coming)
            if isinstance(message, Exception):
                raise message
            return message

        async def send(message: MutableMapping[str, Any]) -> None:
            self.sent.append(message)

        await self.endpoint(scope, receive, send)
        return wire


@pytest.mark.parametrize(
    ("headers", "status"), [({"origin": "https://evil.example"}, 403), ({"origin": GOOD}, None), ({}, None)]
)
async def test_a_page_from_elsewhere_does_not_come_in(headers: dict[str, str], status: int | None) -> None:
    """A program says nothing of where it is from. Who is refused is noted, and has made no peer."""
    door = Door()
    with structlog.testing.capture_logs() as logged:
        await door.knock(**headers)
    assert door.sent[0].get("status") == status
    assert [one["why"] for one in logged if one["event"] == "socket_refused"] == (["origin"] if status else [])
    assert door.sent[0]["type"] == ("websocket.http.response.start" if status else "websocket.accept")


async def test_new_sockets_of_an_address_are_bounded() -> None:
    door = Door(GatewayLimits(sockets_per_min=2))
    for _ in range(3):
        await door.knock()
    assert [one.get("status") for one in door.sent if one["type"] != "websocket.http.response.body"] == [
        None,
        None,
        429,
    ]


@pytest.mark.parametrize(("offers", "taken"), [((), None), (("chat",), None), (("chat", SUB_PROTOCOL), SUB_PROTOCOL)])
async def test_only_a_sub_protocol_that_was_offered_is_taken(offers: tuple[str, ...], taken: str | None) -> None:
    """A browser closes a socket that answers with another."""
    door = Door()
    await door.knock(offers=offers)
    assert door.sent == [{"type": "websocket.accept", "subprotocol": taken}]


@pytest.mark.parametrize(
    ("headers", "user"), [({"authorization": "Bearer ann"}, "ann"), ({"authorization": "Basic ann"}, None), ({}, None)]
)
async def test_a_token_of_the_handshake_signs_in(headers: dict[str, str], user: str | None) -> None:
    """Without one the first message does; a text that came meanwhile is heard after that."""
    door = Door()
    wire = await door.knock({"type": "websocket.receive", "text": '{"op":"ping","id":1}'}, **headers)
    assert door.users == [user]
    said = wire.said()
    assert [one["op"] for one in said][:1] == (["hello"] if user else ["error"])


async def test_what_is_no_text_is_a_broken_message() -> None:
    door = Door()
    wire = await door.knock({"type": "websocket.receive", "bytes": b"\x00"}, authorization="Bearer ann")
    assert wire.closed is not None
    assert wire.closed[0] == CloseCode.MALFORMED


async def test_a_fault_closes_the_socket_and_nothing_stays_behind() -> None:
    """Nor does it after a plain end: nobody listens to a wire that is gone, and the hub knows no socket."""
    door = Door()
    with structlog.testing.capture_logs() as logged:
        failed = await door.knock(ZeroDivisionError("/secret/path"), authorization="Bearer ann")
    ended = await door.knock(authorization="Bearer ann")
    assert failed.closed == (CloseCode.INTERNAL, "the server made a mistake")
    assert [one["event"] for one in logged if one["log_level"] == "error"] == ["socket_failed"]
    assert ended.closed is None
    assert door.rig.hub.statuses() == []
    assert [(one.listener, one.on_text) for one in (failed, ended)] == [(None, None)] * 2
