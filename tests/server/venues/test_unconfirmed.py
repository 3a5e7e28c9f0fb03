"""Doubt ends only by proof: found at any time, or absent twice after the request can no longer arrive."""

from random import Random

import pytest

from server.venues.unconfirmed import APART_S, FINDING_S, MARGIN_S, PROCESSING_S, Proof, Unconfirmed

WINDOW_S = 10.0
UNTIL = 100.0 + WINDOW_S + PROCESSING_S + FINDING_S + MARGIN_S


def doubt() -> Unconfirmed:
    return Unconfirmed(sent_at=100.0, window_s=WINDOW_S)


def test_found_is_proof_at_any_time() -> None:
    """Also after any number of absences."""
    early, late = doubt(), doubt()
    assert early.looked(100.1, found=True) is Proof.FOUND
    for seconds in (1.0, 5.0, 24.9):
        assert late.looked(100.0 + seconds, found=False) is None
    assert late.looked(UNTIL + 1, found=False) is None
    assert late.looked(UNTIL + 1.5, found=True) is Proof.FOUND


def test_absent_counts_only_when_the_request_can_no_longer_arrive() -> None:
    """A look-up that began before says nothing, however late its answer."""
    one = doubt()
    assert [one.looked(UNTIL - 0.001, found=False) for _ in range(50)] == [None] * 50
    assert one.looked(UNTIL, found=False) is None
    assert one.looked(UNTIL + APART_S, found=False) is Proof.ABSENT


def test_two_looks_in_one_moment_are_one() -> None:
    """And failed ones are none."""
    one = doubt()
    for began in (UNTIL, UNTIL + 0.1, UNTIL + APART_S - 0.001):
        assert one.looked(began, found=False) is None
    assert one.looked(UNTIL + APART_S, found=None) is None
    assert one.looked(UNTIL + APART_S, found=False) is Proof.ABSENT


def test_one_that_comes_after_its_absence_was_proven_is_adopted() -> None:
    """The proof is as good as the exchange's word; the order itself is better."""
    one = doubt()
    one.looked(UNTIL, found=False)
    one.looked(UNTIL + APART_S, found=False)
    assert one.looked(UNTIL + 60, found=True) is Proof.FOUND
    assert one.looked(UNTIL + 61, found=False) is Proof.FOUND


@pytest.mark.parametrize("seed", range(200))
def test_nobody_is_told_absent_of_an_order_that_comes_in_its_time(seed: int) -> None:
    """Whenever within its deadline it arrives, look-ups failing at random and looking when it is told to."""
    chance = Random(seed)
    one, now = doubt(), 100.0
    comes = chance.choice([None, chance.uniform(100, UNTIL - MARGIN_S)])
    for _ in range(1_000):
        now = one.next_look(now) + chance.uniform(0, 0.5)
        found = None if chance.random() < 0.4 else comes is not None and now >= comes
        if one.looked(now, found=found) is not None:
            break
    assert one.proof is (Proof.ABSENT if comes is None else Proof.FOUND)
    assert now < UNTIL + 60
