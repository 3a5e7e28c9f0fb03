"""One Socket.IO client: which channels it may read, how many, and what ends it."""

import json
from datetime import timedelta
from typing import Any, NoReturn

import pytest

from server.gateway.socketio.connection import SocketIoConnection, head_of, history_of, reaches_back
from server.gateway.streams.ack_window import LagLimit
from server.gateway.streams.epoch import EVERYBODY
from tests.server.gateway.rig import PEOPLE, GatewayRig, MemoryWire
from tradeterm.protocol.vocabulary import CloseCode

BOOK, TICKER = "market:BTC/USD:book", "market:BTC/USD:ticker"


class Wire(MemoryWire):
    """As a Socket.IO connection knows it."""

    kind = "socketio-polling"

    def events(self) -> list[tuple[str, Any]]:
        """What was said since the last time, by event: a packet is `42["event",…]`."""
        taken, self.written = self.written, []
        return [(said[0], said[1]) for said in (json.loads(one[2:]) for one in taken)]


class House:
    """A client of a gateway without sockets."""

    def __init__(self, who: str = "ann", subscriptions: int = 2, allowance: LagLimit | None = None) -> None:
        self.rig = GatewayRig(allowance)
        self.wire, self.ends = Wire(), 0
        self.client = SocketIoConnection(
            "s-1",
            PEOPLE[who],
            self.rig.hub,
            subscriptions,
            self._gone,
            lambda drained: self.wire,  # type: ignore[arg-type, return-value]
        )

    def _gone(self) -> None:
        self.ends += 1

    def channels(self) -> tuple[str, ...]:
        return self.client.status().channels


# ---------------------------------------------------------------- channels


def test_a_channel_is_read_from_when_it_was_asked_for_and_once() -> None:
    """To ask again is answered, and changes nothing; so does leaving one that is not read."""
    house = House()
    for _ in range(2):
        house.client.subscribe(BOOK)
        assert house.wire.events()[-1] == ("subscribed", {"channel": BOOK})
    assert (house.channels(), house.rig.markets.watched) == ((BOOK,), [BOOK])
    for _ in range(2):
        house.client.unsubscribe(BOOK)
        assert house.wire.events() == [("unsubscribed", {"channel": BOOK})]
    assert (house.channels(), house.rig.markets.watched) == ((), [])


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("ann", "market:NO/NE:book"),
        ("ann", "market:BTC/USD:secrets"),
        ("ann", "nothing"),
        ("ann", ""),
        ("root", "trading"),
    ],
)
def test_what_is_not_theirs_is_not_read(who: str, name: str) -> None:
    """A market that there is not, and trading for who has none."""
    house = House(who)
    house.client.subscribe(name)
    ((event, said),) = house.wire.events()
    assert (event, said["code"]) == ("error", "FORBIDDEN")
    assert house.channels() == ()


def test_a_socket_reads_so_many_markets_and_no_more() -> None:
    """One that is left gives its place to another; trading takes none."""
    house = House(subscriptions=1)
    for name in ("trading", BOOK, TICKER):
        house.client.subscribe(name)
    event, said = house.wire.events()[-1]
    assert (event, said["code"]) == ("error", "RATE_LIMITED")
    assert house.channels() == (BOOK, "trading")
    house.client.unsubscribe(BOOK)
    house.client.subscribe(TICKER)
    assert house.channels() == (TICKER, "trading")


def test_a_channel_that_was_not_said_is_asked_for() -> None:
    house = House()
    house.client.refuse_shape()
    ((event, said),) = house.wire.events()
    assert (event, said["code"]) == ("error", "VALIDATION_FAILED")
    assert "channel" in said["message"]


@pytest.mark.parametrize(("who", "heard"), [("ann", ["ann"]), ("mona", ["ann", "bob"])])
def test_a_trader_reads_their_own_stream_and_a_monitor_everybody_s(who: str, heard: list[str]) -> None:
    """From the head on: what was before is not told again."""
    house = House(who)
    house.rig.commit("ann", "bob")
    house.client.subscribe("trading")
    house.wire.events()
    house.rig.commit("ann", "bob")
    house.rig.turns.run()
    assert [said["order"]["id"] for _, said in house.wire.events()] == [f"{name}-2" for name in heard]
    assert house.client.status().events_sent == len(heard)


# ---------------------------------------------------------------- its end


@pytest.mark.parametrize(("seconds", "closed"), [(86_399.9, None), (86_400.0, CloseCode.TOKEN_EXPIRED)])
def test_a_token_s_end_is_the_connection_s(seconds: float, closed: int | None) -> None:
    """By steady time: a wall clock that is set meanwhile makes it no longer and no shorter."""
    house = House()
    house.rig.clock.set_wall(timedelta(days=30))
    house.rig.clock.advance(seconds)
    house.client.tick(house.rig.clock.monotonic())
    assert (house.wire.closed or (None,))[0] == closed


def test_a_reader_that_stays_behind_is_closed() -> None:
    """Not at once, and not when it has read meanwhile."""
    house = House(allowance=LagLimit(seconds=10))
    for passed, ready in ((0, False), (9, True), (1, False), (9.9, False)):
        house.wire.ready = ready
        house.rig.clock.advance(passed)
        house.client.tick(house.rig.clock.monotonic())
        assert house.wire.closed is None
    house.rig.clock.advance(0.2)
    house.client.tick(house.rig.clock.monotonic())
    assert house.wire.closed == (CloseCode.SLOW, "the reader stays behind")


def test_whoever_ends_it_everything_is_let_go_of_once() -> None:
    """The hub, the markets and whoever made it hear of the first end alone."""
    house = House()
    house.client.subscribe(BOOK)
    house.client.revoke()
    assert house.wire.closed == (CloseCode.SESSION_REVOKED, "the session has ended")
    house.client.close(CloseCode.SLOW, "late")
    house.client.gone()
    assert (house.ends, house.rig.hub.statuses(), house.rig.markets.watched) == (1, [], [])
    assert house.wire.closed[0] == CloseCode.SESSION_REVOKED


def test_it_belongs_to_its_own_session_alone() -> None:
    house = House()
    assert house.client.belongs_to("s-ann")
    assert not house.client.belongs_to("s-bob")


# ---------------------------------------------------------------- whose history


def test_a_place_is_within_reach_when_what_follows_it_is_still_kept() -> None:
    """A user's by their own numbers, a monitor's by those of all; a place that nothing has reached yet is none."""
    rig = GatewayRig()
    rig.commit("bob", "ann", "ann")
    ann, mona = PEOPLE["ann"], PEOPLE["mona"]
    assert (history_of(ann), history_of(mona)) == ("ann", EVERYBODY)
    assert (head_of(rig.hub, ann), head_of(rig.hub, mona)) == (2, 3)
    assert [reaches_back(rig.hub, ann, place) for place in (0, 1, 2)] == [True, True, False]
    assert [reaches_back(rig.hub, mona, place) for place in (0, 2, 3)] == [True, True, False]
    rig.journal.rows = [row for row in rig.journal.rows if row.cursor > 2]
    assert [reaches_back(rig.hub, ann, place) for place in (0, 1)] == [False, True]
    assert [reaches_back(rig.hub, mona, place) for place in (0, 1, 2)] == [False, False, True]


def test_who_reads_what_cannot_be_read_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged record, say: the client comes back by itself, and is told then."""
    house = House()
    house.client.subscribe("trading")
    house.wire.ready = False
    house.rig.commit("ann")
    house.rig.turns.run()

    def failing(*_: object) -> NoReturn:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(house.rig.journal, "events", failing)
    house.wire.ready = True
    house.client.drained()
    house.rig.turns.run()
    assert (house.wire.closed, house.ends) == ((CloseCode.INTERNAL, "the server made a mistake"), 1)
