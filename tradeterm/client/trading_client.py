"""The SDK's face: a signed-in client with live state, an endless stream of events, and commands that are safe to retry."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from tradeterm.client.connection import Connection, Link, LinkState
from tradeterm.client.errors import ClientClosed, HistoryLost, RequestRefused, TradetermError, Unreachable
from tradeterm.client.position_file import PositionFile
from tradeterm.client.rest import Credentials, Otp, Rest
from tradeterm.client.rest.account import JournalPage
from tradeterm.client.session import TRADING, CaughtUp, Event, Fact, Greeting, Snapshot, StreamPosition
from tradeterm.client.store import Store

EVENTS_WAITING = 10_000
LOOK_AGAIN_S = 5.0
ASK_AGAIN_S = 1.0


class TradingClient:
    """`async with TradingClient(url, user=…, password=…) as client:` — then `client.store`, `client.rest`, `client.events()`.

    Opening it waits at most `open_timeout_s` for the server. `otp` is the second factor's code, or what gives one when
    it is wanted; a `rest` that is signed in already takes the place of both. With `position_file` the place in the own
    stream survives the process: the next one goes on after the last event that was taken from `events()`. Raises
    PositionUnreadable when the file is there and holds no place, or another user's. Who takes nothing from `events()` says
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
        self._file = None if position_file is None else PositionFile(Path(position_file))
        kept = None if self._file is None else self._file.position
        known = Credentials(user, password, otp) if user is not None and password is not None else None
        self.rest = rest or Rest(url, token, credentials=known)
        self.store = Store()
        self.link = Link(LinkState.CONNECTING, 0.0)
        self.hello: Greeting | None = None
        self._more_facts, self._more_link = on_fact, on_link
        self._queue: asyncio.Queue[Event | Snapshot | None] = asyncio.Queue()
        self._next: Event | Snapshot | None = None  # out of the queue, and not with the consumer yet
        self._keeps_events, self._open_timeout_s = keeps_events, open_timeout_s
        self._dropped = self._made_up = 0  # events that found no room, and how many of them the journal has given since
        self._ended: Exception | None = None
        self._taken = kept or StreamPosition("", 0)
        self._finished = self._written = self._taken  # what the consumer came back from, and what of it is in the file
        self._noting: asyncio.Task[None] | None = None
        self._live = asyncio.Event()
        positions: dict[str, StreamPosition | None] = dict.fromkeys(channels)
        if self._file is not None:
            positions[TRADING] = kept
        self.connection = Connection(url, self._token, self._fact, self._link, positions=positions, random=random)
        self._shown: str | None = None  # the token that the socket was signed in with
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Sign in and wait until the own stream is live. Raises SignInFailed, SessionEnded or Unreachable; RuntimeError for
        a client that was opened before."""
        if self._task is not None:
            raise RuntimeError("a client is opened once: make another")
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
        try:
            if self._task is not None:
                self._task.cancel()
                await _over(self._task)
            if self._noting is not None:
                await _over(self._noting)
        finally:
            await self.rest.close()

    async def run(self) -> None:
        """Keep the line up until cancelled. Raises SessionEnded or SignInFailed when coming back is of no use."""
        self._ended = None
        renewing = asyncio.create_task(self._renew())
        try:
            await self.connection.run()
        except BaseException as error:
            # Whatever it was: nobody may wait for ever on a line that is no more.
            self._ended = error if isinstance(error, Exception) else ClientClosed("the client is closed")
            self._queue.put_nowait(None)
            self._live.set()
            raise
        finally:
            renewing.cancel()

    async def live(self, timeout_s: float = 10.0) -> None:
        """Wait until the own stream is live. Raises TimeoutError, ClientClosed, or what else ended the line."""
        async with asyncio.timeout(timeout_s):
            await self._live.wait()
        if self._ended is not None:
            raise self._ended

    async def events(self) -> AsyncIterator[Event]:
        """The own events since the client was opened (or from the position file on), each once, in order, across every
        break. Whoever falls far behind is given what they missed from the journal. It may be left at any time and called
        again: it goes on after the last event that was given.

        Raises HistoryLost, once, when the server no longer has what was missed; SessionEnded or SignInFailed when the
        stream ends for good. It is over when the client is closed, by whatever task, after what had come.
        """
        await self._note()
        while True:
            if self._dropped != self._made_up and self._nothing_waits:
                dropped = self._dropped
                async for event in self._missed(None):
                    yield event
                    await self._note()
                self._made_up = dropped
            if self._ended is not None and self._nothing_waits:
                self._queue.put_nowait(None)  # for whoever else waits
                if isinstance(self._ended, ClientClosed):
                    return
                raise self._ended
            if self._next is None:
                self._next = await self._queue.get()
            fact = self._next
            if isinstance(fact, Event) and not self._was_taken(fact):
                async for event in self._missed(fact):
                    yield event
                    await self._note()
                self._take(fact)
                yield fact
                await self._note()
            elif isinstance(fact, Snapshot):
                is_jump = self._is_jump(fact)
                self._take(fact)
                if is_jump:
                    raise HistoryLost("the server no longer has what followed the last event that was taken")
                await self._note()
            else:
                self._next = None

    @property
    def _nothing_waits(self) -> bool:
        return self._next is None and self._queue.empty()

    def _take(self, fact: Event | Snapshot) -> None:
        """It is with the consumer from here on: whoever leaves before, at any await, finds it again."""
        if fact is self._next:
            self._next = None
        if fact.seq is not None and fact.epoch is not None:
            self._taken = StreamPosition(fact.epoch, fact.seq, fact.cursor)

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
            page = await self._page()
            if page.lost_through is not None:
                self._taken = replace(self._taken, seq=page.lost_through)
                raise HistoryLost("the server no longer keeps what followed the last event that was taken")
            if not page.items:
                return
            for item in page.items:
                if until is not None and item["seq"] >= (until.seq or 0):
                    return
                event = Event(item["event"], TRADING, item["data"], item["seq"], epoch, replay=True)
                self._take(event)
                yield event

    async def _page(self) -> JournalPage:
        """The journal's next, as soon as the server is there to be asked: a break is none for who takes events."""
        while True:
            try:
                return await self.rest.journal(self._taken.seq)
            except (Unreachable, RequestRefused) as error:
                if self._ended is not None or (isinstance(error, RequestRefused) and not error.may_pass):
                    raise
            await asyncio.sleep(ASK_AGAIN_S)

    async def _note(self) -> None:
        """The consumer came back for more: kept in the file, so that what was not finished is given again after a restart.

        A thread goes on when whoever waits for it is cancelled: one at a time, or an older place would follow a newer one.
        """
        if self._file is None:
            return
        self._finished = self._taken
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._write_down(self._file))
        await asyncio.shield(self._noting)

    async def _write_down(self, file: PositionFile) -> None:
        while self._written != self._finished:
            place = self._finished
            await asyncio.to_thread(file.write, place)
            self._written = place

    async def watch(self, *channels: str) -> None:
        """Read market channels too, such as `market:BTC/USD:book`; their state is in `store`."""
        await self.connection.subscribe(*channels)

    async def unwatch(self, *channels: str) -> None:
        """Stop reading these market channels."""
        await self.connection.unsubscribe(*channels)

    # ------------------------------------------------------------ what comes in

    def _keep(self, fact: Event | Snapshot) -> None:
        if not self._keeps_events:
            return
        if isinstance(fact, Event) and self._queue.qsize() >= EVENTS_WAITING:
            # Nobody takes them, or not fast enough: the journal has them. That it is another one now must be told.
            self._dropped += 1
        else:
            self._queue.put_nowait(fact)

    def _fact(self, fact: Fact) -> None:
        if isinstance(fact, Greeting):
            self.hello = fact
            if self._file is not None:
                self._file.claim(fact.user)
        self.store.apply(fact)
        if isinstance(fact, CaughtUp) and fact.channel == TRADING:
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


async def _over(task: asyncio.Task[None]) -> None:
    """Wait until it is, however it ends. Who waits can be cancelled, and that is not swallowed."""
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
