"""Every way in which the SDK says no, on one screen."""

from typing import Any

TOO_MANY_REQUESTS, SERVER_FAULT = 429, 500


class TradetermError(Exception):
    """Anything that the SDK raises."""


class SignInFailed(TradetermError):
    """Name, password or token are not taken; trying again will not help."""


class CodeWanted(SignInFailed):
    """The password is right, and a code of the second factor is wanted beside it."""


class Unreachable(TradetermError):
    """The server was not reached: nothing was sent, or only something that may be sent again."""


class ClientClosed(Unreachable):
    """The client was closed here, while or before it was asked."""


class OutcomeUnknown(TradetermError):
    """A command was sent and no answer came. It may have happened. Ask again with the same client order id."""

    def __init__(self, message: str, client_order_id: str | None = None, *, is_told: bool = False) -> None:
        """`is_told`: the server itself said that it does not know."""
        super().__init__(message)
        self.client_order_id, self.is_told = client_order_id, is_told


class ContractBroken(OutcomeUnknown):
    """The server answered something that the contract does not know."""


class PositionUnreadable(TradetermError):
    """There is a position file, and no place is in it: where to go on is for whoever knows, not for a guess."""


class HistoryLost(TradetermError):
    """The server cannot give what followed the last event that was taken: its journal is another one now, or was cut.

    The state is the server's as of now; `events()` may be called again and goes on from here.
    """


class RequestRefused(TradetermError):
    """The server answered no: `code` is the wire's, `status` the HTTP status."""

    def __init__(
        self, status: int, code: str, message: str, details: Any = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.details, self.retry_after_s = status, code, details, retry_after_s

    @property
    def may_pass(self) -> bool:
        """Whether the same may be taken later: the server is busy, or not well."""
        return self.status == TOO_MANY_REQUESTS or self.status >= SERVER_FAULT


class SessionEnded(TradetermError):
    """The server closed the socket for good (close code 4500 or above)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason or f"the server ended the session ({code})")
        self.code = code
