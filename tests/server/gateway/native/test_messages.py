"""What the server says beside events: refusals, results, and snapshots in parts."""

from typing import Any

import orjson
import pytest

from server.gateway.native import messages
from server.gateway.native.messages import PART_ITEMS


def test_a_refusal_says_what_it_is_about() -> None:
    """Only what there is to say: no id where none was sent, no time to come back where there is none."""
    assert orjson.loads(messages.error("BUSY", "later")) == {"op": "error", "code": "BUSY", "message": "later"}
    full = orjson.loads(messages.error("BUSY", "later", request=0, retry_ms=250, details={"field": "price"}))
    assert (full["id"], full["retryMs"], full["details"]) == (0, 250, {"field": "price"})


def test_what_is_not_there_is_refused_like_what_is_not_theirs() -> None:
    """In the same words, so that nobody learns which."""
    assert orjson.loads(messages.forbidden(3)) == orjson.loads(messages.forbidden()) | {"id": 3}


@pytest.mark.parametrize("request_id", [1, 'a "name"', None])
def test_a_result_carries_its_bytes_and_the_id_as_it_was_sent(request_id: messages.Id) -> None:
    said = orjson.loads(messages.result(request_id, b'{"id":"o-1"}', 9))
    assert said == {"op": "result", "id": request_id, "ok": True, "data": {"id": "o-1"}, "seq": 9}


def test_a_place_is_a_seq_to_its_owner_and_a_cursor_to_a_monitor() -> None:
    assert orjson.loads(messages.live("trading", 7)) == {"op": "live", "channel": "trading", "seq": 7}
    assert orjson.loads(messages.live("trading", "k1:7")) == {"op": "live", "channel": "trading", "cursor": "k1:7"}


def told(accounts: list[tuple[str | None, messages.Contents]]) -> list[dict[str, Any]]:
    return [orjson.loads(part) for part in messages.snapshot("trading", 5, accounts)]


def test_a_snapshot_of_nothing_has_one_part() -> None:
    """So that a reader knows when it has all."""
    assert told([]) == [{"op": "snapshot", "channel": "trading", "asOf": 5, "part": 1, "of": 1, "data": {}}]
    (part,) = told([(None, {"orders": [], "positions": [], "account": [b'{"cash":"1"}']})])
    assert part["data"] == {"orders": [], "positions": [], "account": {"cash": "1"}}


@pytest.mark.parametrize("orders", [PART_ITEMS - 1, PART_ITEMS, PART_ITEMS + 1, 2 * PART_ITEMS + 50])
def test_a_large_account_comes_in_parts_that_lose_and_double_nothing(orders: int) -> None:
    """None with more items than there may be in one; the account's own figures are in the first alone."""
    contents = {
        "orders": [b'{"id":%d}' % number for number in range(orders)],
        "positions": [b'{"symbol":"BTC/USD"}'],
        "account": [b'{"cash":"1"}'],
    }
    parts = told([(None, contents)])
    assert [part["part"] for part in parts] == list(range(1, len(parts) + 1))
    assert {part["of"] for part in parts} == {len(parts)}
    sizes = [len(part["data"]["orders"]) + len(part["data"]["positions"]) for part in parts]
    assert max(sizes) <= PART_ITEMS
    assert [one["id"] for part in parts for one in part["data"]["orders"]] == list(range(orders))
    assert sum(len(part["data"]["positions"]) for part in parts) == 1
    assert ["account" in part["data"] for part in parts] == [True] + [False] * (len(parts) - 1)


def test_a_monitor_is_told_of_each_part_whose_it_is() -> None:
    """Parts of two accounts are counted through, and never mixed."""
    many = {"orders": [b"{}"] * (PART_ITEMS + 1)}
    parts = told([("ann", many), ("bob", {"orders": [b"{}"]})])
    assert [(part["account"], part["part"], part["of"]) for part in parts] == [
        ("ann", 1, 3),
        ("ann", 2, 3),
        ("bob", 3, 3),
    ]
