"""The server's side of one native WebSocket as a protocol: messages and time in, actions out.

No I/O, no clock, no randomness and no journal: who a token belongs to is asked through `check`, which markets exist
through `markets`; times are arguments (`now` in seconds of a monotonic clock, `at` in UTC). What an action means for
the socket and the streams is carried out by `connection`.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from server.gateway.limits import MAX_NAME, MAX_TOKEN, SessionLimits, TokenBucket
from server.gateway.native import messages
from server.gateway.native.decisions import (
    Acknowledge,
    Action,
    Close,
    CommandOp,
    HeartbeatDue,
    Perform,
    ReadMarket,
    ReadTrading,
    Send,
    SignedIn,
    StopReading,
)
from server.gateway.native.messages import Id
from server.gateway.native.reading import (
    COMMAND_KEYS,
    Wrong,
    id_of,
    parse_message,
    position_of,
    refuse_other_keys,
    refuse_repeated_keys,
    text_of,
    time_of,
)
from server.gateway.streams.channels import TRADING, parse_market_channel
from server.identity.authenticator import Identity
from server.identity.tokens import Refusal
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import CloseCode, ErrorCode, Role

SUB_PROTOCOL: Final = "tradeterm.v1"
EXPIRED: Final = "the token has expired"
COMMANDS: Final = {op.value: op for op in CommandOp}


@dataclass(slots=True)
class Session:
    """One socket from its handshake to its close."""

    session_id: str
    check: Callable[[str], Identity | Refusal]
    markets: Callable[[], Container[str]]
    limits: SessionLimits
    opened: float
    identity: Identity | None = None
    closed: bool = False
    channels: set[str] = field(default_factory=set)
    heard: float = field(init=False)
    _beat: float = field(init=False)
    _ends: float = field(init=False, default=0.0)  # when the token's time is over
    _messages: TokenBucket = field(init=False)

    def __post_init__(self) -> None:
        self.heard = self._beat = self.opened
        self._messages = self.limits.messages(self.opened)

    # ------------------------------------------------------------ what happens

    def receive(self, message: str | bytes, now: float, at: datetime) -> list[Action]:
        """One message of the client."""
        if self.closed:
            return []
        if not self.heard_from(now):
            return self._close(CloseCode.TOO_MANY_MESSAGES, "too many messages")
        parsed = parse_message(message)
        if parsed is None:
            return self._close(CloseCode.MALFORMED, "a message is one JSON object with an op, in a text frame")
        try:
            request = id_of(parsed)
        except Wrong as wrong:
            return [Send(messages.error(ErrorCode.VALIDATION_FAILED, str(wrong)))]
        try:
            if parsed["op"] in COMMANDS and isinstance(message, str):
                refuse_repeated_keys(message, parsed)
            return self._dispatch(parsed["op"], request, parsed, now, at)
        except Wrong as wrong:
            return [Send(messages.error(ErrorCode.VALIDATION_FAILED, str(wrong), request=request))]

    def heard_from(self, now: float) -> bool:
        """Count one frame of the client, a ping too. False when it sends too many."""
        self.heard = now
        return not self._messages.take(now)

    def sign_in(self, token: str, now: float, at: datetime) -> list[Action]:
        """A token, from the handshake or from a message; the first one, or a fresh one of the same user."""
        found = self.check(token)
        if not isinstance(found, Identity):
            return self._refuse(found)
        if self.identity is not None and found.user != self.identity.user:
            return self._close(CloseCode.BAD_TOKEN, "the new token is another user's")
        if self.identity is not None and found.role is not self.identity.role:
            return self._close(CloseCode.FORBIDDEN, "the user's role has changed")
        first = self.identity is None
        self.identity = found
        # By steady time: the wall's clock may be set while the socket is open.
        self._ends = now + (found.expires_at - at).total_seconds()
        hello = Send(self._hello(found))
        if not first:
            return [hello]
        self._beat = now + self.limits.heartbeat_s
        return [SignedIn(found), hello]

    def tick(self, now: float) -> list[Action]:
        """Time has passed: about once a second."""
        if self.closed:
            return []
        if self.identity is None:
            late = now - self.opened >= self.limits.sign_in_s
            return self._close(CloseCode.SIGN_IN_TIMEOUT, "no sign-in in time") if late else []
        if now >= self._ends:
            return self._close(CloseCode.TOKEN_EXPIRED, EXPIRED)
        if now - self.heard >= self.limits.dead_s:
            return self._close(CloseCode.SILENT, "nothing was heard for too long")
        if now < self._beat:
            return []
        self._beat = now + self.limits.heartbeat_s
        return [HeartbeatDue()]

    def revoked(self) -> list[Action]:
        """The session behind the token has ended."""
        return [] if self.closed else self._close(CloseCode.SESSION_REVOKED, "the session has ended")

    # ------------------------------------------------------------ one op each

    def _dispatch(self, op: str, request: Id, said: dict[str, Any], now: float, at: datetime) -> list[Action]:
        if op == "auth":
            return self.sign_in(text_of(said, "token", MAX_TOKEN), now, at)
        if self.identity is None:
            return [Send(messages.error(ErrorCode.UNAUTHENTICATED, "sign in first", request=request))]
        match op:
            case "pong":
                return []
            case "ack":
                return self._ack(said)
            case "subscribe":
                return self._subscribe(request, said)
            case "unsubscribe":
                channel = text_of(said, "channel", MAX_NAME)
                self.channels.discard(channel)
                return [StopReading(request, channel)]
        if op in COMMANDS:
            return self._command(COMMANDS[op], request, said, at)
        return [Send(messages.error(ErrorCode.VALIDATION_FAILED, "there is no such op", request=request))]

    def _subscribe(self, request: Id, said: dict[str, Any]) -> list[Action]:
        name = text_of(said, "channel", MAX_NAME)
        action = self._reading(name, request, said)
        if action is None:
            return [Send(messages.forbidden(request))]
        if name not in self.channels and len(self.channels) >= self.limits.subscriptions:
            text = f"{self.limits.subscriptions} subscriptions are all that a socket may have"
            return [Send(messages.error(ErrorCode.RATE_LIMITED, text, request=request))]
        self.channels.add(name)
        return [action]

    def _reading(self, name: str, request: Id, said: dict[str, Any]) -> ReadTrading | ReadMarket | None:
        """What to read for that name; None alike when it does not exist and when it is not for this user."""
        if name == TRADING:
            if self.identity is None or self.identity.role is Role.ADMIN:
                return None
            position = said.get("from")
            return ReadTrading(request, None if position is None else position_of(position))
        channel = parse_market_channel(name)
        if channel is None or channel.symbol not in self.markets():
            return None
        return ReadMarket(request, channel)

    def _ack(self, said: dict[str, Any]) -> list[Action]:
        if said.get("channel") != TRADING:
            return []
        return [Acknowledge(position_of({key: said[key] for key in ("seq", "cursor") if key in said}))]

    def _command(self, op: CommandOp, request: Id, said: dict[str, Any], at: datetime) -> list[Action]:
        if self.identity is None or not self.identity.may_trade:
            return [Send(messages.forbidden(request))]
        data = said.get("data", {})
        if not isinstance(data, dict):
            raise Wrong("data must be an object")
        refuse_other_keys(said, COMMAND_KEYS)
        expires_at = time_of(said, "expiresAt")
        if expires_at is not None and expires_at <= at:
            return [Send(messages.error(ErrorCode.EXPIRED, "the command came after its expiresAt", request=request))]
        return [Perform(request, op, data, expires_at)]

    # ------------------------------------------------------------ words

    def _hello(self, identity: Identity) -> bytes:
        limits = self.limits
        return orjson.dumps(
            {
                "op": "hello",
                "sessionId": self.session_id,
                "user": identity.user,
                "role": identity.role,
                "scope": identity.scope,
                "heartbeatMs": int(limits.heartbeat_s * 1000),
                "deadMs": int(limits.dead_s * 1000),
                "authExpiresAt": time_text(identity.expires_at),
                "limits": {
                    "frameBytes": limits.frame_bytes,
                    "subscriptions": limits.subscriptions,
                    "commandsPerSecond": limits.commands_per_s,
                },
            }
        )

    def _refuse(self, refusal: Refusal) -> list[Action]:
        match refusal:
            case Refusal.EXPIRED:
                return self._close(CloseCode.TOKEN_EXPIRED, EXPIRED)
            case Refusal.EARLY:
                return self._close(CloseCode.TOKEN_EXPIRED, "the token is not valid yet; get another")
            case Refusal.REVOKED:
                return self._close(CloseCode.SESSION_REVOKED, "the session has ended")
            case _:
                return self._close(CloseCode.BAD_TOKEN, "the token is not good")

    def _close(self, code: CloseCode, reason: str) -> list[Action]:
        self.closed = True
        return [Close(code, reason)]
