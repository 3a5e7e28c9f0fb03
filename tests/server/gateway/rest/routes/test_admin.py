"""What an admin does to an account, and what the log says of it."""

import pytest
from structlog.testing import capture_logs

from server.ports import Answer
from tests.server.gateway.rest.rig import Rig
from tradeterm.protocol.vocabulary import ErrorCode


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("PUT", "limits", "limits set"),
        ("POST", "kill", "account halted"),
        ("POST", "resume", "account resumed"),
    ],
)
async def test_the_log_tells_what_happened_and_nothing_else(rig: Rig, method: str, path: str, said: str) -> None:
    """Refused by the executor, it is not in the log as done; taken, it is, with who did it."""
    granted = await rig.grant("root")
    body = {"maxOrderQuantity": "1"} if path == "limits" else None
    async with rig.client(granted.access_token) as http:
        with capture_logs() as entries:
            rig.orders.answer = Answer(409, code=ErrorCode.CONFLICT, message="not now")
            refused = await http.request(method, f"/admin/accounts/ann/{path}", json=body)
            assert refused.status_code == 409, refused.text
            assert said not in [one["event"] for one in entries]
            rig.orders.answer = Answer(200, b"{}")
            assert (await http.request(method, f"/admin/accounts/ann/{path}", json=body)).status_code == 200
    assert [(one["admin"], one["account"]) for one in entries if one["event"] == said] == [("root", "ann")]


async def test_what_is_forbidden_is_logged(rig: Rig) -> None:
    """Who asked, for what and from where; whether they may ask again is not said there."""
    async with await rig.signed_in("ann") as ann:
        with capture_logs() as entries:
            assert (await ann.post("/admin/users/bob/disable")).status_code == 403
    (entry,) = [one for one in entries if one["event"] == "request_refused"]
    assert entry["user"] == "ann"
    assert entry["path"] == "/api/v1/admin/users/bob/disable"
    assert entry["address"] == "192.0.2.1"
