"""A transport that stands in for the server: it notes every request and answers it."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from tradeterm.client.rest import Rest

Answer = Callable[[httpx.Request], httpx.Response]


class Wire:
    """Notes every request and answers it."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)

    def body(self, number: int = -1) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.requests[number].content)
        return found


def rest_on(wire: Wire) -> Rest:
    return Rest("http://server/", "token", httpx.MockTransport(wire))


def saying(value: Any, status: int = 200, **headers: str) -> Wire:
    return Wire(lambda request: httpx.Response(status, json=value, headers=headers))


def failing(error: type[httpx.TransportError]) -> Wire:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    return Wire(fail)
