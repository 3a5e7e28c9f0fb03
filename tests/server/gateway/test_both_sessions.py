"""Both session modules against each other over a channel that loses, doubles and breaks: the promise of the stream."""

import os

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from server.gateway.native.connection import NativeConnection
from tests.server.gateway.rig import GatewayRig, MemoryWire
from tradeterm.client.session import TRADING, Event, Fact, Output, Session, Snapshot, StreamPosition

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
PATIENCE = 5_000  # messages; forty steps make some hundreds


class LossyStream(RuleBasedStateMachine):
    """One client of `ann`, whose lines come and go while events are committed."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = GatewayRig()
        self.rig.journal.append("ann")
        self.position: StreamPosition | None = None
        self.applied: list[int] = []  # seqs, each as it was applied
        self.begin = 0  # the seq of the snapshot that they follow
        self.open_line()

    # ------------------------------------------------------------ the line

    def open_line(self) -> None:
        self.peer: NativeConnection
        self.wire: MemoryWire
        self.peer, self.wire = self.rig.connect(None)
        self.client = Session("ann", {TRADING: self.position}, self.rig.clock.monotonic())
        self.is_faithful = True  # whether all that was written to this line arrives, each once
        self.asked_at: list[int] = []  # the head at each subscribe over this line
        self.send(self.client.opened())

    def send(self, output: Output) -> None:
        for fact in output.facts:
            self.apply(fact)
        for text in output.send:
            if '"op":"subscribe"' in text:
                self.asked_at.append(self.rig.journal.head("ann"))
            self.peer.receive(text)
            self.rig.turns.run()

    def apply(self, fact: Fact) -> None:
        if isinstance(fact, Snapshot):
            assert fact.seq == self.asked_at[-1]
            self.begin, self.applied = fact.seq, []
        elif isinstance(fact, Event):
            assert fact.seq is not None
            assert fact.data == {"order": {"id": f"ann-{fact.seq}"}}
            self.applied.append(fact.seq)

    def deliver(self, count: int) -> None:
        for _ in range(min(count, len(self.wire.written))):
            text = self.wire.written.pop(0).decode()
            self.send(self.client.received(text, self.rig.clock.monotonic()))
            said = orjson.loads(text)
            if said.get("op") == "live" and self.is_faithful:
                assert said["seq"] == self.begin + len(self.applied)

    # ------------------------------------------------------------ what happens

    @rule(count=st.integers(1, 4), others=st.booleans(), lost=st.sampled_from((None, 1)))
    def commit(self, count: int, others: bool, lost: int | None) -> None:
        """Events come in one turn, for others too; the bus may lose one among them."""
        for number in range(count):
            if number == lost:
                self.rig.journal.append("ann")
            self.rig.commit("ann", *(["bob"] if others else []))
        self.rig.turns.run()

    @rule()
    def commit_that_the_bus_loses(self) -> None:
        self.rig.journal.append("ann")

    @rule(count=st.integers(1, 40))
    def receive(self, count: int) -> None:
        self.deliver(count)

    @rule(which=st.integers(0, 10))
    def lose_an_event(self, which: int) -> None:
        """A frame is lost on the way: TCP does not do that, but a client that could not tell would never be sure."""
        events = [index for index, one in enumerate(self.wire.written) if b'"event"' in one[:10]]
        if events:
            del self.wire.written[events[which % len(events)]]
            self.is_faithful = False

    @rule(which=st.integers(0, 10))
    def double_an_event(self, which: int) -> None:
        events = [index for index, one in enumerate(self.wire.written) if b'"event"' in one[:10]]
        if events:
            index = events[which % len(events)]
            self.wire.written.insert(index, self.wire.written[index])

    @rule(got_through=st.integers(0, 40))
    def break_the_line(self, got_through: int) -> None:
        """Some of what was on its way arrives, the rest is gone; the server notices now."""
        self.deliver(got_through)
        self.position = self.client.positions()[TRADING]
        self.peer.gone()
        self.open_line()

    @rule()
    def break_the_line_unnoticed(self) -> None:
        """The server goes on writing to the old socket."""
        self.position = self.client.positions()[TRADING]
        self.open_line()

    @precondition(lambda self: self.wire.ready)
    @rule()
    def stall(self) -> None:
        self.wire.ready = False

    @precondition(lambda self: not self.wire.ready)
    @rule()
    def go_on(self) -> None:
        self.wire.ready = True
        self.peer.drained()
        self.rig.turns.run()

    @rule(seconds=st.sampled_from((1, 1, 1, 5, 16)))
    def time_passes(self, seconds: int) -> None:
        self.rig.clock.advance(seconds)
        self.send(self.client.tick(self.rig.clock.monotonic()))
        self.rig.hub.tick()
        self.rig.turns.run()
        if self.wire.closed is not None:  # nothing was heard for too long
            self.break_the_line(len(self.wire.written))

    # ------------------------------------------------------------ what always holds

    @invariant()
    def nothing_is_skipped_doubled_or_out_of_order(self) -> None:
        assert self.applied == list(range(self.begin + 1, self.begin + 1 + len(self.applied)))

    @invariant()
    def a_line_that_keeps_all_is_asked_once(self) -> None:
        """The client would mend what the server left out: on such a line there is nothing to mend."""
        assert len(self.asked_at) <= 1 or not self.is_faithful

    @invariant()
    def nothing_of_others_is_on_the_wire(self) -> None:
        for payload in self.wire.written:
            assert b"bob" not in payload, orjson.loads(payload)

    def teardown(self) -> None:
        """When the line holds at last, everything is there: over the line as it is, and over a new one. One event comes
        while the wire takes nothing, and the bus loses the last of all: no other follows that would show it."""
        self.stall()
        self.commit(1, others=False, lost=None)
        self.go_on()
        self.commit_that_the_bus_loses()
        self.settle()
        self.break_the_line(0)
        self.settle()

    def settle(self) -> None:
        """Two heartbeats, and everything that is written because of them."""
        for _ in range(2):
            self.time_passes(6)
            for _ in range(PATIENCE):
                if not self.wire.written:
                    break
                self.deliver(1)
            assert not self.wire.written, "the two ask and answer each other in circles"
        self.nothing_is_skipped_doubled_or_out_of_order()
        self.a_line_that_keeps_all_is_asked_once()
        assert self.begin + len(self.applied) == self.rig.journal.head("ann")


TestLossyStream = LossyStream.TestCase
TestLossyStream.settings = settings(max_examples=50 * SOAK, stateful_step_count=40, deadline=None)
