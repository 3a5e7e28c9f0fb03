"""What follows from what the venue says: one function a kind of report."""

from collections.abc import Callable
from typing import Any

from server.domain.orders import Order, Step
from server.executor.rules import exits, fills, halt, lifecycle
from server.executor.rules.alerts import Alerts
from server.executor.rules.conditional_orders import Firing
from server.executor.state.ledger import Ledger
from server.ports import (
    AcceptedReport,
    AdoptedReport,
    AgreementReport,
    AmendedReport,
    AmendRejectedReport,
    CancelledReport,
    CancelRejectedReport,
    ExpiredReport,
    FillReport,
    PrintReport,
    RejectedReport,
    Report,
    UnconfirmedReport,
)
from tradeterm.protocol.vocabulary import EventName, Reason, RejectedBy, Side

# Looked up once: reading a member from its class costs more than comparing it.
_USER_REQUEST, _TIME_EXPIRED, _EXPIRE, _CANCEL = Reason.USER_REQUEST, Reason.TIME_EXPIRED, Step.EXPIRE, Step.CANCEL


class Reports:
    """Takes the venue's reports, one by one, in the order in which they happened."""

    def __init__(self, ledger: Ledger, firing: Firing, alerts: Alerts) -> None:
        self._ledger, self._firing, self._alerts = ledger, firing, alerts
        self._takers: dict[type, Callable[[Any], None]] = {
            PrintReport: self._print,
            AcceptedReport: self._accepted,
            CancelledReport: self._cancelled,
            ExpiredReport: self._expired,
            RejectedReport: self._rejected,
            CancelRejectedReport: self._cancel_rejected,
            AmendedReport: self._amended,
            AmendRejectedReport: self._amend_rejected,
            UnconfirmedReport: self._unconfirmed,
            AdoptedReport: lambda report: lifecycle.adopt(self._ledger, report),
            AgreementReport: self._agreement,
        }

    def take(self, report: Report) -> None:
        """Take one; of an order that has ended meanwhile nothing but its fills counts."""
        if type(report) is FillReport:
            fills.fill(self._ledger, self._firing, report)
        else:
            self._takers[type(report)](report)

    def _print(self, report: PrintReport) -> None:
        ledger, symbol, price = self._ledger, report.symbol, report.price
        ledger.last[symbol] = price
        ledger.moved_marks.add(symbol)
        ledger.prints.append(report)
        self._firing.on_print(symbol, price)
        self._alerts.on_print(symbol, price)

    def _accepted(self, report: AcceptedReport) -> None:
        order = self._ledger.orders.get(report.order_id)
        if order is None:
            return
        lifecycle.accepted(self._ledger, order, report)
        if order.closes_only:
            exits.fit(self._ledger, self._ledger.accounts[order.account], order.symbol)

    def _cancelled(self, report: CancelledReport) -> None:
        order = self._ledger.orders.get(report.order_id)
        if order is None:
            return
        asked = order.cancel_reason if report.reason is _USER_REQUEST else None
        step = _EXPIRE if asked is _TIME_EXPIRED else _CANCEL
        order.blame(report.text)
        lifecycle.end(self._ledger, order, step, asked or report.reason)

    def _expired(self, report: ExpiredReport) -> None:
        order = self._ledger.orders.get(report.order_id)
        if order is not None:
            if order.origin is Reason.REVERSE:
                lifecycle.make_way(self._ledger, order)
            lifecycle.end(self._ledger, order, Step.EXPIRE, self._why_expired(order, report.reason))

    def _why_expired(self, order: Order, reason: Reason) -> Reason:
        if order.venue_price is None or reason is not Reason.IOC_REMAINDER:
            return reason
        quotes = self._ledger.quotes
        touch = quotes.best_ask(order.symbol) if order.side is Side.BUY else quotes.best_bid(order.symbol)
        # Only a book that had more to give beyond the cap makes it the cap's doing.
        return Reason.NO_LIQUIDITY if touch is None else Reason.SLIPPAGE_LIMIT

    def _rejected(self, report: RejectedReport) -> None:
        order = self._ledger.orders.get(report.order_id)
        if order is not None:
            order.blame(report.text, RejectedBy.VENUE)
            lifecycle.end(self._ledger, order, Step.REJECT, report.reason)
            exits.after_refusal(self._ledger, order)

    def _cancel_rejected(self, report: CancelRejectedReport) -> None:
        order = self._ledger.orders.get(report.order_id)
        if order is not None:
            order.ask_end(None)
            self._ledger.tell_order(EventName.ORDER_CANCEL_REJECTED, order)

    def _amended(self, report: AmendedReport) -> None:
        order = self._ledger.orders.get(report.order_id)
        if order is not None:
            lifecycle.amended(self._ledger, order, report)

    def _amend_rejected(self, report: AmendRejectedReport) -> None:
        order = self._ledger.orders.get(report.order_id)
        if order is not None and not report.unasked:
            lifecycle.amend_refused(self._ledger, order, report.reason, report.text)

    def _unconfirmed(self, report: UnconfirmedReport) -> None:
        order = self._ledger.orders.get(report.order_id)
        if order is not None:
            lifecycle.unconfirmed(self._ledger, order, report.text)

    def _agreement(self, report: AgreementReport) -> None:
        account = self._ledger.accounts.get(report.account)
        if account is None:
            return
        if account.differences != report.differences:
            account.differ(report.differences)
            self._ledger.moved(account)
        if report.agrees:
            halt.release(self._ledger, account, Reason.RECONCILING)
        else:
            halt.hold(self._ledger, account, Reason.RECONCILING)
