"""The commands of one native socket: into the executor's inbox, and what came of each back under its id.

It waits for nothing: an answer comes by callback, in the executor's turn or after it.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from server.domain.commands import Command
from server.gateway.commands.ended import of_ended
from server.gateway.commands.from_body import BadRequest
from server.gateway.commands.unanswered import RETRY_S, unanswered
from server.gateway.limits import Limits
from server.gateway.native import messages
from server.gateway.native.commands import command_of, result_data
from server.gateway.native.decisions import Perform
from server.gateway.native.messages import Id
from server.gateway.streams.hub import Hub
from server.ports import Answer, Busy, DatabaseAway, Orders, Stopping
from tradeterm.protocol.vocabulary import ErrorCode

COMMANDS_IN_FLIGHT: Final = 64
BUSY_MS: Final = 1_000


class CommandsInFlight:
    """At most `COMMANDS_IN_FLIGHT` at once. `send` takes a message that must not be lost."""

    def __init__(self, hub: Hub, orders: Orders, limits: Limits, send: Callable[[bytes], None]) -> None:
        self._hub, self._orders, self._limits, self._send = hub, orders, limits, send
        self._in_flight = 0

    def perform(self, perform: Perform, user: str) -> None:
        """Put a request of this user into the inbox, or say at once why not."""
        request = perform.request
        try:
            command, leaving = command_of(user, perform, self._hub.view.markets())
        except BadRequest as bad:
            self._send(messages.error(bad.code, bad.text, request=request))
            return
        wait_s = self._limits.command(user, relief=leaving)
        if wait_s or self._in_flight >= COMMANDS_IN_FLIGHT:
            self._rate_limited(request, int(wait_s * 1000) + 1)
            return
        try:
            self._orders.offer(command, partial(self._told, command, request))
        except Busy:
            self._rate_limited(request, BUSY_MS)
        except (DatabaseAway, Stopping) as error:
            self._send(_failure(error, request))
        else:
            self._in_flight += 1

    def _rate_limited(self, request: Id, retry_ms: int) -> None:
        self._send(messages.error(ErrorCode.RATE_LIMITED, "too many commands", request=request, retry_ms=retry_ms))

    def _told(self, command: Command, request: Id, outcome: Answer | Exception) -> None:
        self._in_flight -= 1
        if isinstance(outcome, Answer) and outcome.code is None:
            self._send(messages.result(request, result_data(command, outcome.body or b"{}"), outcome.seq))
        else:
            # What became of an order that has ended is read from the database: not within the executor's turn.
            asyncio.get_running_loop().call_soon(self._refused, command, request, outcome)

    def _refused(self, command: Command, request: Id, outcome: Answer | Exception) -> None:
        try:
            if isinstance(outcome, Exception):
                raise outcome
            answer = of_ended(self._hub.history, command, outcome)
        except Exception as error:
            self._send(_failure(error, request))
            return
        self._send(messages.error(answer.code or "", answer.message or "", request=request, details=answer.details))


def _failure(error: BaseException, request: Id) -> bytes:
    """What a command without an answer is told."""
    known = unanswered(error)
    if known is None:
        return messages.error(ErrorCode.INTERNAL, "the outcome is not known", request=request)
    return messages.error(*known, request=request, retry_ms=int(RETRY_S * 1000))
