"""The debug log of a real server: every event, and no secret."""

import re
from pathlib import Path

import orjson

from tests.e2e.servers import PASSWORD, Server, running

LINE = re.compile(r" level=debug event=(trading\.[\w.]+) .*account=(\S+) .*seq=(\d+)")
SECRET = "a-signing-secret-of-more-than-thirty-two-bytes"


def logged(server: Server) -> list[tuple[str, str, int]]:
    return [(found[1], found[2], int(found[3])) for found in map(LINE.search, server.log.splitlines()) if found]


def test_debug_log_has_every_event_once_and_no_secret(tmp_path: Path) -> None:
    """What the journal has of an account is in the log, in its order, under the internal names."""
    flags = ("--feed", "none", "--log-level", "debug")
    with running(tmp_path, *flags, users=("ann", "bob"), TRADETERM_JWT_SECRET=SECRET) as server:
        ann, bob = server.sign_in("ann"), server.sign_in("bob")
        bob.order("sell", "0.01", "45000.00", clientOrderId="bobs-own-id")
        ann.order("buy", "0.01")
        events = ann.events()
        server.end()
    expected = [(f"trading.{one['event'].replace(':', '.')}", "ann", one["seq"]) for one in events]
    assert [line for line in logged(server) if line[1] == "ann"] == expected
    assert "clientOrderId=bobs-own-id" in server.log
    for secret in (PASSWORD, SECRET, ann.token, bob.token, ann.token.rpartition(".")[2]):
        assert secret not in server.log


def test_info_log_has_no_events(tmp_path: Path) -> None:
    """Without being asked the log keeps quiet about trading."""
    with running(tmp_path) as server:
        server.sign_in("ann").order("buy", "0.01", "38000.00")
        server.end()
    assert logged(server) == []


def test_typical_order_event_is_small(tmp_path: Path) -> None:
    """Each event of a filled limit order stays under 800 bytes, as a reader gets it."""
    with running(tmp_path, users=("ann", "bob")) as server:
        ann, bob = server.sign_in("ann"), server.sign_in("bob")
        bob.order("sell", "0.01", "45000.00")
        ann.order("buy", "0.01", "45000.00", clientOrderId="grid-0001")
        sizes = {one["event"]: len(orjson.dumps(one)) for one in ann.events()}
    assert {"order:created", "order:submitted", "order:filled", "trade:executed"} <= set(sizes)
    assert {event: size for event, size in sizes.items() if size >= 800} == {}
