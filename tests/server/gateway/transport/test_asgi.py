"""What is read of a request before anybody knows whose it is, and how one is turned away."""

from collections.abc import MutableMapping
from typing import Any

import orjson
import pytest

from server.gateway.transport.asgi import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_FOUND,
    TOO_MANY,
    Scope,
    address_of,
    bearer_token,
    header,
    is_allowed_origin,
    refuse,
)


def asked(**headers: str) -> Scope:
    return {"headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]}


def test_a_header_is_found_in_any_case_and_the_first_counts() -> None:
    scope = {"headers": [(b"X-Other", b"1"), (b"ORIGIN", b"https://a.example"), (b"origin", b"https://b.example")]}
    assert header(scope, b"origin") == "https://a.example"
    assert header(scope, b"host") is None


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://desk.example", True),
        ("HTTPS://Desk.Example/", True),
        ("http://desk.example", False),
        ("https://desk.example:444", False),
        ("https://desk.example.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_a_page_comes_in_by_the_list_alone(origin: str, is_allowed: bool) -> None:
    """Letter by letter; one that will not say where it is from is a page all the same."""
    assert is_allowed_origin(asked(origin=origin), ["https://desk.example/"]) is is_allowed


def test_a_program_says_no_origin_and_may_pass() -> None:
    assert is_allowed_origin(asked(host="desk"), [])


@pytest.mark.parametrize(
    ("said", "token"),
    [
        ("Bearer abc.def", "abc.def"),
        ("bearer  abc.def ", "abc.def"),
        ("Bearer ", None),
        ("Bearer", None),
        ("Basic abc", None),
        ("abc.def", None),
    ],
)
def test_only_a_bearer_s_token_is_one(said: str, token: str | None) -> None:
    assert bearer_token(asked(authorization=said)) == token
    assert bearer_token(asked()) is None


def test_the_address_is_empty_where_nobody_said_it() -> None:
    """A socket of the machine itself has none."""
    assert address_of({"client": ("192.0.2.1", 4000)}) == "192.0.2.1"
    assert address_of({"client": None}) == address_of({}) == ""


@pytest.mark.parametrize(
    ("status", "code"),
    [(BAD_REQUEST, "MALFORMED"), (FORBIDDEN, "FORBIDDEN"), (NOT_FOUND, "NOT_FOUND"), (TOO_MANY, "RATE_LIMITED")],
)
@pytest.mark.parametrize("kind", ["websocket.http", "http"])
async def test_a_refusal_has_the_one_shape(status: int, code: str, kind: str) -> None:
    """Of a handshake as of a request; with its length, so that the line can stay open."""
    said: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    await refuse(send, status, kind)
    start, body = said
    assert (start["type"], start["status"], body["type"]) == (
        f"{kind}.response.start",
        status,
        f"{kind}.response.body",
    )
    assert dict(start["headers"])[b"content-length"] == b"%d" % len(body["body"])
    assert orjson.loads(body["body"])["error"]["code"] == code
