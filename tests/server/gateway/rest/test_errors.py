"""Every refusal over REST has one shape, and says what the client can do about it."""

import orjson
import pytest
from starlette.responses import Response
from structlog.testing import capture_logs

from server.gateway.rest.errors import MAX_PATH, Refused, error_response, note_forbidden, refusal_of, refused_by
from server.ports import Answer, Busy, DatabaseAway, OutcomeUnknown, Stopping
from tests.server.gateway.rest.rig import Rig, refusal
from tradeterm.protocol.vocabulary import ErrorCode


def said(response: Response) -> dict[str, object]:
    found: dict[str, object] = orjson.loads(response.body)["error"]
    return found


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Busy(), 429, "RATE_LIMITED"),
        (Stopping(), 503, "STOPPING"),
        (OutcomeUnknown(), 503, "OUTCOME_UNKNOWN"),
        (DatabaseAway(), 503, "BUSY"),
    ],
)
def test_who_may_come_back_is_told_when(error: Exception, status: int, code: str) -> None:
    """In whole seconds, at least one."""
    response = error_response(refusal_of(error, "POST", "/orders"))
    assert (response.status_code, said(response)["code"]) == (status, code)
    assert int(response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(("seconds", "told"), [(0.001, "1"), (1.0, "1"), (1.01, "2"), (59.5, "60")])
def test_a_time_to_come_back_is_never_too_early(seconds: float, told: str) -> None:
    assert error_response(Refused(ErrorCode.RATE_LIMITED, "later", seconds)).headers["Retry-After"] == told


def test_a_fault_of_ours_is_in_the_log_and_not_in_the_answer() -> None:
    """The answer has the number by which it is found there."""
    with capture_logs() as logged:
        refused = refusal_of(ValueError("the secret is opensesame"), "GET", "/account")
    response = error_response(refused)
    assert response.status_code == 500
    assert "opensesame" not in bytes(response.body).decode()
    assert [one["error_id"] for one in logged] == [said(response)["details"]["errorId"]]  # type: ignore[index]


def test_a_refusal_stays_the_one_it_is() -> None:
    own = Refused(ErrorCode.CONFLICT, "it is taken")
    assert refusal_of(own, "GET", "/") is own


def test_the_executor_s_no_keeps_its_status_code_and_numbers() -> None:
    refused = refused_by(Answer(409, b"", 0, code="CONFLICT", message="nothing is held", details={"held": "0"}))
    assert (refused.status, refused.code, refused.message, refused.details) == (
        *(409, "CONFLICT", "nothing is held"),
        {"held": "0"},
    )


def test_a_code_that_has_no_status_of_its_own_is_about_what_was_sent() -> None:
    assert Refused("INSUFFICIENT_FUNDS", "no").status == 422


def test_headers_say_what_the_status_asks_for() -> None:
    """How to sign in with a 401, and that nothing more is read of a body that was too large."""
    assert error_response(Refused(ErrorCode.UNAUTHENTICATED, "who?")).headers["WWW-Authenticate"] == "Bearer"
    assert error_response(Refused(ErrorCode.BODY_TOO_LARGE, "no")).headers["Connection"] == "close"
    assert "WWW-Authenticate" not in error_response(Refused(ErrorCode.FORBIDDEN, "no")).headers


def test_only_what_is_not_theirs_is_noted() -> None:
    """With as much of the path as a log can bear."""
    with capture_logs() as logged:
        note_forbidden(Refused(ErrorCode.FORBIDDEN, "this is for admins"), "ann", "/x" * 500, "192.0.2.1")
        note_forbidden(Refused(ErrorCode.NOT_FOUND, "no"), "ann", "/x", "192.0.2.1")
    (one,) = logged
    assert (one["user"], len(one["path"])) == ("ann", MAX_PATH)


async def test_a_wrong_method_is_told_all_that_are_right(rig: Rig) -> None:
    """Also where two routes share a path."""
    async with await rig.signed_in() as ann:
        answer = await ann.put("/orders", json={})
        assert refusal(answer) == (405, "METHOD_NOT_ALLOWED")
        assert {"GET", "POST", "DELETE"} <= {one.strip() for one in answer.headers["Allow"].split(",")}
        assert refusal(await ann.get("/nowhere")) == (404, "NOT_FOUND")
