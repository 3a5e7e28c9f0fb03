"""The desk over a real server: the SDK's store read as panes need it, and intent handed to its commands.

The line is kept up here; what is read of the store is in `desk_state`, what is asked of the server in `desk_commands`,
and what is fetched beside the stream in `upkeep`. Nothing here paints, and no widget sees what is here.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError

from tradeterm.client import connection
from tradeterm.client.errors import ContractBroken, RequestRefused, SessionEnded, SignInFailed, TradetermError
from tradeterm.client.session import TRADING, CaughtUp, Event, Fact, Snapshot
from tradeterm.client.trading_client import TradingClient
from tradeterm.protocol.market import VenueStatus
from tradeterm.protocol.times import parse_time
from tradeterm.protocol.vocabulary import Role
from tradeterm.tui.desk.desk_commands import DeskCommands
from tradeterm.tui.desk.desk_state import DeskState
from tradeterm.tui.desk.event_log import EventLog
from tradeterm.tui.desk.link_gauge import LineGauge
from tradeterm.tui.desk.port import Answer, DeskLink, DeskLinkState, Dirty, Done, View
from tradeterm.tui.desk.pulse import Pulse
from tradeterm.tui.desk.queue_watch import QueueWatch
from tradeterm.tui.desk.subscriptions import CLOSES_EVERY_S, Upkeep
from tradeterm.tui.desk.venue_watch import VenueWatch
from tradeterm.tui.format import age

RETRY_S = 1.0


class ClientDesk(DeskState, DeskCommands):
    """`Desk` over one TradingClient. `now` is the wall clock; the line's own times are the loop's."""

    def __init__(
        self,
        url: str,
        now: Callable[[], datetime],
        *,
        user: str | None = None,
        password: str | None = None,
        token: str | None = None,
    ) -> None:
        self._client = TradingClient(
            url,
            user=user,
            password=password,
            token=token,
            on_fact=self._fact,
            on_link=self._on_link,
            keeps_events=False,
        )
        self._now = now
        log, gauge = EventLog(self._decimals), LineGauge(now, time.monotonic)
        DeskState.__init__(self, self._client.store, log, Upkeep(self._client, log, gauge))
        DeskCommands.__init__(self, self._client.rest, gauge)
        self._user, self._password = user, password
        self._is_live = self._was_live = False
        self._ended = ""
        self._linked = True
        self._queue = QueueWatch(self._client.rest.queue, lambda: self._is_live and bool(self._store.orders))
        self._venue = VenueWatch(self._client.rest.venue, lambda: self._is_live)
        self._pulse = Pulse(self._beat)

    # -- the line -----------------------------------------------------------------------------------------------------

    async def sign_in(self, code: str | None = None) -> str:
        """Check password, and code where one is wanted, or token before there is a screen; the user's name. Raises
        TradetermError, CodeWanted where there is a second factor and no code.

        Who trades nothing has no desk: a monitor's stream is everybody's, and would be shown as one account.
        """
        rest = self._client.rest
        if self._user is not None and self._password is not None:
            await rest.sign_in(self._user, self._password, code)
        me = await rest.me()
        if me["role"] != Role.TRADER:
            raise SignInFailed(f"{me['user']} is a {me['role']}, and the desk is a trader's")
        return str(me["user"])

    async def aclose(self) -> None:
        """Let go of what sign-in and commands hold open."""
        await self._client.rest.close()

    async def run(self) -> None:
        """Keep the line up, and what is subscribed in step with the screen, until cancelled."""
        work = (self._keep_up(), self._pulse.run(), self._queue.run(), self._venue.run())
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await self._stay_connected()
        finally:
            for task in tasks:
                task.cancel()

    async def _stay_connected(self) -> None:
        """A server that was started anew may know no old session: then sign in once more, by itself."""
        while True:
            try:
                await self._client.run()
            except (SessionEnded, SignInFailed) as error:
                if isinstance(error, SignInFailed) or not self._was_live or self._password is None:
                    self._ended, self._linked = str(error), True
                    await asyncio.Event().wait()
                self._was_live, self._client.rest.token = False, None
            except ValidationError as error:
                self._ended, self._linked = f"the server's {error.title} is not what the contract says", True
                await asyncio.Event().wait()
            except RequestRefused as error:
                # The server answers, but takes no sign-in now (it stops, or there were too many).
                await asyncio.sleep(error.retry_after_s or RETRY_S)

    def _on_link(self, link: connection.Link) -> None:
        if link.state is not connection.LinkState.LIVE and self._is_live:
            self._gauge.lost()
            self._log.note(self._now(), "The link to the server is lost")
            self._is_live = False
            self._upkeep.lost()
        self._linked = True

    def link(self) -> DeskLink:
        return self._gauge.link(self._link_state(), self._client.link, self._store.seq, self._ended)

    def _link_state(self) -> DeskLinkState:
        if self._ended:
            return DeskLinkState.REFUSED
        if self._is_live and self._store.markets:
            return DeskLinkState.LIVE
        is_down = self._client.link.state is connection.LinkState.DOWN
        return DeskLinkState.DOWN if is_down else DeskLinkState.CONNECTING

    # -- what comes in ------------------------------------------------------------------------------------------------

    def _fact(self, fact: Fact) -> None:
        match fact:
            case CaughtUp(channel) if channel == TRADING:
                if self._was_live and not self._is_live and (away := self._gauge.away()) is not None:
                    self._log.note(self._now(), f"The link to the server is back after {age(away)}; nothing is missed")
                self._is_live = self._was_live = self._linked = True
                self._upkeep.changed.set()
            case Snapshot(channel=channel, epoch=epoch) if channel == TRADING:
                self._log.restart(epoch)
                self._upkeep.began_anew()
            case Event(channel=channel) if channel == TRADING:
                self._note(fact)
            case Event(data={"ticker": ticker}):
                self._gauge.came(parse_time(ticker["time"]))

    def _note(self, event: Event) -> None:
        if event.seq is not None:
            self._log.put(event.seq, event.name, event.data)
        if event.name.startswith("alert"):
            self._upkeep.alerts_changed()
        if event.name.startswith("position"):
            self._upkeep.changed.set()  # its ticker is needed for its mark

    def _decimals(self, symbol: str) -> int | None:
        market = self._store.markets.get(symbol)
        return None if market is None else market.price_decimals

    # -- keeping up ---------------------------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        self._upkeep.show(view)

    def resync(self) -> None:
        self._client.connection.hurry()
        self._upkeep.renew()

    async def _keep_up(self) -> None:
        """After each change of the line or the view: fetch what the stream does not carry, and subscribe."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSES_EVERY_S):
                    await self._upkeep.changed.wait()
            self._upkeep.changed.clear()
            try:
                if self._is_live:  # going live wakes again
                    await self._upkeep.settle()
            except ContractBroken as error:
                self._ended, self._linked = str(error), True
            except TradetermError:
                await asyncio.sleep(RETRY_S)
                self._upkeep.changed.set()

    async def set_dead_man(self, seconds: int) -> Answer:
        answer = await self.ask(lambda: self._client.rest.set_dead_man(seconds))
        if isinstance(answer, Done):
            self._pulse.want(seconds)
        return answer

    async def _beat(self, seconds: int) -> bool:
        if not self._is_live:
            return False
        with contextlib.suppress(TradetermError):
            await self._client.rest.set_dead_man(seconds)
            return True
        return False

    def queue(self) -> Mapping[str, Decimal]:
        return self._queue.places

    def venue(self) -> VenueStatus | None:
        return self._venue.status

    # -- what changed -------------------------------------------------------------------------------------------------

    def take_dirty(self) -> Dirty:
        keys = self._store.take_dirty()
        kinds = {key[0] for key in keys}
        tickers = frozenset(key[1] for key in keys if key[0] == "ticker")
        has_moved = not tickers.isdisjoint(self._store.positions)
        is_fresh, self._upkeep.is_fresh = self._upkeep.is_fresh or "all" in kinds, False
        was_linked, self._linked = self._linked, False
        return Dirty(
            tickers=tickers,
            books=frozenset(key[1] for key in keys if key[0] == "book"),
            prints=frozenset(key[1] for key in keys if key[0] == "tape"),
            candles=frozenset(key[1] for key in keys if key[0] == "candles"),
            orders="order" in kinds or self._queue.take_moved(),
            positions="position" in kinds or has_moved,
            fills="trades" in kinds,
            events="log" in kinds,
            account="account" in kinds or has_moved,
            markets="markets" in kinds,
            link=was_linked,
            everything=is_fresh,
        )
