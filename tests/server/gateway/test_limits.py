"""What one user, one address and one socket may ask for, with a clock that the test moves."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from server.gateway.limits import MOST_OWED_S, Buckets, GatewayLimits, Limits, SessionLimits, TokenBucket


class Time:
    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 5, tzinfo=UTC)


def test_a_burst_is_taken_and_then_the_rate() -> None:
    """What was not asked for is saved up to the burst, and no further."""
    bucket = TokenBucket(rate=2, burst=3, at=0)
    assert [bucket.take(1000) for _ in range(4)] == [0, 0, 0, 0.5]
    assert bucket.take(1000.5) == 0
    assert bucket.take(1000.5) == 0.5


def test_rate_0_is_no_bound() -> None:
    """Whoever turns a limit off means it."""
    bucket = TokenBucket(rate=0, burst=0, at=0)
    assert not any(bucket.take(0) for _ in range(1000))


@given(st.lists(st.floats(min_value=0, max_value=3), max_size=60))
def test_never_more_than_burst_and_rate_allow(waits: list[float]) -> None:
    """However the attempts lie in time; and who waits as long as they were told is served."""
    rate, burst, now = 4.0, 8.0, 0.0
    bucket, taken = TokenBucket(rate, burst, now), 0
    for wait in waits:
        now += wait
        told = bucket.take(now)
        taken += not told
        assert taken <= burst + rate * now + 1e-6
        if told:
            now += told + 1e-9
            assert bucket.take(now) == 0
            taken += 1


def test_keys_do_not_touch_each_other_and_are_bounded() -> None:
    """One address uses up its own tokens; the longest unused key is forgotten first."""
    buckets = Buckets(rate=1, burst=1, clock=Time(), size=2)
    assert (buckets.take("a"), buckets.take("a"), buckets.take("b")) == (0, 1, 0)
    buckets.take("c")
    assert len(buckets) == 2
    assert buckets.take("a") == 0  # forgotten, so it starts afresh


def test_a_flood_of_entries_keeps_nobody_from_getting_out() -> None:
    """Cancels and exits have a budget of their own."""
    limits = Limits(GatewayLimits(commands_per_s=1), Time())
    assert [limits.command("ann") for _ in range(3)] == [0, 0, 1]
    assert limits.command("ann", relief=True) == 0
    assert limits.command("bob") == 0


def test_an_ipv6_house_is_one_address() -> None:
    """A /64 belongs to one house, which could otherwise be 2**64 callers."""
    limits = Limits(GatewayLimits(sockets_per_min=1), Time())
    assert limits.connection("2001:db8:0:1::1") == 0
    assert limits.connection("2001:db8:0:1:ffff::2") > 0
    assert limits.connection("2001:db8:0:2::1") == 0
    assert limits.connection("::ffff:192.0.2.1") == 0
    assert limits.connection("192.0.2.1") > 0


def test_sockets_are_counted_in_and_out() -> None:
    """Who is refused was not counted; who leaves makes room."""
    limits = Limits(GatewayLimits(sockets_per_user=2), Time())
    assert [limits.enter("ann") for _ in range(3)] == [True, True, False]
    limits.leave("ann")
    assert [limits.enter("ann"), limits.enter("ann"), limits.enter("bob")] == [True, False, True]


def test_no_honest_socket_meets_its_budget() -> None:
    """All its commands, with acknowledgements, pongs and pings beside them, for a minute."""
    limits = SessionLimits(commands_per_s=100)
    bucket = limits.messages(0.0)
    assert not any(bucket.take(n / 400) for n in range(24_000))
    assert any(bucket.take(60.0) for _ in range(3_000))


def test_what_was_read_too_fast_is_waited_for() -> None:
    """A user pays for theirs, and so does their address, which many may share; others wait for nothing."""
    clock = Time()
    limits = Limits(GatewayLimits(read_bytes_per_s=100), clock)
    limits.read("ann", "192.0.2.1", 10_000)
    wait = limits.read_wait("ann", "192.0.2.1")
    assert wait > 0
    assert limits.read_wait("bob", "192.0.2.1") == 0
    assert limits.read_wait(None, "192.0.2.2") == 0
    limits.read(None, "192.0.2.1", 100_000)
    assert limits.read_wait(None, "192.0.2.1") > 0
    clock.seconds += wait
    assert limits.read_wait("ann", "192.0.2.1") == 0


def test_what_strangers_owe_is_bounded() -> None:
    """The address may be shared: however much was read, who comes later does not wait for ever."""
    limits = Limits(GatewayLimits(read_bytes_per_s=400), Time())
    for _ in range(1_000):
        limits.stranger("192.0.2.1", 10_000)
    once = Limits(GatewayLimits(read_bytes_per_s=400), Time())
    once.stranger("192.0.2.1", 10_000)
    assert limits.stranger_wait("192.0.2.1") <= 2 * once.stranger_wait("192.0.2.1") + MOST_OWED_S
    assert limits.stranger_wait("192.0.2.2") == 0


def test_places_that_are_left_are_free_again() -> None:
    """As many sockets as may be, and one that leaves makes room for one; what never entered leaves nothing behind."""
    limits = Limits(GatewayLimits(sockets_per_user=2), Time())
    assert [limits.enter("ann") for _ in range(3)] == [True, True, False]
    limits.leave("ann")
    assert [limits.enter("ann") for _ in range(2)] == [True, False]
    limits.leave("bob")
    assert limits.enter("bob")


def test_nothing_read_is_charged_where_the_limit_is_off() -> None:
    """0 is off."""
    limits = Limits(GatewayLimits(read_bytes_per_s=0), Time())
    limits.read("ann", "192.0.2.1", 10**9)
    limits.stranger("192.0.2.1", 10**9)
    assert limits.read_wait("ann", "192.0.2.1") == limits.stranger_wait("192.0.2.1") == 0


def test_each_tls_handshake_of_an_address_has_its_turn() -> None:
    """Those of one address wait for each other; another address is served at once."""
    clock = Time()
    limits = Limits(GatewayLimits(), clock)
    waits = [limits.handshake("192.0.2.1") for _ in range(1_000)]
    assert waits[0] == 0.0
    assert waits == sorted(waits)
    assert waits[-1] > 0
    assert limits.handshake("192.0.2.2") == 0.0
    clock.seconds += waits[-1] + 1
    assert limits.handshake("192.0.2.1") == 0.0
