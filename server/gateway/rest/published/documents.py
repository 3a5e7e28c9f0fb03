"""What is read without sign-in and never changes while the server runs: encoded once."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

JSON: Final = "application/json"
NOT_MODIFIED: Final = 304


class Document:
    """Bytes that are kept, and a tag by which a client knows them again."""

    def __init__(self, body: bytes, kind: str = JSON, headers: dict[str, str] | None = None) -> None:
        self._body, self._kind = body, kind
        self._tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        self._headers = {"ETag": self._tag, "Cache-Control": "no-cache", **(headers or {})}

    @classmethod
    def of(cls, value: Any) -> "Document":
        """A JSON document."""
        return cls(orjson.dumps(value))

    async def __call__(self, request: Request) -> Response:
        if self._tag in request.headers.get("if-none-match", ""):
            return Response(status_code=NOT_MODIFIED, headers=self._headers)
        return Response(self._body, headers=self._headers, media_type=self._kind)


class LateDocument:
    """A document that takes a second to make: made once, apart from the loop, when somebody asks for it."""

    def __init__(self, make: Callable[[], Document]) -> None:
        self._make = make
        self._made: asyncio.Task[Document] | None = None

    async def __call__(self, request: Request) -> Response:
        if self._made is None or (self._made.done() and self._made.exception() is not None):
            self._made = asyncio.create_task(asyncio.to_thread(self._make))
        # Who leaves does not take it away from those who wait for it as well.
        return await (await asyncio.shield(self._made))(request)
