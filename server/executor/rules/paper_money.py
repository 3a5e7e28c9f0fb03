"""Paper money: deposits, withdrawals, and starting an account over."""

from server.domain.accounts import HOUSE, Account
from server.domain.capacity import AMOUNT_PLACES, LARGEST_AMOUNT, is_amount
from server.domain.commands import CancelAll, Deposit, OrderTerms
from server.domain.orders import OrderRelations
from server.domain.risk import Denial
from server.executor.rules import closing, fills, lifecycle
from server.executor.rules.conditional_orders import Firing
from server.executor.rules.halt import release
from server.executor.state.ledger import Ledger
from server.ports import RESET_TRADE, FillReport
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import amount_text, quantity_text
from tradeterm.protocol.vocabulary import ErrorCode, Liquidity, OrderType, Reason, Side


def deposit(ledger: Ledger, account: Account, command: Deposit) -> Denial | None:
    """Move paper money in, or out as far as it is available."""
    if not is_amount(command.amount) or abs(account.deposits + command.amount) > LARGEST_AMOUNT:
        text = f"an account is given {quantity_text(LARGEST_AMOUNT)} at most, in steps of {AMOUNT_PLACES} decimals"
        return Denial(None, text, ErrorCode.VALIDATION_FAILED)
    if command.amount < 0:
        available = ledger.valuation.margin(account).available
        if available + command.amount < 0:
            text = f"{amount_text(available)} {ledger.settings.currency} is available, no more can be taken out"
            return Denial(Reason.INSUFFICIENT_FUNDS, text, ErrorCode.CONFLICT)
    ledger.transfer(account, command.amount, "deposit" if command.amount > 0 else "withdrawal")
    if command.amount > 0:
        release(ledger, account, Reason.LIQUIDATION)
    return None


def reset(ledger: Ledger, firing: Firing, account: Account) -> None:
    """Cancel everything and close everything at the mark against the house, without a fee; the money follows when
    the cancels are through: see `refill`."""
    closing.cancel_all(ledger, account, CancelAll(account.name, include_exits=True))
    for symbol in list(account.positions):
        _close_at_mark(ledger, firing, account, symbol)


def refill(ledger: Ledger, account: Account) -> None:
    """Bring the cash to what a new account opens with, and let it trade again."""
    ledger.transfer(account, ledger.settings.paper_cash - account.cash, "reset")
    account.begin_anew()
    release(ledger, account, *account.holds)


def _close_at_mark(ledger: Ledger, firing: Firing, account: Account, symbol: str) -> None:
    held, mark = account.held(symbol), ledger.last[symbol]
    side = Side.SELL if held > 0 else Side.BUY
    terms = OrderTerms(symbol, side, OrderType.MARKET, abs(held), reduce_only=True)
    order = lifecycle.new_order(ledger, account, terms, "reset", OrderRelations(origin=Reason.ACCOUNT_RESET))
    ledger.open_order(account, order)
    lifecycle.tell_submitted(ledger, order)  # the house takes it: it never goes to the book
    number = f"{RESET_TRADE}{order.id}"
    for name, order_id, way in ((account.name, order.id, side), (fills.FLOW, HOUSE, side.opposite)):
        report = FillReport(order_id, name, symbol, way, abs(held), mark, Liquidity.TAKER, number)
        fills.fill(ledger, firing, report, rate=ZERO)
