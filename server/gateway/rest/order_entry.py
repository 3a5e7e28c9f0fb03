"""Orders placed, amended and cancelled on the short way: from the parsed request to the inbox, answered by a call.

What `rest.orders` does for the same requests holds here too, with the same words: what is refused before the inbox goes
the long way, what the executor refuses is put into the same response.
"""

import asyncio
from functools import partial
from typing import Final

from server.domain.commands import CancelOrder, Command
from server.gateway import names
from server.gateway.commands.ended import of_ended
from server.gateway.commands.plain import parsed, plain_amend, plain_order
from server.gateway.rest.errors import error_response, note_forbidden, refusal_of, refused_by
from server.gateway.rest.services import Services
from server.gateway.transport.front import ALWAYS, is_ours
from server.gateway.transport.short_way import ShortRequest, header_lines
from server.identity.authenticator import Identity
from server.ports import Answer

PATH: Final = b"/api/v1/orders"
BELOW: Final = PATH + b"/"
_HEAD: Final = b"content-length: %d\r\ncontent-type: application/json\r\n" + header_lines(ALWAYS)


class OrderEntry:
    """The gateway's `ShortWay`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._hosts = frozenset(host.lower().rstrip(".") for host in services.hosts)
        self._known_host = b""

    def leads(self, method: bytes, url: bytes) -> bool:
        if method == b"POST":
            return url == PATH
        return method in (b"DELETE", b"PATCH") and url.startswith(BELOW)

    def take(self, request: ShortRequest) -> bool:
        try:
            command = self._permitted(request)
        except Exception:
            return False  # the long way meets the same fault, and tells it
        if command is None:
            return False
        try:
            self._services.orders.offer(command, partial(self._told, request, command))
        except Exception as error:
            self._refuse(request, command, error)
        return True

    def _permitted(self, request: ShortRequest) -> Command | None:
        """The command, charged to who asks; None where it is not plain, or not theirs to give now."""
        identity = self._trader(request)
        if identity is None or len(request.body) > self._services.limits.configured.body_bytes:
            return None
        command, leaves = self._command(request, identity.user)
        if command is None or self._services.limits.command(identity.user, relief=leaves):
            return None
        return command

    # ------------------------------------------------------------ what is asked, and by whom

    def _trader(self, request: ShortRequest) -> Identity | None:
        """Who asks, if they ask for us and may trade."""
        if request.host != self._known_host:
            if not is_ours(request.host.decode("latin-1"), self._hosts):
                return None
            self._known_host = request.host
        found = self._services.authenticator.check(request.token)
        return found if isinstance(found, Identity) and found.may_trade else None

    def _command(self, request: ShortRequest, user: str) -> tuple[Command | None, bool]:
        """The command, None where it is not plain; and whether it only gets out of the market."""
        if request.method == b"POST":
            order = plain_order(user, parsed(request.body), self._services.view.markets())
            return order, order is not None and order.terms.reduce_only
        order_id = request.url[len(BELOW) :].decode("latin-1")
        if not names.is_id(order_id):
            return None, False
        if request.method == b"PATCH":
            return plain_amend(user, order_id, parsed(request.body)), False
        return (None if request.body else CancelOrder(user, order_id)), True

    # ------------------------------------------------------------ what came of it

    def _told(self, request: ShortRequest, command: Command, outcome: Answer | Exception) -> None:
        if isinstance(outcome, Answer) and outcome.code is None:
            try:
                self._services.metrics.carried_out(type(command).__name__)
                body = outcome.body or b"{}"
                request.answer(outcome.status, _HEAD % len(body), body)
            except Exception:
                request.line.lose(request)
                raise
        else:
            # What became of an order that has ended is read from the database: not within the executor's turn.
            asyncio.get_running_loop().call_soon(self._refuse, request, command, outcome)

    def _refuse(self, request: ShortRequest, command: Command, outcome: Answer | Exception) -> None:
        try:
            self._answer_refusal(request, command, outcome)
        except Exception:
            request.line.lose(request)
            raise

    def _answer_refusal(self, request: ShortRequest, command: Command, outcome: Answer | Exception) -> None:
        try:
            if isinstance(outcome, Exception):
                raise outcome
            refused = refused_by(of_ended(self._services.history, command, outcome))
        except Exception as error:
            refused = refusal_of(error, request.method.decode(), request.url.decode("latin-1"))
        note_forbidden(refused, command.account, request.url.decode("latin-1"), request.line.address)
        self._services.metrics.refused(refused.code)
        response = error_response(refused)
        request.answer(response.status_code, header_lines([*response.raw_headers, *ALWAYS]), bytes(response.body))
