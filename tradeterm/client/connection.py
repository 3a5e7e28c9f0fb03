"""The only WebSocket of the SDK: it connects, comes back after a break, and feeds the session. State lives elsewhere."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from tradeterm.client.errors import (
    TOO_MANY_REQUESTS,
    OutcomeUnknown,
    RequestRefused,
    SessionEnded,
    SignInFailed,
    Unreachable,
)
from tradeterm.client.rest.answers import wait_of
from tradeterm.client.session import CommandResult, Fact, Greeting, Output, ProtocolBroken, Session, StreamPosition
from tradeterm.protocol.foreign_text import LONGEST, printable
from tradeterm.protocol.vocabulary import ErrorCode

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 5.0
TICK_S = 0.25
LEAST_WAIT_CROWDED_S = 1.0
LONGEST_WAIT_CROWDED_S = 15.0
TOKEN_EXPIRED = 4003
TOO_MANY_MESSAGES, TOO_MANY_CONNECTIONS = 4013, 4504
# There is too much of us: the server counts dead sockets for a while, and to hurry makes it worse.
CROWDED = frozenset({TOO_MANY_MESSAGES, TOO_MANY_CONNECTIONS})
FINAL_CODES = frozenset(range(4500, 4600)) - CROWDED
SIGN_IN_AGAIN = frozenset({4500, 4503})
SIGN_IN_AGAIN_EVERY_S = 60.0
OPEN_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 10.0


class LinkState(Enum):
    """How the line stands. ENDED: it does not come back by itself."""

    CONNECTING = "connecting"
    LIVE = "live"
    DOWN = "down"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Link:
    """The line as it is: since when (monotonic seconds), why it is down, and when it is tried again."""

    state: LinkState
    since: float
    reason: str = ""
    attempt: int = 0
    retry_at: float | None = None


class Connection:
    """Keeps one signed-in socket up until cancelled.

    `token` gives a valid access token (fresh after `expired`), `on_fact` gets every fact in order, `on_link` every
    change of the line. Full jitter between attempts: after a restart a thousand clients must not come at once.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[bool], Awaitable[str]],
        on_fact: Callable[[Fact], None],
        on_link: Callable[[Link], None],
        *,
        positions: dict[str, StreamPosition | None] | None = None,
        random: Random | None = None,
    ) -> None:
        self._url = f"ws{url.rstrip('/').removeprefix('http')}/ws"
        self._token, self._on_fact, self._on_link = token, on_fact, on_link
        self._wanted: dict[str, StreamPosition | None] = dict(positions or {})
        self._random = random or Random()  # noqa: S311 - jitter is no secret
        self._socket: ClientConnection | None = None
        self._session: Session | None = None
        self._answers: dict[int, asyncio.Future[CommandResult]] = {}
        self._sending: set[asyncio.Task[None]] = set()  # which the loop itself would forget
        self._in_turn = asyncio.Lock()
        self._hurried = asyncio.Event()
        self._token_expired = False
        self._signed_in_again = float("-inf")

    # ------------------------------------------------------------ wishes

    async def subscribe(self, *channels: str) -> None:
        """Read channels from their newest on, on this line and every later one. Raises nothing for a line that is down:
        then with the next. Whoever is cancelled while it waits for the line to take it has asked for all of them."""
        output = Output()
        for channel in channels:
            self._wanted.setdefault(channel, None)
            if self._session is not None:
                output.send += self._session.subscribe(channel).send
        await self._send(output)

    async def unsubscribe(self, *channels: str) -> None:
        """Read them no more, as with `subscribe`; a channel that is not read is none."""
        output = Output()
        for channel in channels:
            self._wanted.pop(channel, None)
            if self._session is not None:
                output.send += self._session.unsubscribe(channel).send
        await self._send(output)

    async def resubscribe(self, channel: str) -> None:
        """Ask for a channel anew: what is known of it is of no use."""
        if self._session is not None and channel in self._wanted:
            anew = (self._session.unsubscribe(channel), self._session.subscribe(channel))
            await self._send(Output([text for one in anew for text in one.send]))

    async def rewind(self, channel: str, position: StreamPosition) -> None:
        """Take a channel again from an earlier place, now or when the line is back."""
        if self._session is not None:
            await self._send(self._session.rewind(channel, position))
        elif channel in self._wanted:
            self._wanted[channel] = position

    def hurry(self) -> None:
        """Try now, where the next attempt is waited for; what the server asked to be left alone for is still waited out."""
        self._hurried.set()

    async def renew(self, token: str) -> None:
        """Hand the server a fresh token over the open socket."""
        if self._session is not None:
            await self._send(self._session.renew(token))

    async def command(self, op: str, data: dict[str, Any]) -> CommandResult:
        """A command over the socket. Raises Unreachable (nothing was sent) or OutcomeUnknown."""
        if self._session is None or self._socket is None:
            raise Unreachable("the line is down, nothing was sent")
        number, output = self._session.command(op, data)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_S):
                await self._send(output)
                result: CommandResult = await answer
            if result.code == ErrorCode.OUTCOME_UNKNOWN:
                raise OutcomeUnknown(result.message or "", data.get("clientOrderId"), is_told=True)
            return result
        except TimeoutError:
            raise OutcomeUnknown("no answer came in time", data.get("clientOrderId")) from None
        finally:
            self._answers.pop(number, None)

    def positions(self) -> dict[str, StreamPosition | None]:
        """How far each wanted channel was read; None before its first event."""
        return self._session.positions() if self._session is not None else dict(self._wanted)

    # ------------------------------------------------------------ the line

    async def run(self) -> None:
        """Connect and stay connected. Raises SessionEnded, SignInFailed or RequestRefused when coming back is of no use."""
        attempt = 0
        while True:
            attempt += 1
            self._tell(LinkState.CONNECTING, attempt=attempt)
            try:
                ending = await self._once()
            except (OSError, TimeoutError, InvalidHandshake, Unreachable, ProtocolBroken, RequestRefused) as error:
                if isinstance(error, RequestRefused) and not error.may_pass:
                    self._tell(LinkState.ENDED, str(error))
                    raise
                ending = _Ending(printable(str(error), LONGEST) or "no answer", least_s=_asked_to_wait(error))
            except (SessionEnded, SignInFailed, InvalidURI) as error:
                self._tell(LinkState.ENDED, str(error))
                raise
            if ending.was_live and not ending.least_s:
                attempt = 0
            wait = self._wait(attempt, ending.least_s)
            self._hurried.clear()
            self._tell(LinkState.DOWN, ending.reason, attempt, _now() + wait)
            await self._rest(wait, ending.least_s)

    async def _rest(self, wait: float, least_s: float) -> None:
        """Until it is time for the next attempt, or somebody hurries."""
        await asyncio.sleep(least_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait - least_s):
                await self._hurried.wait()

    def _wait(self, attempt: int, least_s: float) -> float:
        """Jitter that doubles with each attempt, on top of what the server is to be left alone for."""
        longest = LONGEST_WAIT_CROWDED_S if least_s else LONGEST_WAIT_S
        return least_s + self._random.uniform(0, min(longest, FIRST_WAIT_S * 2 ** min(attempt, 10)))

    async def _once(self) -> "_Ending":
        """One life of a socket, and how it ended."""
        token = await self._token(self._token_expired)
        self._token_expired = False
        async with connect(
            self._url,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=1,
            ping_interval=None,  # the session watches the heartbeats
            compression=None,
            max_size=None,
            proxy=None,
            subprotocols=["tradeterm.v1"],  # type: ignore[list-item]
        ) as socket:
            self._socket = socket
            session = self._session = Session(token, self._wanted, _now())
            ticker = asyncio.create_task(self._tick(socket, session))
            live = False
            try:
                await self._send(session.opened())
                async for text in socket:
                    output = session.received(_as_text(text), _now())
                    live = self._take(output) or live
                    await self._send(output)
            except ConnectionClosed:
                pass
            finally:
                ticker.cancel()
                self._gone(session)
            self._judge(socket)
            crowded = socket.close_code in CROWDED
            reason = socket.close_reason if crowded and socket.close_reason else "the server closed the line"
            return _Ending(reason, live, LEAST_WAIT_CROWDED_S if crowded else 0.0)

    def _take(self, output: Output) -> bool:
        """Apply the facts; was there a hello?"""
        live = False
        for fact in output.facts:
            if isinstance(fact, Greeting):
                live = True
                self._tell(LinkState.LIVE)
            elif isinstance(fact, CommandResult) and (answer := self._answers.get(fact.id)) and not answer.done():
                answer.set_result(fact)
            self._on_fact(fact)
        return live

    async def _send(self, output: Output) -> None:
        """What the session has said is sent, whole and in its order: whoever is cancelled meanwhile only waits no more."""
        if self._socket is not None and output.send:
            await asyncio.shield(self._begin(self._socket, output))

    def _begin(self, socket: ClientConnection, output: Output) -> asyncio.Task[None]:
        sending = asyncio.create_task(self._write(socket, output.send))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)
        return sending

    async def _write(self, socket: ClientConnection, texts: list[str]) -> None:
        """A line that breaks meanwhile takes the rest with it: the next one begins anew."""
        async with self._in_turn:
            with contextlib.suppress(ConnectionClosed):
                for text in texts:
                    await socket.send(text)

    async def _tick(self, socket: ClientConnection, session: Session) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if session.is_dead(_now()):
                socket.transport.abort()
                return
            if (output := session.tick(_now())).send:
                self._begin(socket, output)  # waited for by nobody: a line that takes no more may be dead

    def _gone(self, session: Session) -> None:
        self._wanted = session.positions()
        self._session = self._socket = None
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(OutcomeUnknown("the line broke before the answer"))

    def _judge(self, socket: ClientConnection) -> None:
        code = socket.close_code or 1006
        if code in SIGN_IN_AGAIN and _now() - self._signed_in_again > SIGN_IN_AGAIN_EVERY_S:
            # A password that is at hand may still be good where the token is not.
            self._signed_in_again, self._token_expired = _now(), True
            return
        if code in FINAL_CODES:
            raise SessionEnded(code, printable(socket.close_reason or ""))
        self._token_expired = code == TOKEN_EXPIRED

    def _tell(self, state: LinkState, reason: str = "", attempt: int = 0, retry_at: float | None = None) -> None:
        self._on_link(Link(state, _now(), reason, attempt, retry_at))


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a socket's life ended; `least_s` is how long the server is to be left alone."""

    reason: str
    was_live: bool = False
    least_s: float = 0.0


def _asked_to_wait(error: Exception) -> float:
    if isinstance(error, RequestRefused):
        return error.retry_after_s or LEAST_WAIT_CROWDED_S
    if isinstance(error, InvalidStatus) and error.response.status_code == TOO_MANY_REQUESTS:
        return wait_of(error.response.headers.get("Retry-After", "")) or LEAST_WAIT_CROWDED_S
    return 0.0


def _now() -> float:
    return asyncio.get_running_loop().time()


def _as_text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode(errors="replace")
