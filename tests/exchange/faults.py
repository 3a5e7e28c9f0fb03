"""What can go wrong between a request and its answer, as switches of the loopback exchange.

A fault is set for a route and used up by the next request there, or by as many as it says.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`is_processed`: whether the request takes effect. The rest is what the asker gets to see of it."""

    is_processed: bool = True
    before_s: float = 0.0  # on its way there
    after_s: float = 0.0  # on its way back
    is_dropped: bool = False  # the connection is closed without an answer
    is_truncated: bool = False  # half the body, then closed
    status: int | None = None  # instead of the answer's
    body: str | None = None  # instead of the answer's


def coded(status: int, code: int, text: str = "said by a fault", *, is_processed: bool = False) -> Fault:
    """The exchange's own error."""
    return Fault(is_processed=is_processed, status=status, body=f'{{"code":{code},"msg":"{text}"}}')


def plain(status: int, body: str, *, is_processed: bool) -> Fault:
    """What a proxy or a wall in front of the exchange says."""
    return Fault(is_processed=is_processed, status=status, body=body)


class Faults:
    """Which fault the next request of a route meets."""

    def __init__(self) -> None:
        self._set: dict[tuple[str, str], list[Fault]] = {}

    def meet(self, method: str, path: str, fault: Fault, times: int = 1) -> None:
        """`path` is what follows the version: `order`, `account`."""
        self._set[method, path] = [fault] * times

    def is_set(self, method: str, path: str) -> bool:
        """Does one wait for a request there?"""
        return bool(self._set.get((method, path)))

    def take(self, method: str, path: str) -> Fault:
        waiting = self._set.get((method, path))
        return waiting.pop() if waiting else Fault()
