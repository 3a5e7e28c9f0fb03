"""A core with its venue, clock and journal, driven turn by turn: the same steps for the server's core and for the oracle.

The oracle (`domain`, `executor`, `venues` and `ports` beside this file) is the core as it was when it was slow and clear:
money as Decimal, every event a dict. What the server's core says is held against it, byte for byte. So nothing of it is
made quicker, and a rule that changes is changed in both. It is copied whole on purpose, and no check of the product's own
code (unused names, one place a rule) looks at it: two cores that shared code would share its faults.

Commands and requests are given in the server's own types; a world of the oracle translates them into its copies.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import localcontext
from random import Random
from typing import Any, cast

import server.domain.accounts
import server.domain.commands
import server.domain.markets
import server.domain.risk
import server.executor.core
import server.executor.recovery
import server.executor.turn
import server.ports
import tests.oracle.domain.accounts
import tests.oracle.domain.commands
import tests.oracle.domain.markets
import tests.oracle.domain.risk
import tests.oracle.executor.core
import tests.oracle.executor.recovery
import tests.oracle.executor.turn
import tests.oracle.ports
import tests.oracle.venues.delayed
import tests.oracle.venues.paper
from server.ports import Clock
from server.venues import delayed, paper
from server.venues.untold_fills import UntoldFills
from tests.builders import START, CountedIds
from tests.oracle.arithmetic import MONEY


@dataclass(frozen=True, slots=True)
class Parts:
    """The modules that one core is made of."""

    commands: Any
    markets: Any
    risk: Any
    core: Any
    recovery: Any
    turn: Any
    ports: Any

    def own(self, value: Any) -> Any:
        """A value of the server's types as these parts know it, piece by piece; what they never heard of is left out."""
        if is_dataclass(value) and not isinstance(value, type):
            name = type(value).__name__
            held = (self.commands, self.ports, self.markets, self.risk)
            kind = next(getattr(one, name) for one in held if hasattr(one, name))
            known = {one.name for one in fields(kind) if one.init}
            return kind(**{one.name: self.own(getattr(value, one.name)) for one in fields(value) if one.name in known})
        return value


SERVER = Parts(
    server.domain.commands,
    server.domain.markets,
    server.domain.risk,
    server.executor.core,
    server.executor.recovery,
    server.executor.turn,
    server.ports,
)
ORACLE = Parts(
    tests.oracle.domain.commands,
    tests.oracle.domain.markets,
    tests.oracle.domain.risk,
    tests.oracle.executor.core,
    tests.oracle.executor.recovery,
    tests.oracle.executor.turn,
    tests.oracle.ports,
)


class Rows:
    """What was written, as a start reads it."""

    def __init__(self) -> None:
        self.orders: dict[str, Any] = {}
        self.made: list[Any] = []  # orders since this was looked at last
        self.positions: dict[str, Any] = {}
        self.accounts: dict[str, Any] = {}
        self.last_trade: str | None = None
        self._by_client_id: dict[tuple[str, str], Any] = {}

    def write(self, batch: Any) -> None:
        self.made += (row for order_id, row in batch.orders.items() if order_id not in self.orders)
        self.orders.update(batch.orders)
        self.positions.update(batch.positions)
        self.accounts.update(batch.accounts)
        self._by_client_id.update(((row.account, row.client_order_id), row) for row in batch.orders.values())
        for trade in batch.trades:
            if not trade.venue_trade_id.startswith(server.ports.RESET_TRADE):
                self.last_trade = trade.venue_trade_id

    def take_made(self) -> list[Any]:
        made, self.made = self.made, []
        return made

    def find_order(self, account: str, client_id: str) -> Any:
        return self._by_client_id.get((account, client_id))


class World:
    """One core on its venue. `latency` as in the settings; `refuses` is the share of orders that the venue rejects."""

    def __init__(
        self, parts: Parts, settings: Any, markets: Iterable[Any], latency: str | None = None, refuses: float = 0.0
    ) -> None:
        self._parts, self._latency, self._refuses = parts, latency, refuses
        self._settings = parts.own(settings)
        self._settings.answers_later = latency is not None
        self.markets = {one.symbol: parts.own(one) for one in markets}
        self._ids, self.rows = CountedIds(), Rows()
        self.at, self.seconds = START, 0.0
        self.heard: list[Any] = []  # what it said since it was asked last: answers, events, prints, books
        self._starts = 0
        self.core: Any = None
        self.start()

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def closable(self, account: str, symbol: str, fills: Any) -> Any:
        return self.core.closable_after(account, symbol, fills)

    def keeps_entries(self, account: str, symbol: str, side: Any, price: Any) -> Any:
        return self.core.keeps_entries(account, symbol, side, price)

    # ------------------------------------------------------------ starting

    def start(self) -> None:
        """On what was written; the flow's orders are gone."""
        parts, self._starts = self._parts, self._starts + 1
        chance = Random(self._starts)
        refuses = (lambda: chance.random() < self._refuses) if self._refuses else None
        last = {} if self.core is None else dict(self.core.ledger.last)
        build = oracle_venue if parts is ORACLE else server_venue
        self.paper, self.venue = build(self, self.rows.last_trade, refuses, self._latency)
        self.core = parts.core.Core(self._settings, self.markets, self.venue, self._ids, self.rows.find_order)
        with localcontext(MONEY):
            parts.recovery.recover(self.core, self.venue, self._state(last))

    def _state(self, last: dict[str, Any]) -> Any:
        ports, rows = self._parts.ports, self.rows
        return ports.OpenState(
            "e",
            [rows.accounts[name] for name in sorted(rows.accounts)],
            [row for row in rows.orders.values() if row.is_open],
            [row for row in rows.positions.values() if row.is_open],
            [ports.MarketRow(symbol, price, b"") for symbol, price in last.items()],
            rows.last_trade,
        )

    # ------------------------------------------------------------ steps

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds

    def together(self, commands: Iterable[Any]) -> None:
        """Commands that one commit carries."""
        turn, replies = self._parts.turn, []
        with localcontext(MONEY):
            self._begin()
            for command in commands:
                replies.append(turn.take_command(self.core, self.venue, self._parts.own(command), self.at))
            self.core.settle()
            for reply in replies:
                answer = reply()
                self.heard.append(("answer", answer.status, answer.body, answer.code, answer.message, answer.details))
        self._commit()

    def flow(self, requests: Iterable[Any]) -> None:
        own = [self._parts.own(request) for request in requests]
        with localcontext(MONEY):
            self._begin()
            self._parts.turn.take_flow(self.core, self.venue, own, self.at)
        self._commit()

    def beat(self) -> None:
        with localcontext(MONEY):
            self._begin()
            self._parts.turn.take_beat(self.core, self.venue, self.at)
        self._commit()

    def arrive(self) -> None:
        """What is underway, as far as it has come."""
        if self._latency is not None and self.venue.is_due():
            with localcontext(MONEY):
                self._begin()
                self._parts.turn.take_arrivals(self.core, self.venue, self.venue.arrived(), self.at)
            self._commit()

    def set_band(self, symbol: str, low: Any, high: Any) -> None:
        self.paper.set_band(symbol, low, high)

    def undo(self, commands: Iterable[Any]) -> None:
        """Commands that were carried out, and then turned out not to be."""
        last_commit = self._parts.recovery.LastCommit(self.core, self.venue, lambda: self._state(self.core.ledger.last))
        count = self._ids.count
        with localcontext(MONEY):
            for command in commands:
                self._parts.turn.take_command(self.core, self.venue, self._parts.own(command), self.at)
            self.core.ledger.take_batch()
            last_commit.go_back()
        self._ids.count = count

    def _begin(self) -> None:
        self.core.tick(self.seconds)
        self._parts.turn.take_expiries(self.core, self.venue, self.at)

    def _commit(self) -> None:
        with localcontext(MONEY):
            self.core.settle()
            batch, prints = self.core.take_batch()
        self.rows.write(batch)
        self.core.keep()
        self.venue.keep()
        self.heard += ((row.account, row.seq, str(row.event), row.data) for row in batch.events)
        self.heard += ((row.symbol, str(row.side), row.venue_trade_id, row.executed_at) for row in batch.trades)
        self.heard += ((row.id, row.status, row.is_open, row.payload) for row in batch.orders.values())
        self.heard += ((row.id, row.is_open, row.payload) for row in batch.positions.values())
        self.heard += ((row.source, row.target, row.amount, row.reason) for row in batch.transfers)
        self.heard += ((one.symbol, str(one.side), one.price, one.quantity, one.venue_trade_id) for one in prints)
        self.heard += ((symbol, self.venue.depth(symbol, 10)) for symbol in self.markets)
        self.heard += ((row.account, row.seq, row.cash, row.deposits) for row in batch.accounts.values())

    def take_heard(self) -> list[Any]:
        """All that was said since the last call."""
        heard, self.heard = self.heard, []
        return heard


def server_venue(world: World, last: str | None, refuses: Any, latency: str | None) -> tuple[Any, Any]:
    """The venue itself, and the way there."""
    if latency is None:
        here = paper.PaperVenue(world.markets, last, refuses, world.closable, world.keeps_entries)
        return here, here
    untold = UntoldFills(world.closable)
    there = paper.PaperVenue(world.markets, last, refuses, untold.positions)
    return there, delayed.DelayedVenue(there, untold, delayed.delays_of(latency), cast(Clock, world), 1)


def oracle_venue(world: World, last: str | None, refuses: Any, latency: str | None) -> tuple[Any, Any]:
    parts = tests.oracle.venues
    there: Any = parts.paper.PaperVenue(world.markets, last, refuses)
    way: Any = there
    if latency is not None:
        way = parts.delayed.DelayedVenue(there, parts.delayed.delays_of(latency), cast(Any, world), 1)
    else:
        there.know_coverage(world.keeps_entries)
    way.know_positions(world.closable)
    return there, way
