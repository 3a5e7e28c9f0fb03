"""The SDK's face: a signed-in client with live state, an endless stream of events, and commands that are safe to retry."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from tradeterm import owner_only
from tradeterm.client.connection import Connection, Link, LinkState
from tradeterm.client.errors import HistoryLost, PositionUnreadable, TradetermError, Unreachable
from tradeterm.client.rest import Credentials, Otp, Rest
from tradeterm.client.session import TRADING, Event, Fact, Hello, Live, Snapshot, StreamPosition
from tradeterm.client.store import Store

EVENTS_WAITING = 10_000
LOOK_AGAIN_S = 5.0


class TradingClient:
    """`async with TradingClient(url, user=…, password=…) as client:` — then `client.store`, `client.rest`, `client.events()`.

    Opening it waits at most `open_timeout_s` for the server. `otp` is the second factor's code, or what gives one when
    it is wanted; a `rest` that is signed in already takes the place of both. With `position_file` the place in the own
    stream survives the process: the next one goes on after the last event that was taken from `events()`. Raises
    PositionUnreadable when the file is there and holds no place. Who takes nothing from `events()` says
    `keeps_events=False`: then none wait.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        user: str | None = None,
        password: str | None = None,
        otp: Otp | None = None,
        rest: Rest | None = None,
        position_file: Path | str | None = None,
        channels: tuple[str, ...] = (TRADING,),
        on_fact: Callable[[Fact], None] | None = None,
        on_link: Callable[[Link], None] | None = None,
        random: Random | None = None,
        open_timeout_s: float = 30.0,
        keeps_events: bool = True,
    ) -> None:
        self._file = None if position_file is None else Path(position_file)
        kept = None if self._file is None else _read(self._file)
        known = Credentials(user, password, otp) if user is not None and password is not None else None
        self.rest = rest or Rest(url, token, credentials=known)
        self.store = Store()
        self.link = Link(LinkState.CONNECTING, 0.0)
        self.hello: Hello | None = None
        self._more_facts, self._more_link = on_fact, on_link
        self._queue: asyncio.Queue[Event | Snapshot | None] = asyncio.Queue(EVENTS_WAITING)
        self._keeps_events = keeps_events
        self._overflowed = False
        self._ended: Exception | None = None
        self._taken = kept or StreamPosition("", 0)
        self._live = asyncio.Event()
        positions: dict[str, StreamPosition | None] = dict.fromkeys(channels)
        if self._file is not None:
            positions[TRADING] = kept
        self._open_timeout_s = open_timeout_s
        self.connection = Connection(url, self._token, self._fact, self._link, positions=positions, random=random)
        self._shown: str | None = None  # the token that the socket was signed in with
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Sign in and wait until the own stream is live. Raises SignInFailed, SessionEnded or Unreachable."""
        self._task = asyncio.create_task(self.run())
        try:
            await self.live(self._open_timeout_s)
        except BaseException as error:
            await self.__aexit__(None, None, None)
            if isinstance(error, TimeoutError):
                raise Unreachable(f"the server did not answer: {self.link.reason or 'no answer'}") from None
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, TradetermError):
                await self._task
        await self.rest.close()

    async def run(self) -> None:
        """Keep the line up until cancelled. Raises SessionEnded or SignInFailed when coming back is of no use."""
        renewing = asyncio.create_task(self._renew())
        try:
            await self.connection.run()
        except Exception as error:
            # Whatever it was: nobody may wait for ever on a line that is no more.
            self._ended = error
            with contextlib.suppress(asyncio.QueueFull):
                self._queue.put_nowait(None)
            self._live.set()
            raise
        finally:
            renewing.cancel()

    async def live(self, timeout_s: float = 10.0) -> None:
        """Wait until the own stream is live. Raises TimeoutError, or what ended the line."""
        await asyncio.wait_for(self._live.wait(), timeout_s)
        if self._task is not None and self._task.done():
            self._task.result()

    async def events(self) -> AsyncIterator[Event]:
        """The own events since the client was opened (or from the position file on), each once, in order, across every
        break. Whoever falls far behind is given what they missed from the journal.

        Raises HistoryLost, once, when the server no longer has what was missed; SessionEnded or SignInFailed when the
        stream ends for good.
        """
        while True:
            if self._overflowed and self._queue.empty():
                self._overflowed = False
                async for event in self._missed(None):
                    yield event
                    await self._done_with(event)
            if self._ended is not None and self._queue.empty():
                raise self._ended
            fact = await self._queue.get()
            if fact is None:
                continue
            if isinstance(fact, Event):
                if self._was_taken(fact):
                    continue
                async for event in self._missed(fact):
                    yield event
                    await self._done_with(event)
                yield fact
            is_jump = isinstance(fact, Snapshot) and self._is_jump(fact)
            await self._done_with(fact)
            if is_jump:
                raise HistoryLost("the server no longer has what followed the last event that was taken")

    def _is_jump(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot came in the place of events: it does not stand where the consumer does."""
        taken = self._taken
        if not taken.epoch:
            return False
        return (taken.epoch, taken.cursor or taken.seq) != (snapshot.epoch, snapshot.cursor or snapshot.seq)

    def _was_taken(self, event: Event) -> bool:
        # A monitor's events are numbered by account: the session alone knows their order, by cursor.
        if event.cursor is not None or event.seq is None:
            return False
        return event.epoch == self._taken.epoch and event.seq <= self._taken.seq

    async def _missed(self, until: Event | None) -> AsyncIterator[Event]:
        """What the journal has between what was taken and `until` (None: its end)."""
        if self._taken.cursor is not None:
            if until is None:
                await self.connection.rewind(TRADING, self._taken)
            return
        epoch = self._taken.epoch
        while epoch and (until is None or (until.epoch == epoch and (until.seq or 0) > self._taken.seq + 1)):
            page = await self.rest.journal(self._taken.seq)
            if page.lost_through is not None:
                self._taken, self._overflowed = replace(self._taken, seq=page.lost_through), True
                raise HistoryLost("the server no longer keeps what followed the last event that was taken")
            if not page.items:
                return
            for item in page.items:
                if until is not None and item["seq"] >= (until.seq or 0):
                    return
                yield Event(item["event"], TRADING, item["data"], item["seq"], epoch, replay=True)

    async def _done_with(self, fact: Event | Snapshot) -> None:
        """The consumer came back for more: what was not finished is given again after a restart."""
        if fact.seq is None or fact.epoch is None:
            return
        self._taken = StreamPosition(fact.epoch, fact.seq, fact.cursor)
        if self._file is not None:
            await asyncio.to_thread(_write, self._file, self._taken)

    async def watch(self, *channels: str) -> None:
        """Read market channels too, such as `market:BTC/USD:book`; their state is in `store`."""
        for channel in channels:
            await self.connection.subscribe(channel)

    async def unwatch(self, *channels: str) -> None:
        """Stop reading these market channels."""
        for channel in channels:
            await self.connection.unsubscribe(channel)

    # ------------------------------------------------------------ what comes in

    def _keep(self, fact: Event | Snapshot) -> None:
        if not self._keeps_events:
            return
        if self._queue.full():
            # Nobody takes them, or not fast enough: the journal has them.
            self._overflowed = True
        else:
            self._queue.put_nowait(fact)

    def _fact(self, fact: Fact) -> None:
        if isinstance(fact, Hello):
            self.hello = fact
        self.store.apply(fact)
        if isinstance(fact, Live) and fact.channel == TRADING:
            self._live.set()
        if isinstance(fact, Event | Snapshot) and fact.channel == TRADING and fact.seq is not None:
            self._keep(fact)
        if self._more_facts is not None:
            self._more_facts(fact)
        if self.store.broken:
            for symbol in self.store.broken:
                self._mend(f"market:{symbol}:book")
            self.store.broken.clear()

    def _mend(self, channel: str) -> None:
        task = asyncio.ensure_future(self.connection.resubscribe(channel))
        task.add_done_callback(lambda done: done.exception())

    def _link(self, link: Link) -> None:
        self.link = link
        if link.state is not LinkState.LIVE:
            self._live.clear()
        if self._more_link is not None:
            self._more_link(link)

    # ------------------------------------------------------------ tokens

    async def _token(self, expired: bool) -> str:
        """For the next socket: the token at hand, unless it was not taken."""
        if expired or self.rest.token is None:
            await self.rest.renew(self._shown)
        self._shown = self.rest.token
        assert self._shown is not None, "renew() gives one or raises"
        return self._shown

    async def _renew(self) -> None:
        """Renew the token well before it runs out, without closing the socket. A request may have renewed it meanwhile."""
        while True:
            due_s = self.rest.renew_at - time.monotonic()
            await asyncio.sleep(min(max(due_s, 0.0), LOOK_AGAIN_S))
            if due_s > LOOK_AGAIN_S:
                continue
            try:
                self._shown = await self.rest.renew()
                await self.connection.renew(self._shown)
            except TradetermError:
                await asyncio.sleep(LOOK_AGAIN_S)


def _read(path: Path) -> StreamPosition | None:
    try:
        kept = json.loads(path.read_text("utf-8"))
        return StreamPosition(kept["epoch"], kept["seq"], kept.get("cursor"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        # To begin at the present would skip what came in between, and nobody would know.
        raise PositionUnreadable(f"no place can be read from {path}; delete it to begin at the present") from error


def _write(path: Path, position: StreamPosition) -> None:
    owner_only.replace(path, json.dumps(asdict(position)))
