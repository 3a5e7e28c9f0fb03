"""Alerts and the dead-man's switch over REST: what becomes a command, what is refused, and who may ask."""

from decimal import Decimal

import pytest

from server.domain.commands import Command, DeleteAlert, SetAlert, SetDeadMan
from server.ports import Answer
from tests.server.gateway.rest.rig import Rig
from tradeterm.protocol.vocabulary import AlertCondition

ALERT = {"symbol": "BTC/USD", "condition": "above", "price": "46000.00"}


@pytest.mark.parametrize(
    ("method", "path", "body", "command"),
    [
        ("POST", "/alerts", ALERT, SetAlert("ann", "BTC/USD", AlertCondition.ABOVE, Decimal("46000.00"))),
        ("DELETE", "/alerts/a-1", None, DeleteAlert("ann", "a-1")),
        ("PUT", "/dead-man", {"seconds": 60}, SetDeadMan("ann", 60)),
        ("PUT", "/dead-man", {"seconds": 0}, SetDeadMan("ann", 0)),
    ],
)
async def test_a_body_becomes_its_command(
    rig: Rig, method: str, path: str, body: dict[str, object] | None, command: Command
) -> None:
    """Under the name of who asks."""
    granted = await rig.grant("ann")
    rig.orders.answer = Answer(200, b"{}")
    async with rig.client(granted.access_token) as http:
        assert (await http.request(method, path, json=body)).status_code == 200
    assert rig.orders.traded == [command]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/alerts", {**ALERT, "condition": "near"}),
        ("/alerts", {**ALERT, "price": "0"}),
        ("/alerts", {**ALERT, "price": 46000}),
        ("/alerts", {**ALERT, "note": "<b>"}),
        ("/dead-man", {"seconds": -1}),
        ("/dead-man", {"seconds": 3601}),
        ("/dead-man", {"seconds": "60"}),
        ("/dead-man", {}),
    ],
)
async def test_what_is_no_such_body_changes_nothing(rig: Rig, path: str, body: dict[str, object]) -> None:
    """422, and nothing reaches the inbox."""
    granted = await rig.grant("ann")
    async with rig.client(granted.access_token) as http:
        answer = await http.request("POST" if path == "/alerts" else "PUT", path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_FAILED")
    assert rig.orders.traded == []


async def test_everybody_sees_their_own_alone(rig: Rig) -> None:
    """And only who may trade may set one."""
    rig.view.contents["bob"] = {"alerts": [b'{"id":"a-9"}']}
    for user, seen in (("ann", []), ("bob", [{"id": "a-9"}])):
        granted = await rig.grant(user)
        async with rig.client(granted.access_token) as http:
            assert (await http.get("/alerts")).json()["items"] == seen
    async with rig.client(None) as http:
        assert (await http.post("/alerts", json=ALERT)).status_code == 401
