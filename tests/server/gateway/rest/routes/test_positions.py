"""Positions over REST: which command a request becomes, and that getting out goes on where getting in is bounded."""

from typing import Any

import pytest

from server.domain.commands import (
    CloseAllPositions,
    ClosePosition,
    Kill,
    Resume,
    ReversePosition,
    SetProtection,
)
from server.gateway.limits import GatewayLimits
from tests.server.gateway.rest.rig import Rig, refusal
from tradeterm.protocol.vocabulary import Scope

PROTECTION = {"stopLoss": {"stopPrice": "44000.00"}}
WORDS: dict[str, tuple[str, str, Any, type, bool]] = {  # the last: does it only get out?
    "close": ("POST", "/positions/BTC-USD/close", {}, ClosePosition, True),
    "close all": ("POST", "/positions/close", None, CloseAllPositions, True),
    "reverse": ("POST", "/positions/BTC-USD/reverse", {}, ReversePosition, False),
    "protect": ("PUT", "/positions/BTC-USD/protection", PROTECTION, SetProtection, True),
    "kill": ("POST", "/kill", None, Kill, True),
    "resume": ("POST", "/resume", None, Resume, False),
}


@pytest.mark.parametrize(("method", "path", "body", "kind", "gets_out"), WORDS.values(), ids=WORDS)
async def test_a_request_is_its_command_and_only_what_gets_out_has_a_budget_of_its_own(
    method: str, path: str, body: Any, kind: type, gets_out: bool
) -> None:
    """Under the token's name; nothing for one that only reads."""
    rig = Rig(GatewayLimits(commands_per_s=1, read_bytes_per_s=0))
    async with await rig.signed_in(scope=Scope.READ) as http:
        assert refusal(await http.request(method, path, json=body)) == (403, "FORBIDDEN")
    async with await rig.signed_in() as http:
        order = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "1"}
        while (await http.post("/orders", json=order)).status_code != 429:
            pass
        before = len(rig.orders.traded)
        answer = await http.request(method, path, json=body)
        assert (answer.status_code == 201) is gets_out
        rig.clock.advance(60)
        await http.request(method, path, json=body)
    told = rig.orders.traded[before:]
    assert {(type(one), one.account) for one in told} == {(kind, "ann")}
    assert len(told) == 1 + gets_out


@pytest.mark.parametrize("path", ["close", "reverse"])
async def test_a_market_that_there_is_not_has_no_position(rig: Rig, path: str) -> None:
    async with await rig.signed_in() as http:
        assert refusal(await http.post(f"/positions/NO-NE/{path}", json={}))[0] == 404
    assert rig.orders.traded == []


async def test_everybody_sees_their_own_positions(rig: Rig) -> None:
    rig.view.contents = {"ann": {"positions": [b'{"symbol":"BTC/USD"}']}}
    for name, seen in (("ann", [{"symbol": "BTC/USD"}]), ("bob", [])):
        async with await rig.signed_in(name) as http:
            assert (await http.get("/positions")).json()["items"] == seen
