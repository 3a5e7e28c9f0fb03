"""A command that raises is one command: nothing of it was done, and everything goes on as if it had never come."""

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest
import structlog

import server.domain
import server.executor
import server.venues
from server.domain.accounts import Account
from server.domain.commands import CancelAll, Command, Deposit
from server.executor.core import Core
from server.executor.rules import fills, lifecycle
from server.executor.rules.surveillance import Surveillance
from server.executor.state.booked_trades import BookedTrades
from server.executor.state.ledger import Ledger
from server.ports import Place
from server.venues.paper import PaperVenue
from tests.server.executor.rig import Rig, make, opened
from tests.server.executor.scenes import SCENES, commands, flat, long, overdue, underway
from tests.server.executor.whole_state import difference, whole_state
from tradeterm.protocol.vocabulary import ErrorCode, Side, TimeInForce

FOLDERS = tuple(str(Path(next(iter(one.__path__)))) for one in (server.domain, server.executor, server.venues))
SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
TRIES = 3 * SOAK  # places at which each command is made to raise


OUTSIDE = ("runner.py", "items.py")  # what the turn is carried out by


class Broken(Exception):
    """What nobody foresaw."""


class Fuse:
    """Raises at the nth line that is run of the rules, the state and the venue. Counts lines when it never does."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.lines = 0

    def __enter__(self) -> "Fuse":
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code.co_name == "_commit":
            sys.settrace(None)  # what comes after it cannot be undone any more
        is_counted = code.co_filename.startswith(FOLDERS) and not code.co_filename.endswith(OUTSIDE)
        return self._line if is_counted and code.co_name != "is_due" else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event != "line":
            return self._line
        self.lines += 1
        if self.lines == self._left:
            sys.settrace(None)
            raise Broken
        return self._line


def _dropped(logger: Any, method: str, entry: Any) -> Any:
    raise structlog.DropEvent


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    """Hundreds of tracebacks on purpose: none of them is written."""
    before = structlog.get_config()
    structlog.configure(processors=[_dropped], cache_logger_on_first_use=False)
    yield
    structlog.configure(**before)


def seen(rig: Rig) -> tuple[Any, ...]:
    """All that there is: memory, the books, and what was written."""
    rows = rig.journal.rows
    return whole_state(rig.core, rig.venue), dict(rows.orders), dict(rows.accounts), len(rig.journal.batches)


def lines_of(rig: Rig, command: Command) -> int:
    """How many lines a command runs."""
    with Fuse(-1) as fuse:
        rig.do(command)
    return fuse.lines


def go_on(rig: Rig) -> tuple[Any, ...]:
    """Trading afterwards, by everybody, over a midnight and a restart."""
    rig.arrive(0.5)
    rig.order("bob", "buy", "3", "101.5")
    rig.order("ann", "sell", "1", "96.0")
    rig.trade_at("97.0", "4")
    rig.arrive(1)
    rig.beat()
    rig.trade_at("103.5", "2")
    rig.beat(13 * 3600)
    rig.order("cat", "buy", "1")
    rig.arrive(1)
    rig.restart()
    rig.order("bob", "sell", "1", "99.0")
    rig.arrive(1)
    rig.beat()
    return seen(rig)


@pytest.mark.parametrize("scene", [one for one in SCENES if one is not overdue], ids=lambda one: one.__name__)
def test_a_command_that_raises_anywhere_is_undone_whole(scene: Callable[[], Rig]) -> None:
    """At whatever line it fails: 500 with an id, every part of the state as before, and then all goes on as if it had
    never come."""
    chance = Random(scene.__name__)
    for number in range(len(commands(scene()))):
        control, rig = scene(), scene()
        command, again = commands(rig)[number], commands(control)[number]
        before = seen(rig)
        lines = lines_of(control, again)
        for at in [1, *sorted(chance.randint(1, lines) for _ in range(TRIES))]:
            if not _fail_at(rig, at, command, before):
                break
        else:
            _same_afterwards(rig, control, command, chance)


def _same_afterwards(rig: Rig, control: Rig, command: Command, chance: Random) -> None:
    """What was refused as broken is taken now, and whatever follows is as in a world where it never broke."""
    assert rig.do(command).status < 500
    _same(seen(rig), seen(control), command)
    if chance.random() < 0.3:
        _same(go_on(rig), go_on(control), command)


def _fail_at(rig: Rig, line: int, command: Command, before: tuple[Any, ...]) -> bool:
    """False when it never came to that line: what was built anew holds no dead entries, and is quicker through."""
    ids, time = rig.ids.count, (rig.clock.at, rig.clock.seconds)
    with Fuse(line) as fuse:
        answer = rig.do(command)
    if fuse.lines < line:
        return False
    assert (answer.status, answer.code) == (500, ErrorCode.INTERNAL), (line, command)
    assert answer.details["errorId"]
    rig.ids.count = ids
    rig.clock.at, rig.clock.seconds = time
    _same(seen(rig), before, (line, command))
    return True


def _same(one: Any, other: Any, what: object) -> None:
    different = difference(one, other)
    assert different is None, what


# ---------------------------------------------------------------- several at once, and what is no command


def _break(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: Callable[..., bool]) -> None:
    """From here on `owner.name` does what it does, and then raises where `when` says so."""
    kept = getattr(owner, name)

    def broken(*args: Any, **named: Any) -> Any:
        found = kept(*args, **named)
        if when(*args, **named):
            raise Broken
        return found

    monkeypatch.setattr(owner, name, broken)


def test_of_commands_committed_together_only_the_broken_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those before it and behind it have the answers that they would have had."""
    rig = long()
    _break(monkeypatch, lifecycle, "new_order", lambda *args: args[2].quantity == 13)
    answers = rig.together(
        make("ann", "buy", "1", "91.0"), make("ann", "buy", "13", "91.0"), make("bob", "buy", "1", "91.0", "limit")
    )
    assert [answer.status for answer in answers] == [201, 500, 201]
    assert {row.quantity for row in rig.core.ledger.orders.values() if row.price == 91} == {1}


def test_an_answer_that_cannot_be_made_is_a_command_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reply is made when all is settled: when that raises, nothing of the command was done either."""
    rig = long()
    before = seen(rig)
    _break(monkeypatch, Ledger, "figures", lambda ledger, account: account.cash == 1_000_123)
    cash = rig.core.ledger.accounts["ann"].cash
    answer = rig.do(Deposit("ann", Decimal(1_000_123) - cash))
    assert answer.status == 500
    _same(seen(rig), before, "deposit")


def test_an_account_that_cannot_be_looked_at_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat goes on with its other parts; what fails is tried again later, less often each time."""
    rig = long()
    looks: list[float] = []

    def is_ann(watch: Any, account: Account, *rest: Any) -> bool:
        if account.name == "ann":
            looks.append(rig.clock.seconds)
        return account.name == "ann"

    rig.order(
        "bob", "buy", "1", "90.0", time_in_force=TimeInForce.GTD, expire_at=rig.clock.now() + timedelta(seconds=5)
    )
    _break(monkeypatch, Surveillance, "_look_at", is_ann)
    for _ in range(60):
        rig.trade_at("100.5")
        rig.beat(1)
    assert rig.order("ann", "buy", "1", "90.0").status == 201
    assert "expired" in {row.status for row in rig.journal.rows.orders.values() if row.account == "bob"}
    assert len(set(looks)) < 10, "it is left alone for longer each time"


def test_a_step_of_the_flow_loses_only_the_request_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the step is carried out, and the feed goes on."""
    rig = flat()
    _break(monkeypatch, PaperVenue, "execute", lambda venue, request: getattr(request, "quantity", 0) == 13)
    orders = [
        Place(f"f{size}", "", "BTC/USD", Side.BUY, Decimal(size), Decimal(95), TimeInForce.GTC) for size in (1, 13, 2)
    ]
    rig.step(*orders)
    assert (Decimal(95), Decimal(3)) in rig.venue.depth("BTC/USD", 10)[0]


def test_what_arrives_and_cannot_be_taken_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue's report is not lost when it fails, for both sides would never agree again; those behind it do not wait."""
    rig = underway()
    fails = [True]
    _break(monkeypatch, BookedTrades, "take", lambda *_: fails[0])
    for _ in range(4):
        rig.arrive(1)
    accounts = rig.core.ledger.accounts.values()
    assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts)
    held = rig.core.ledger.accounts["bob"].held("BTC/USD")
    fails[0] = False
    for _ in range(12):
        rig.arrive(10)
    assert rig.core.ledger.accounts["bob"].held("BTC/USD") == held - 1
    assert sum(one.held("BTC/USD") for one in rig.core.ledger.accounts.values()) == 0


def test_a_start_that_fails_at_first_sends_what_was_on_its_way_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first turn after a start carries what is sent again: undone, it is not forgotten."""
    rig = underway()
    rig.restart()
    with monkeypatch.context() as broken:
        _break(broken, Core, "handle", lambda *_: True)
        assert rig.order("bob", "buy", "1", "90.0").status == 500
    for _ in range(4):
        rig.arrive(1)
        rig.beat()
    assert all(order.is_resting or order.awaits_trigger for order in rig.core.ledger.orders.values())


def test_a_row_that_the_journal_refuses_costs_its_command_alone() -> None:
    """Of two commands in one commit one makes an order whose key is there already and was not found: that one is 500 and
    never was, the other is done, and so is what comes after them."""
    rig = flat()
    taken = make("ann", "buy", "1", "90.0", client_order_id="same")
    assert rig.do(taken).status == 201
    rig.do(CancelAll("ann", include_exits=True))
    rig.core.ledger.find_order = lambda account, client_id: None
    guilty, other = rig.together(taken, make("bob", "buy", "1", "91.0"))
    assert (guilty.status, guilty.code) == (500, ErrorCode.INTERNAL)
    assert other.status == 201
    rig.do(CancelAll("bob", include_exits=True))
    assert rig.core.ledger.accounts["ann"].orders == {}
    assert rig.order("ann", "buy", "1", "90.0").status == 201


def test_of_an_order_that_fills_in_parts_only_what_failed_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first part counts once, whatever becomes of the second."""
    rig = opened()
    order_id = str(rig.body(rig.order("ann", "buy", "2", "98.0"))["id"])
    rig.flow("sell", "1", "98.0")
    with monkeypatch.context() as broken:
        _break(broken, fills, "_book", lambda *_: True)
        rig.flow("sell", "1", "98.0", TimeInForce.IOC)
    assert rig.core.ledger.orders[order_id].filled == 1
    assert len(rig.core.ledger.booked_trades._booked[order_id]) == 1
    rig.flow("sell", "1", "98.0", TimeInForce.IOC)
    assert rig.core.ledger.accounts["ann"].held("BTC/USD") == 2
