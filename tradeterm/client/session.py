"""The client's side of `/ws` without the socket: text in, text and facts out. No I/O, no clock, no randomness.

It keeps the promise of the stream: every journaled event once and in order. What is not newer is dropped; a hole makes
it subscribe again from the last event that it has; a snapshot replaces what was known.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tradeterm.protocol.events import EVENTS, MARKET_EVENTS
from tradeterm.protocol.foreign_text import LONGEST, all_printable, printable
from tradeterm.protocol.wire import WireOut

ACK_EVERY = 100
ACK_AFTER_S = 1.0
TRADING = "trading"
LISTS = frozenset({"orders", "positions", "balances", "trades", "candles"})  # of snapshots


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """How far a stream was read: the epoch and the last seq applied; for a monitor the cursor."""

    epoch: str
    seq: int
    cursor: str | None = None

    def as_from(self) -> dict[str, Any]:
        """As a `subscribe` says it: `from`."""
        return {"cursor": self.cursor} if self.cursor is not None else {"epoch": self.epoch, "seq": self.seq}


Position = StreamPosition  # its name until it was mistaken for what an account holds


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the server says of a sign-in. `heartbeat_s` and `dead_s` are seconds; `auth_expires_at` is RFC 3339."""

    session_id: str
    user: str
    role: str
    heartbeat_s: float
    dead_s: float
    auth_expires_at: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a channel. `data` is as it came, `payload` is made of it; `seq` is None for what is not journaled."""

    name: str
    channel: str
    data: dict[str, Any]
    seq: int | None = None
    epoch: str | None = None
    replay: bool = False
    account: str | None = None
    cursor: str | None = None
    merged: int | None = None

    @property
    def payload(self) -> WireOut:
        """`data` as its model of `tradeterm.protocol.events`, made anew each time; decimals and times are such.

        Raises KeyError for an event that is newer than this client, ValidationError when the data are not what the
        contract says.
        """
        models = EVENTS if self.channel == TRADING else MARKET_EVENTS
        return models[self.name].model_validate(self.data)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state of a channel as of `seq`; what was known before is void."""

    channel: str
    data: dict[str, Any]
    seq: int | None
    epoch: str | None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """From here on events of the channel are as fresh as they get."""

    channel: str


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The answer to a command over the socket."""

    id: int
    ok: bool
    data: dict[str, Any] | None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """The server refused something that was no command, such as a subscription."""

    code: str
    message: str
    channel: str | None


Fact = Greeting | Event | Snapshot | CaughtUp | CommandResult | Problem


@dataclass(slots=True)
class Output:
    """What one step led to: texts to send in order, facts to apply in order."""

    send: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)


class ProtocolBroken(Exception):
    """The server sent what the contract does not know: the socket is of no use."""


@dataclass(slots=True)
class Channel:
    """One wanted channel, as far as this session has come with it."""

    name: str
    position: StreamPosition | None = None
    asked: int | None = None  # the id of the subscribe that is under way
    live: bool = False
    parts: list[dict[str, Any]] = field(default_factory=list)
    head: int = 0
    unacked: int = 0
    acked_at: float = 0.0


class Session:
    """One life of a socket. The channels wanted, and how far each was read, outlive it: hand them to the next."""

    def __init__(self, token: str, channels: dict[str, StreamPosition | None], now: float) -> None:
        self._token = token
        self._channels = {name: Channel(name, position, acked_at=now) for name, position in channels.items()}
        self._next_id = 1
        self._signed_in = False
        self.heard_at = now
        self.dead_s = 15.0

    # ------------------------------------------------------------ what the caller wants

    def opened(self) -> Output:
        """The socket is open: sign in."""
        return Output([_text(op="auth", token=self._token)])

    def subscribe(self, name: str) -> Output:
        """Want a channel: what is to be sent, which is nothing before the sign-in."""
        channel = self._channels.setdefault(name, Channel(name, acked_at=self.heard_at))
        return Output([self._ask(channel)] if self._signed_in else [])

    def rewind(self, name: str, position: StreamPosition) -> Output:
        """Take a channel again from an earlier place: what came since was not kept."""
        channel = self._channels.get(name)
        if channel is None:
            return Output()
        channel.position = position
        return Output([self._ask(channel)] if self._signed_in else [])

    def unsubscribe(self, name: str) -> Output:
        """Want it no more: what is to be sent."""
        if self._channels.pop(name, None) is None or not self._signed_in:
            return Output()
        return Output([_text(op="unsubscribe", id=self._id(), channel=name)])

    def command(self, op: str, data: dict[str, Any], expires_at: str | None = None) -> tuple[int, Output]:
        """Send a command; its Result carries the id."""
        number = self._id()
        extra = {"expiresAt": expires_at} if expires_at else {}
        return number, Output([_text(op=op, id=number, data=data, **extra)])

    def renew(self, token: str) -> Output:
        """Give the server a fresh token before the old one runs out."""
        self._token = token
        return Output([_text(op="auth", token=token)] if self._signed_in else [])

    def positions(self) -> dict[str, StreamPosition | None]:
        """The channels wanted and how far each was read, for the next session."""
        return {name: channel.position for name, channel in self._channels.items()}

    def is_dead(self, now: float) -> bool:
        """Has the server been silent for too long?"""
        return now - self.heard_at > self.dead_s

    def tick(self, now: float) -> Output:
        """Time passed: acknowledge what waits for it."""
        output = Output()
        for channel in self._channels.values():
            if channel.unacked and now - channel.acked_at >= ACK_AFTER_S:
                self._ack(channel, now, output)
        return output

    # ------------------------------------------------------------ what the server says

    def received(self, text: str, now: float) -> Output:
        """One frame. Raises ProtocolBroken."""
        self.heard_at = now
        try:
            message = all_printable(json.loads(text))
            output = Output()
            if "event" in message:
                _check_object(message["data"])  # before the event counts as read
                self._event(message, now, output)
            else:
                self._op(message, output)
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
            why = printable(repr(error), LONGEST)
            raise ProtocolBroken(f"a frame that the contract does not know: {why}") from error
        return output

    def _op(self, message: dict[str, Any], output: Output) -> None:
        match message["op"]:
            case "hello":
                self._hello(message, output)
            case "subscribed":
                self._subscribed(message)
            case "snapshot":
                self._snapshot(message, output)
            case "live":
                self._went_live(message, output)
            case "heartbeat":
                output.send.append(_text(op="pong"))
                self._heads(message.get("heads", {}), output)
            case "result":
                output.facts.append(CommandResult(message["id"], message["ok"], message.get("data")))
            case "error":
                self._error(message, output)
            # An op that is newer than this client is not for it.

    def _hello(self, message: dict[str, Any], output: Output) -> None:
        self.dead_s = message["deadMs"] / 1000
        first, self._signed_in = not self._signed_in, True
        output.facts.append(
            Greeting(
                *(message["sessionId"], message["user"], message["role"]),
                heartbeat_s=message["heartbeatMs"] / 1000,
                dead_s=self.dead_s,
                auth_expires_at=message.get("authExpiresAt"),
            )
        )
        if first:
            output.send.extend(self._ask(channel) for channel in self._channels.values())

    def _subscribed(self, message: dict[str, Any]) -> None:
        channel = self._channels.get(message["channel"])
        if channel is None or channel.asked != message.get("id"):
            return
        channel.asked = None
        channel.parts.clear()
        channel.head = message.get("head", 0)
        epoch = message.get("epoch")
        if message["mode"] == "snapshot" or epoch is None:
            # What was read belongs to another story; the snapshot begins a new one.
            channel.position = None if epoch is None else StreamPosition(epoch, -1)

    def _snapshot(self, message: dict[str, Any], output: Output) -> None:
        channel = self._channels.get(message["channel"])
        if channel is None or channel.asked is not None:
            return
        _check_snapshot(message["data"])
        channel.parts.append(message["data"])
        if message.get("part", 1) != message.get("of", 1):
            return
        data = _joined(channel.parts)
        channel.parts.clear()
        as_of = message.get("asOf")
        # All accounts together have no seq: to a monitor the place is told as a cursor.
        seq, cursor = (0, as_of) if isinstance(as_of, str) else (as_of, None)
        epoch = channel.position.epoch if channel.position else None
        if epoch is not None and seq is not None:
            channel.position = StreamPosition(epoch, seq, cursor)
        output.facts.append(Snapshot(channel.name, data, seq, epoch, cursor))

    def _went_live(self, message: dict[str, Any], output: Output) -> None:
        channel = self._channels.get(message["channel"])
        if channel is not None and channel.asked is None:
            channel.live = True
            output.facts.append(CaughtUp(channel.name))

    def _error(self, message: dict[str, Any], output: Output) -> None:
        number, code, text = message.get("id"), message["code"], message.get("message", "")
        for channel in list(self._channels.values()):
            if number is not None and channel.asked == number:
                del self._channels[channel.name]
                output.facts.append(Problem(code, text, channel.name))
                return
        if number is None:
            output.facts.append(Problem(code, text, None))
        else:
            output.facts.append(CommandResult(number, False, None, code, text))

    def _event(self, message: dict[str, Any], now: float, output: Output) -> None:
        channel = self._channels.get(message["channel"])
        if channel is None or channel.asked is not None:
            return
        seq, cursor = message.get("seq"), message.get("cursor")
        if cursor is not None:
            self._monitored(channel, message, now, output)
            return
        if seq is None:
            self._unjournaled(channel, message, output)
            return
        position = channel.position
        if position is None or message.get("epoch", position.epoch) != position.epoch or seq > position.seq + 1:
            output.send.append(self._ask(channel))
            return
        if seq <= position.seq:
            return
        channel.position = StreamPosition(position.epoch, seq)
        self._apply(channel, message, now, output)

    def _monitored(self, channel: Channel, message: dict[str, Any], now: float, output: Output) -> None:
        cursor = message["cursor"]
        position = channel.position
        if position is not None and position.cursor == cursor:
            return
        channel.position = StreamPosition(message.get("epoch", ""), message.get("seq", 0), cursor)
        self._apply(channel, message, now, output)

    def _unjournaled(self, channel: Channel, message: dict[str, Any], output: Output) -> None:
        as_of = message.get("asOf")
        if as_of is not None and (channel.position is None or as_of != channel.position.seq):
            return  # computed on a state that we do not have (yet, or any more)
        output.facts.append(_fact(message))

    def _apply(self, channel: Channel, message: dict[str, Any], now: float, output: Output) -> None:
        output.facts.append(_fact(message))
        channel.unacked += 1
        if channel.unacked >= ACK_EVERY:
            self._ack(channel, now, output)

    def _heads(self, heads: dict[str, Any], output: Output) -> None:
        """The server says how far each stream is: a lost tail shows here, when no further event would show it."""
        for name, head in heads.items():
            channel = self._channels.get(name)
            if channel is None or channel.asked is not None or not channel.live or channel.position is None:
                continue
            if isinstance(head, int) and channel.position.cursor is None and head > channel.position.seq:
                output.send.append(self._ask(channel))

    # ------------------------------------------------------------ small things

    def _id(self) -> int:
        number = self._next_id
        self._next_id += 1
        return number

    def _ask(self, channel: Channel) -> str:
        channel.asked = self._id()
        channel.live = False
        channel.parts.clear()
        if channel.position is not None and channel.position.seq >= 0:
            return _text(op="subscribe", id=channel.asked, channel=channel.name, **{"from": channel.position.as_from()})
        return _text(op="subscribe", id=channel.asked, channel=channel.name)

    def _ack(self, channel: Channel, now: float, output: Output) -> None:
        position = channel.position
        channel.unacked, channel.acked_at = 0, now
        if position is None:
            return
        if position.cursor is not None:
            output.send.append(_text(op="ack", channel=channel.name, cursor=position.cursor))
        else:
            output.send.append(_text(op="ack", channel=channel.name, seq=position.seq))


def _text(**message: Any) -> str:
    return json.dumps(message, separators=(",", ":"))


def _fact(message: dict[str, Any]) -> Event:
    return Event(
        *(message["event"], message["channel"], message["data"]),
        seq=message.get("seq"),
        epoch=message.get("epoch"),
        replay=message.get("replay", False),
        account=message.get("account"),
        cursor=message.get("cursor"),
        merged=message.get("merged"),
    )


def _check_object(data: Any) -> None:
    if not isinstance(data, dict):
        raise TypeError("data is an object")


def _check_snapshot(data: Any) -> None:
    """Raises TypeError where it is none; what is in its lists is read by whoever keeps it."""
    _check_object(data)
    for name in LISTS & data.keys():
        if not isinstance(data[name], list):
            raise TypeError(f"{name} is a list")


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The lists of a snapshot's parts, put together."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            whole[key] = whole[key] + value if key in whole and isinstance(value, list) else value
    return whole
