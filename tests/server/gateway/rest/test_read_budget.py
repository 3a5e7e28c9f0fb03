"""Reading is paid for by what is read: who reads too much waits, and nobody else notices."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.gateway.limits import GatewayLimits
from server.gateway.rest import read_budget
from server.gateway.rest.turns import ITEMS_A_SLICE, Turns
from server.ports import Batch, Page
from tests.contracts.journals import of_trades, trade
from tests.server.gateway.rest.rig import PASSWORD, Rig, refusal
from tradeterm.protocol.vocabulary import Role, Scope

READERS = ("ann", "bob", "cat", "dan", "eve", "fay")


def trades_of(name: str) -> Batch:
    """A page of some 50 KB."""
    rows = [replace(trade(number, name), id=f"{name}-{number}") for number in range(100)]
    return of_trades(
        *(replace(row, payload=b'{"id":"%b","text":"%b"}' % (row.id.encode(), b"x" * 500)) for row in rows)
    )


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr(read_budget, "PATIENCE_S", 0.01)
    rig = Rig(GatewayLimits(read_bytes_per_s=100_000))  # 400 KB saved up
    for name in READERS:
        rig.history.commit(trades_of(name))
    return rig


async def test_a_user_who_reads_too_much_is_told_when_to_come_back(rig: Rig) -> None:
    """429 with Retry-After once what was saved up is read; after that time it goes on."""
    ann, bob = await rig.signed_in("ann"), await rig.signed_in("bob")
    answers = [await ann.get("/trades") for _ in range(12)]
    statuses = [one.status_code for one in answers]
    assert statuses[:8] == [200] * 8
    assert statuses[-1] == 429
    assert refusal(answers[-1]) == (429, "RATE_LIMITED")
    assert (await bob.get("/trades")).status_code == 200
    rig.clock.advance(int(answers[-1].headers["Retry-After"]))
    assert (await ann.get("/trades")).status_code == 200


async def test_token_that_only_reads_has_a_budget_of_its_own(rig: Rig) -> None:
    """Whoever was given one takes nothing away from the bot that trades."""
    reader, bot = await rig.signed_in("ann", Scope.READ), await rig.signed_in("ann")
    while (await reader.get("/trades")).status_code == 200:
        pass
    assert (await bot.get("/trades")).status_code == 200


async def test_trading_goes_on_for_who_has_read_too_much(rig: Rig) -> None:
    """The budget is for reading: orders and cancels are charged elsewhere."""
    ann = await rig.signed_in("ann")
    while (await ann.get("/trades")).status_code == 200:
        pass
    order = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "1", "price": "1.00"}
    assert (await ann.post("/orders", json=order)).status_code == 201
    assert (await ann.delete(f"/orders/{'0' * 8}-0000-7000-8000-{'0' * 12}")).status_code < 300


async def test_many_users_of_one_address_share_a_larger_budget(rig: Rig) -> None:
    """Four users' worth: a proxy's address is not one reader, nor a hundred."""
    for name in READERS[2:]:
        rig.users.add(name, Role.TRADER, PASSWORD, rig.clock.now())
    statuses = []
    for name in READERS:
        client = await rig.signed_in(name)
        statuses += [(await client.get("/trades")).status_code for _ in range(8)]
    assert statuses[:24] == [200] * 24
    assert statuses[-1] == 429


@pytest.mark.parametrize("path", ["/openapi.json", "/asyncapi.json", "/docs"])
async def test_documents_are_made_once_and_known_by_a_tag(rig: Rig, path: str) -> None:
    """The same bytes each time, and none for who has them; encoding took 145 ms of everybody's time."""
    rig.services.limits = rig.limits = type(rig.limits)(GatewayLimits(), rig.clock)
    client = rig.client()
    first, second = await client.get(f"http://desk{path}"), await client.get(f"http://desk{path}")
    assert first.status_code == 200
    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
    again = await client.get(f"http://desk{path}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_docs_load_nothing_from_elsewhere(rig: Rig) -> None:
    """The page is whole: its policy lets in no script but its own, and there is no address in it."""
    page = await rig.client().get("http://desk/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in page.text
    assert "src=" not in page.text


async def test_big_answers_are_made_a_slice_at_a_time() -> None:
    """Between two slices everybody else has a turn, however many ask for big answers at once."""
    turns, taken, most = Turns(), 0, 0

    def items() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(300):
            taken += 1
            yield b"x"

    async def watch() -> None:
        nonlocal most
        while True:
            before = taken
            await asyncio.sleep(0)
            most = max(most, taken - before)

    watching = asyncio.create_task(watch())
    made = await asyncio.gather(*(turns.slices(items()) for _ in range(8)))
    watching.cancel()
    assert [len(one) for one in made] == [300] * 8
    assert 0 < most <= ITEMS_A_SLICE


@pytest.mark.parametrize("count", [0, 1, ITEMS_A_SLICE - 1, ITEMS_A_SLICE, ITEMS_A_SLICE + 1, 5 * ITEMS_A_SLICE])
async def test_no_item_is_lost_between_slices(count: int) -> None:
    items = [b"%d" % number for number in range(count)]
    assert await Turns().slices(items) == items


@pytest.mark.parametrize("limit", [1, 99, 100, 101, 250, 500])
async def test_a_page_of_slices_is_the_page(limit: int) -> None:
    """The same items and the same cursor as in one piece."""
    rows = [b"%d" % number for number in range(300)]

    def ask(size: int, cursor: str | None) -> Page:
        start = int(cursor or 0)
        more = start + size < len(rows)
        return Page(rows[start : start + size], str(start + size) if more else None)

    assert await Turns().page(ask, limit, None) == ask(limit, None)


async def test_no_way_to_read_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every route that can be asked, the documents too, is refused to who has read too much, and charged to who has not."""
    monkeypatch.setattr(read_budget, "PATIENCE_S", 0.0)
    rig = Rig(GatewayLimits(read_bytes_per_s=1))
    reader, free = await rig.signed_in("root"), []
    for path in readable(rig):
        rig.clock.advance(10_000_000)
        statuses = [(await reader.get(path)).status_code for _ in range(2)]
        if statuses[0] == 429 or statuses[1] != 429:
            free.append((path, statuses))
    assert not free


def readable(rig: Rig) -> list[str]:
    """The address of every route with GET, with something in the place of each name."""
    paths = [route.path for route in rig.routes() if "GET" in (route.methods or ())]
    assert len(paths) > 20
    return ["http://desk" + re.sub(r"{\w+}", "BTC-USD", path) for path in paths]
