"""The shapes of refusals: of a REST request, and of a message on a socket."""

from typing import Any, Literal

from tradeterm.protocol.wire import WireOut


class Fault(WireOut):
    """A code for programs and one sentence for people."""

    code: str
    message: str
    details: Any = None


class ErrorAnswer(WireOut):
    """The form of every refusal of REST."""

    error: Fault


class ErrorMessage(WireOut):
    """A message that was refused; `id` is the request's. The socket stays."""

    op: Literal["error"]
    id: int | str | None = None
    code: str
    message: str
    retry_ms: int | None = None
    details: Any = None
