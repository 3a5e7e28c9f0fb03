"""Commands about positions: closed, reversed, protected."""

from collections import deque
from collections.abc import Callable

from server.domain.accounts import Account
from server.domain.commands import CloseAllPositions, ClosePosition, Command, ReversePosition, SetProtection
from server.domain.orders import Order, OrderRelations
from server.domain.risk import Denial
from server.executor.handlers.replies import CREATED, Handler, known, order_reply, orders_body, refuse
from server.executor.rules import closing, exits, lifecycle
from server.executor.rules.conditional_orders import Firing
from server.executor.state.ledger import Ledger, Reply
from server.ports import Answer
from tradeterm.protocol.vocabulary import Reason, Side


class PositionHandlers:
    """One method a command; each gives the reply that its sender gets. `later`: what is done when all requests are through."""

    def __init__(self, ledger: Ledger, firing: Firing, later: deque[Callable[[], None]]) -> None:
        self._ledger, self._firing, self._later = ledger, firing, later

    @property
    def handlers(self) -> dict[type[Command], Handler]:
        """Who carries out which command."""
        return {
            ClosePosition: self.close,
            CloseAllPositions: self.close_all,
            ReversePosition: self.reverse,
            SetProtection: self.protect,
        }

    def close(self, account: Account, command: ClosePosition) -> Reply:
        before = self._known_or_not_held(account, command, f"close:{command.symbol}")
        if before is not None:
            return before
        order = closing.close_on_request(self._ledger, account, command.symbol, command.client_order_id)
        return order_reply(self._ledger, account, order, CREATED)

    def close_all(self, account: Account, command: CloseAllPositions) -> Reply:
        symbols = [symbol for symbol in account.positions if self._ledger.valuation.closable(account, symbol)]
        made = [closing.close_on_request(self._ledger, account, symbol) for symbol in symbols]
        return lambda: Answer(200, orders_body(self._ledger, made), account.seq)

    def reverse(self, account: Account, command: ReversePosition) -> Reply:
        before = self._known_or_not_held(account, command, f"reverse:{command.symbol}")
        if before is not None:
            return before
        order = closing.reverse(self._ledger, account, command.symbol, command.client_order_id)

        def answer() -> Answer:
            bare = closing.without_stop(self._ledger, account, command.symbol)
            body = self._ledger.order_bytes(order)[:-1] + b',"withoutStop":%b}' % bare
            return Answer(CREATED, body, account.seq)

        return answer

    def protect(self, account: Account, command: SetProtection) -> Reply:
        if not self._is_held(account, command.symbol):
            return refuse(Denial.no_position(command.symbol))
        denial = exits.protection_denial(self._ledger, account, command)
        if denial is not None:
            return refuse(denial)
        for order in list(account.exits.get(command.symbol, {}).values()):
            if exits.is_replaced(order):
                lifecycle.cancel(self._ledger, order, Reason.REPLACED)
        made: list[Order] = []

        def place() -> None:
            # After the cancels are through, so that the new pair finds the room that the old one held.
            held = account.held(command.symbol)
            side, size = Side.SELL if held > 0 else Side.BUY, self._ledger.valuation.closable(account, command.symbol)
            legs = command.take_profit, command.stop_loss
            links = OrderRelations(oco_id=self._ledger.ids.new(), origin=Reason.PROTECTION, tracks_position=True)
            made.extend(exits.place_exits(self._ledger, self._firing, account, command.symbol, side, size, legs, links))
            exits.fit(self._ledger, account, command.symbol)

        self._later.append(place)
        return lambda: Answer(200, orders_body(self._ledger, made), account.seq)

    def _known_or_not_held(
        self, account: Account, command: ClosePosition | ReversePosition, fingerprint: str
    ) -> Reply | None:
        """The answer to a way out that was asked for before, or that there is nothing to get out of."""
        before = known(self._ledger, account, command.client_order_id, fingerprint)
        if before is None and not self._is_held(account, command.symbol):
            return refuse(Denial.no_position(command.symbol))
        return before

    def _is_held(self, account: Account, symbol: str) -> bool:
        """Is there a position that orders could close? In a market that there is not there is none."""
        return symbol in self._ledger.markets and bool(self._ledger.valuation.closable(account, symbol))
