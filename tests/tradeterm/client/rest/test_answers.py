"""What the SDK makes of each kind of answer."""

import httpx
import pytest

from tests.tradeterm.client.rest.rest_wire import Wire, rest_on, saying
from tradeterm.client.errors import RequestRefused
from tradeterm.client.rest.answers import wait_of


async def test_refusal_carries_the_server_s_words() -> None:
    """Status, code, sentence, details and when to come back."""
    error = {"error": {"code": "RATE_LIMITED", "message": "slower", "details": {"a": 1}}}
    async with rest_on(saying(error, 429, **{"Retry-After": "3"})) as rest:
        with pytest.raises(RequestRefused, match="slower") as refused:
            await rest.cancel("o-1")
    found = refused.value
    assert (found.status, found.code, found.details, found.retry_after_s) == (429, "RATE_LIMITED", {"a": 1}, 3.0)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"error":7}'])
async def test_answer_of_something_else_is_a_refusal_too(content: bytes) -> None:
    """A proxy's page is told by its status."""
    async with rest_on(Wire(lambda request: httpx.Response(502, content=content))) as rest:
        with pytest.raises(RequestRefused, match="502"):
            await rest.account()


@pytest.mark.parametrize(
    ("after", "wait_s"),
    [
        *(("0", 0.0), ("3", 3.0), ("900", 900.0), ("901", 900.0), ("9" * 5_000, 900.0)),
        *(
            (text, None)
            for text in ("", "-1", "1.5", "1e3", "inf", "nan", "\xb2", "٣", " 3", "Fri, 27 Nov 2026 00:00:00 GMT")
        ),
    ],
)
def test_a_server_is_left_alone_for_as_long_as_it_says_within_reason(after: str, wait_s: float | None) -> None:
    """What is no number says nothing, and nobody is made to wait for ever."""
    assert wait_of(after) == wait_s


async def test_a_strange_wait_is_a_refusal_like_any_other() -> None:
    wire = Wire(lambda request: httpx.Response(429, headers=[(b"Retry-After", b"\xb2")]))
    async with rest_on(wire) as rest:
        with pytest.raises(RequestRefused) as refused:
            await rest.account()
    assert refused.value.retry_after_s is None
