"""Guessing is slow, and nobody who knows their password is kept out by what others do."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.identity.sign_in_guard import NAME_WAIT_S, SignInGuard, address_key
from tests.fakes import ManualClock

FAILURES, WINDOW_S = 5, 900.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def guard(clock: ManualClock) -> SignInGuard:
    return SignInGuard(FAILURES, WINDOW_S, clock, successes_per_min=60)


def looked_at(guard: SignInGuard, name: str, address: str, times: int) -> int:
    """Of so many attempts that all fail, how many were looked at."""
    return sum(guard.attempt(name, address) == 0.0 for _ in range(times))


def sign_in(guard: SignInGuard, name: str, address: str) -> float:
    """An attempt with the right password; the wait where there is one."""
    wait = guard.attempt(name, address)
    if not wait:
        guard.succeeded(name, address)
    return wait


def test_five_failures_and_then_a_wait_that_doubles(guard: SignInGuard, clock: ManualClock) -> None:
    """Of one user from one address; never longer than the window, and over when that has passed."""
    assert looked_at(guard, "ann", "192.0.2.1", 50) == FAILURES
    waits = []
    for _ in range(14):
        waits.append(guard.attempt("ann", "192.0.2.1"))
        clock.advance(waits[-1])
        assert guard.attempt("ann", "192.0.2.1") == 0.0
    assert waits[:4] == pytest.approx([1.0, 2.0, 4.0, 8.0], rel=0.1)
    assert max(waits) <= WINDOW_S
    clock.advance(20 * WINDOW_S)
    assert looked_at(guard, "ann", "192.0.2.1", 50) == FAILURES


def test_bot_with_an_old_password_shuts_nobody_out_behind_its_address(guard: SignInGuard, clock: ManualClock) -> None:
    """Ten tries a second for a quarter of an hour; ann, who signs in there for the first time, is in at once."""
    tried = 0
    for _ in range(9000):
        tried += looked_at(guard, "eve", "192.0.2.1", 1)
        clock.advance(0.1)
    assert tried < 20
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0


def test_wrong_passwords_from_anywhere_leave_the_user_where_they_have_been(guard: SignInGuard) -> None:
    """A thousand addresses guess; at home it goes on, and from a new place it takes half a minute at most."""
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0
    tried = sum(looked_at(guard, "ann", f"198.51.{n // 250}.{n % 250}", FAILURES) for n in range(1000))
    assert tried == 10 * FAILURES
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0
    assert 0 < guard.attempt("ann", "203.0.113.7") <= NAME_WAIT_S
    assert guard.attempt("ann", "203.0.113.7", is_known=True) == 0.0


def test_five_failures_from_elsewhere_are_no_bound(guard: SignInGuard) -> None:
    """For the right password of a user who was never here before."""
    assert looked_at(guard, "ann", "198.51.100.1", 10) == FAILURES
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0


def test_address_that_tries_every_name_is_slowed_down_too(guard: SignInGuard) -> None:
    """Far later than one name is; who has signed in from there before still does."""
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0
    tried = sum(looked_at(guard, f"user{n}", "192.0.2.1", 3) for n in range(1000))
    assert tried == 20 * FAILURES
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0
    assert guard.attempt("bob", "192.0.2.1") > 0
    assert guard.attempt("bob", "192.0.2.2") == 0.0


def test_house_has_one_ipv6_prefix(guard: SignInGuard) -> None:
    """Its addresses count as one."""
    assert sum(looked_at(guard, "ann", f"2001:db8::{n}", 1) for n in range(1, 20)) == FAILURES


def test_success_forgets_what_was_mistyped(guard: SignInGuard) -> None:
    """Four wrong ones and the right one, again and again."""
    for _ in range(10):
        assert looked_at(guard, "ann", "192.0.2.1", FAILURES - 1) == FAILURES - 1
        assert sign_in(guard, "ann", "192.0.2.1") == 0.0


def test_right_passwords_are_limited_too(guard: SignInGuard, clock: ManualClock) -> None:
    """A program that signs in for each request is slowed down, by itself alone and not for long."""
    assert [sign_in(guard, "ann", "192.0.2.1") for _ in range(60)] == [0.0] * 60
    assert 0 < guard.attempt("ann", "192.0.2.1") <= 10.0
    assert sign_in(guard, "bob", "192.0.2.1") == 0.0
    assert sign_in(guard, "ann", "192.0.2.2") == 0.0
    clock.advance(10.0)
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0


def test_memory_is_bounded_whatever_is_sent(clock: ManualClock) -> None:
    """However many names and addresses, and however long a name is."""
    guard = SignInGuard(FAILURES, WINDOW_S, clock, size=100)
    for number in range(5_000):
        guard.attempt(f"user{number}", f"192.0.{number % 250}.{number // 250}")
        guard.attempt("x" * 60_000, "192.0.2.1")
        sign_in(guard, f"good{number}", "192.0.2.1")
    assert len(guard) <= 500
    keys = [key for tally in (guard._pairs, guard._addresses, guard._names) for key in tally._counts]
    assert max(map(len, keys)) < 100


def test_no_bound_is_no_bound(clock: ManualClock) -> None:
    """0 failures in the settings."""
    assert looked_at(SignInGuard(0, WINDOW_S, clock), "ann", "192.0.2.1", 1000) == 1000


STRANGERS = st.tuples(
    st.sampled_from(["ann", "bob", "eve", "?", "x" * 40]),
    st.sampled_from(["192.0.2.1", "192.0.2.2", "198.51.100.1", "2001:db8::1"]),
    st.floats(0, 40),
)


@settings(max_examples=100, deadline=None)
@given(tries=st.lists(STRANGERS, max_size=200))
def test_nobody_is_kept_out_of_where_they_have_been(tries: list[tuple[str, str, float]]) -> None:
    """Whatever others try meanwhile, from there with other names or from elsewhere with this one; and nobody is looked at
    more than ten times in the first five minutes for a name from an address."""
    clock = ManualClock()
    guard = SignInGuard(FAILURES, WINDOW_S, clock)
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0
    looked: Counter[tuple[str, str]] = Counter()
    for name, address, passes in tries:
        if (name, address) != ("ann", "192.0.2.1") and not guard.attempt(name, address):
            looked[name, address] += clock.monotonic() < 300
        clock.advance(passes)
    assert sign_in(guard, "ann", "192.0.2.1") == 0.0
    assert max(looked.values(), default=0) <= 2 * FAILURES + 5


def test_an_address_that_is_none_counts_as_it_is_written() -> None:
    """A transport that has no better name for its client is counted all the same."""
    assert address_key("not:an:address") == "not:an:address"
    assert address_key("") == ""
