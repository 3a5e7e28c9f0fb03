"""The shapes of refusals: of a REST request, and of a message on a socket."""

from typing import Any, Literal

from tradeterm.protocol.wire import WireOut


class Fault(WireOut):
    """A code for programs and one sentence for people."""

    code: str
    """For programs, such as `VALIDATION_FAILED`."""
    message: str
    """One sentence for people."""
    details: Any = None
    """What is wrong where, in a form of the code's own."""


class ErrorAnswer(WireOut):
    """The form of every refusal of REST."""

    error: Fault
    """What is wrong."""


class ErrorMessage(WireOut):
    """A message that was refused; `id` is the request's. The socket stays."""

    op: Literal["error"]
    """Which message this is."""
    id: int | str | None = None
    """The id of the message that was refused, where it had one."""
    code: str
    """For programs, such as `RATE_LIMITED`."""
    message: str
    """One sentence for people."""
    retry_ms: int | None = None
    """When to try again at the earliest, in milliseconds from now."""
    details: Any = None
    """What is wrong where, in a form of the code's own."""
