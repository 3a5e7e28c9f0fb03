"""Clock and ids of the real world."""

import random
import re
import uuid

from server.clock_and_ids import SystemClock, Uuid7Ids

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_ids_are_unique_sorted_uuid7() -> None:
    """Ten thousand ids made in a rush are valid, different, and sort in the order of their making."""
    ids = Uuid7Ids(random.Random(7))
    made = [ids.new() for _ in range(10_000)]
    assert all(UUID7.fullmatch(one) for one in made)
    assert uuid.UUID(made[0]).version == 7
    assert len(set(made)) == len(made)
    assert sorted(made) == made


def test_ids_of_one_moment_differ_at_their_ends() -> None:
    """An order and its twin are told apart by the six digits that a table has room for."""
    ids = Uuid7Ids(random.Random(7))
    for _ in range(200):
        pair = [ids.new()[-6:], ids.new()[-6:]]
        assert pair[0] != pair[1]


def test_clock_is_aware_and_monotonic() -> None:
    """Wall time knows its zone; the other clock never goes back."""
    clock = SystemClock()
    assert clock.now().utcoffset() is not None
    assert clock.monotonic() <= clock.monotonic()
