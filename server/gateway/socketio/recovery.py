"""Socket.IO's packets as we speak them, and its connection-state recovery on the journal: where a client goes on, and the
`pid` that tells it so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from socketio.packet import CONNECT, EVENT, Packet

from server.gateway.socketio.connection import head_of, history_of, reaches_back
from server.gateway.socketio.offsets import Offset, furthest
from server.gateway.streams.hub import Hub
from server.identity.authenticator import Identity

# What python-socketio tells us by an event's name, as if a client could not send an event of that name.
OURS: Final = ("connect", "disconnect")


class ForgedEvent(ValueError):
    """An event of a client's that bears a name which is not a client's to use."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Where a client's stream begins, and the `pid` that it is answered with."""

    place: int
    pid: str


def start_of(hub: Hub, identity: Identity, auth: dict[str, Any]) -> Recovery:
    """From where the client says it was, when everything since can be given: then with its own `pid`. Else from now on."""
    history, head = history_of(identity), head_of(hub, identity)
    said, epoch = auth.get("pid"), hub.epoch.of(history)
    if isinstance(said, str) and furthest(said, None, history, epoch) is not None:
        place = furthest(said, auth.get("offset"), history, epoch)
        assert place is not None
        if place > head:
            if identity.may_trade:
                hub.epoch.renew(history)
        elif place == head or reaches_back(hub, identity, place):
            return Recovery(place, said)
    return Recovery(head, Offset(history, hub.epoch.of(history), head).text())


def serializer(answered: Callable[[str], str | None]) -> type[Packet]:
    """python-socketio's packet, with a `pid` in the answer to a CONNECT. Reading one raises ForgedEvent."""

    class RecoverablePacket(Packet):  # type: ignore[misc]  # python-socketio has no types
        def encode(self) -> Any:
            said: Any = self.data
            if self.packet_type == CONNECT and isinstance(said, dict):
                pid = answered(said.get("sid", ""))
                if pid is not None:
                    self.data: Any = {**said, "pid": pid}
            return super().encode()

        def decode(self, encoded_packet: str) -> Any:
            attachments = super().decode(encoded_packet)
            said: Any = self.data
            if self.packet_type == EVENT and isinstance(said, list) and said and said[0] in OURS:
                raise ForgedEvent(said[0])
            return attachments

    return RecoverablePacket
