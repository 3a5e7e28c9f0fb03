"""A server that keeps events for a moment only, killed again and again: what is no longer there is said, and nothing else is gone."""

import os
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.kept_books import Kept
from tests.e2e.lines import line
from tests.e2e.servers import Server, running
from tests.e2e.shells import Shell
from tests.e2e.test_crash import LONG, at_any_time, books, trading, within_commit
from tests.eventually import eventually

ROUNDS = 2 * int(os.environ.get("TRADETERM_SOAK", "1"))
SETTINGS = {
    "TRADETERM_SERVER__JOURNAL_KEEP_DAYS": str(0.3 / 86_400),
    "TRADETERM_LIMITS__COMMANDS_PER_S": "0",
    "TRADETERM_LIMITS__READ_BYTES_PER_S": "0",
    "TRADETERM_AUTH__ACCESS_TOKEN_S": "86400",
}
Item = dict[str, Any]


def walked(kept: Kept, server: Server, path: str) -> list[Item]:
    trader, found, cursor = kept.at(server), list[Item](), dict[str, str]()
    while True:
        page = trader.get(path, limit=500, **cursor)
        found += page["items"]
        if page["nextCursor"] is None:
            return found
        cursor = {"cursor": page["nextCursor"]}


def look_through(kept: Kept, server: Server, seen: dict[int, Item]) -> int:
    """How many events are gone. Those that are left follow each other to the end, and are as they were."""
    trader = kept.at(server)
    page = trader.get("/events", limit=500)
    lost = page.get("lostThrough", 0)
    assert page.get("reason") == ("HISTORY_LOST" if lost else None)
    events = page["items"]
    while events and (page := trader.get("/events", after=events[-1]["seq"], limit=500))["items"]:
        assert "lostThrough" not in page or page["items"][0]["seq"] == page["lostThrough"] + 1
        events += page["items"]
    seqs = [one["seq"] for one in events]
    assert seqs == sorted(set(seqs))
    assert max(seqs, default=lost) >= max(seen, default=0)
    assert all(seen.get(one["seq"], one) == one for one in events)
    seen.update({one["seq"]: one for one in events})
    orders, trades = walked(kept, server, "/orders"), walked(kept, server, "/trades")
    ids = [one["clientOrderId"] for one in orders]
    assert len(set(ids)) == len(ids)
    assert kept.answered <= set(ids) <= kept.sent
    filled = sum(Decimal(one["filledQuantity"]) for one in orders)
    assert filled == sum(Decimal(one["quantity"]) for one in trades)
    return int(lost)


def ask_again(kept: Kept, server: Server) -> None:
    """The first order of all, under its client order id once more: it is that order still, and no second one."""
    trader, oldest = kept.at(server), walked(kept, server, "/orders")[-1]
    wanted = ("symbol", "side", "type", "quantity", "price", "clientOrderId")
    answer = trader.http.post("/orders", json={name: oldest[name] for name in wanted})
    assert answer.json()["id"] == oldest["id"], answer.text


@pytest.mark.slow
@LONG
def test_killed_while_old_events_go_nothing_else_goes(tmp_path: Path) -> None:
    draw, both, seen = random.Random(20260103), books(), (dict[int, Item](), dict[int, Item]())
    with running(tmp_path, users=("ann", "bob"), **SETTINGS) as server:
        for number in range(ROUNDS):
            with trading(server, both, draw.randrange(20, 60)):
                (within_commit if number % 2 else at_any_time)(server, draw)
            server.start()
            for kept, known in zip(both, seen, strict=True):
                look_through(kept, server, known)
                ask_again(kept, server)
        ann, known = both[0], seen[0]
        eventually(lambda: look_through(ann, server, known) > 20)
        told = Shell(server.url, ann.at(server).token).run("events")
        assert told.err.startswith("tradeterm: the server no longer keeps events 1 to ")
        assert server.run("db", "check").stdout == "ok\n"
        assert server.run("db", "backup", str(tmp_path / "copy.db")).returncode == 0
        assert server.end() == 0
        assert server.run("db", "check").stdout == "ok\n"
    assert server.run("db", "check", "--db", f"sqlite:///{tmp_path / 'copy.db'}").stdout == "ok\n"


async def test_who_resumes_before_the_cut_is_given_a_snapshot_and_the_reason(tmp_path: Path) -> None:
    """As from any place that the journal does not reach back to."""
    with running(tmp_path, **SETTINGS) as server:
        ann = server.sign_in("ann")
        for _ in range(3):
            ann.order("buy", "0.01", "20000.00")
        eventually(lambda: ann.get("/events").get("lostThrough", 0) > 3)
        async with line(server.url, ann.token) as socket:
            epoch = (await socket.subscribe())["epoch"]
            await socket.ask("unsubscribe", channel="trading")
            answer = await socket.subscribe(place={"epoch": epoch, "seq": 1})
        assert (answer["mode"], answer["reason"]) == ("snapshot", "HISTORY_LOST")
