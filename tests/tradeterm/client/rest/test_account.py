"""What the SDK asks about the account, and how it stops and resumes trading."""

from decimal import Decimal

import httpx

from tests.tradeterm.client import wires
from tests.tradeterm.client.rest.rest_wire import Wire, rest_on, saying


async def test_money_is_typed_and_exact() -> None:
    """Decimals, not texts."""
    async with rest_on(saying(wires.account("99998.83"))) as rest:
        assert (await rest.account()).equity == Decimal("99998.83")
    async with rest_on(saying({"items": [wires.balance("99998.83")]})) as rest:
        (balance,) = await rest.balances()
    assert (balance.asset, balance.total) == ("USD", Decimal("99998.83"))


async def test_trades_are_walked_page_by_page() -> None:
    """Newest first, and the filter goes with each page."""
    pages = {
        None: {"items": [wires.trade(2)], "nextCursor": "k"},
        "k": {"items": [wires.trade(1)], "nextCursor": None},
    }
    wire = Wire(lambda request: httpx.Response(200, json=pages[request.url.params.get("cursor")]))
    async with rest_on(wire) as rest:
        assert [one.id async for one in rest.trades(symbol="BTC/USD")] == ["t-2", "t-1"]
    assert {one.url.params["symbol"] for one in wire.requests} == {"BTC/USD"}


async def test_journal_is_asked_for_after_a_seq() -> None:
    """Items as on the socket."""
    event = {"event": "order:created", "seq": 8, "data": {}}
    wire = saying({"items": [event]})
    async with rest_on(wire) as rest:
        assert await rest.events(7, 1) == [event]
    assert dict(wire.requests[0].url.params) == {"after": "7", "limit": "1"}


async def test_what_the_journal_no_longer_has_is_told() -> None:
    """With what it has; nonsense in its place is nothing."""
    event = {"event": "order:created", "seq": 8, "data": {}}
    for said, lost in ((7, 7), (2, None), ("7", None), (None, None), (True, None)):
        async with rest_on(saying({"items": [event], "lostThrough": said})) as rest:
            page = await rest.journal(3)
        assert (page.items, page.lost_through) == ([event], lost)


async def test_halt_and_its_end_are_commands() -> None:
    """POST both: neither is repeated by anything on the way."""
    wire = saying({"state": "halted"})
    async with rest_on(wire) as rest:
        assert await rest.kill() == {"state": "halted"}
        await rest.resume()
    assert [(one.method, one.url.path) for one in wire.requests] == [
        ("POST", "/api/v1/kill"),
        ("POST", "/api/v1/resume"),
    ]
