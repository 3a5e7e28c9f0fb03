"""Whom a request is from: the word of a proxy counts where it is trusted, and nobody else's."""

import pytest

from server.gateway.transport.proxies import TrustedProxies

PROXY, INNER, CLIENT = "127.0.0.1", "10.1.2.3", "192.0.2.7"


def seen(client: str, *forwarded: str) -> str:
    """The address that a request from `client` with these headers is taken to have."""
    headers = [(b"x-forwarded-for", one.encode("latin-1")) for one in forwarded]
    scope = {"client": (client, 5000), "headers": headers}
    TrustedProxies([PROXY, "10.0.0.0/8", "::1"]).see_through(scope)
    found = scope["client"]
    assert isinstance(found, tuple)
    return str(found[0])


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        (PROXY, [CLIENT], CLIENT),
        (PROXY, [f"{CLIENT}:4711"], CLIENT),
        (PROXY, ["[2001:db8::1]:4711"], "2001:db8::1"),
        (PROXY, [f"203.0.113.9, {CLIENT}"], CLIENT),
        (PROXY, ["203.0.113.9", CLIENT], CLIENT),
        (PROXY, [f"{CLIENT}, {INNER}"], CLIENT),
        ("::1", [CLIENT], CLIENT),
        ("::ffff:127.0.0.1", [CLIENT], CLIENT),
        (PROXY, [], PROXY),
        (PROXY, [INNER], INNER),
        (PROXY, ["nonsense"], PROXY),
        (PROXY, [f"{CLIENT}, nonsense"], PROXY),
        (PROXY, ["\xff" * 4000], PROXY),
        (CLIENT, ["203.0.113.9"], CLIENT),
    ],
)
def test_address_is_the_last_that_is_no_trusted_proxy(client: str, forwarded: list[str], address: str) -> None:
    """What a stranger writes before it, or sends alone, is not looked at."""
    assert seen(client, *forwarded) == address


def test_nobody_is_trusted_where_nothing_is_set() -> None:
    """The header is a stranger's."""
    scope = {"client": (PROXY, 5000), "headers": [(b"x-forwarded-for", CLIENT.encode())]}
    TrustedProxies().see_through(scope)
    assert scope["client"] == (PROXY, 5000)


def test_setting_that_is_no_address_is_refused() -> None:
    """At the start, not at the first request."""
    with pytest.raises(ValueError, match=r"here\.example"):
        TrustedProxies(["here.example"])
