"""Who gives way when there are as many connections as may be."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from server.gateway.transport.connections import RESERVED, Connections


class Line:
    """A transport that can only be closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_the_connection_that_waited_longest_gives_way_to_a_new_one() -> None:
    """Of the same address first."""
    counted: Counter[str] = Counter()
    connections = Connections(2, 100, 0, lambda what: counted.update([what]))
    first, second, third, other = Line(), Line(), Line(), Line()
    for one, address in ((other, "192.0.2.9"), (first, "192.0.2.1"), (second, "192.0.2.1"), (third, "192.0.2.1")):
        assert connections.admit(one, address)
    assert [one.closed for one in (other, first, second, third)] == [False, True, False, False]
    assert (len(connections), counted) == (3, {"made_room": 1})


def test_a_connection_at_work_never_gives_way() -> None:
    """Where all are at work, the new one is refused, and counted."""
    counted: Counter[str] = Counter()
    connections = Connections(2, 100, 0, lambda what: counted.update([what]))
    busy = [Line(), Line()]
    for one in busy:
        connections.admit(one, "192.0.2.1")
        connections.works(one)
    assert not connections.admit(Line(), "192.0.2.1")
    assert connections.admit(Line(), "192.0.2.2")
    assert not any(one.closed for one in busy)
    assert counted == {"refused_address": 1}
    connections.waits(busy[0])
    assert connections.admit(Line(), "192.0.2.1")
    assert busy[0].closed


def test_when_all_are_taken_the_address_with_most_idle_ones_gives_way() -> None:
    """Whoever holds few keeps them."""
    connections = Connections(0, 4, 0)
    modest, greedy = Line(), [Line(), Line(), Line()]
    connections.admit(modest, "192.0.2.9")
    for one in greedy[:2]:
        connections.admit(one, "192.0.2.1")
    assert connections.admit(greedy[2], "192.0.2.1")
    assert connections.admit(Line(), "192.0.2.5")
    assert not modest.closed
    assert greedy[0].closed


def test_one_address_gets_half_of_the_descriptors_at_most() -> None:
    """However much the settings allow."""
    connections = Connections(0, 0, RESERVED + 40)
    lines = [Line() for _ in range(20)]
    for one in lines:
        assert connections.admit(one, "192.0.2.1")
        connections.works(one)
    assert not connections.admit(Line(), "192.0.2.1")
    assert connections.admit(Line(), "192.0.2.2")


def test_an_accepted_socket_leaves_its_address_and_keeps_its_descriptor() -> None:
    """Sockets have bounds of their own."""
    connections = Connections(1, 0, RESERVED + 20)
    for _ in range(15):
        socket = Line()
        assert connections.admit(socket, "192.0.2.1")
        connections.became_socket(socket)
    assert len(connections) == 15


STEPS = st.lists(st.tuples(st.sampled_from(["admit", "works", "waits", "socket", "gone"]), st.integers(0, 30)))


@given(steps=STEPS)
def test_what_is_open_is_never_more_than_may_be(steps: list[tuple[str, int]]) -> None:
    """Whatever connections do, in whatever order; and nothing stays of those that are gone."""
    connections = Connections(5, 12, RESERVED + 20)
    lines = [Line() for _ in range(31)]
    opened: set[int] = set()
    for step, number in steps:
        one = lines[number]
        if step == "admit" and number not in opened:
            if connections.admit(one, f"192.0.2.{number % 3}"):
                opened.add(number)
        elif step == "works":
            connections.works(one)
        elif step == "waits":
            connections.waits(one)
        elif step == "socket" and number in opened:
            connections.became_socket(one)
        elif step == "gone":
            connections.gone(one)
            opened.discard(number)
            lines[number] = Line()
        assert len(connections) <= 20
    for one in lines:
        connections.gone(one)
    assert len(connections) == 0


def test_proxy_is_not_one_address() -> None:
    """Many speak through it: the bound of one address is not its bound, the one of all is."""
    connections = Connections(1, 3, 0, is_proxy=lambda address: address == "10.0.0.1")
    lines = [Line() for _ in range(3)]
    assert all(connections.admit(one, "10.0.0.1") for one in lines)
    assert not any(one.closed for one in lines)
