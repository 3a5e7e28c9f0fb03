"""What the SDK makes of each kind of answer."""

import httpx
import pytest

from tests.tradeterm.client.rest.rest_wire import Wire, rest_on, saying
from tradeterm.client.errors import RequestRefused


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
