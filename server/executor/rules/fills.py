"""What one execution does: cash and fee, the order, then what it closes, then what it opens; each told once."""

from dataclasses import dataclass
from decimal import Decimal

from server.domain.accounts import FEES, HOUSE, Account
from server.domain.markets import Market
from server.domain.orders import Order
from server.domain.positions import Position, split
from server.executor.rules import coverage, exits, halt
from server.executor.rules.conditional_orders import Firing
from server.executor.state import payloads
from server.executor.state.ledger import Ledger
from server.ports import FillReport, TradeRow
from tradeterm.protocol.arithmetic import ONE, ZERO, divide
from tradeterm.protocol.vocabulary import BalanceReason, EventName, Liquidity, OrderStatus, Reason, Side

FLOW = ""
# Looked up once: reading a member from its class costs more than comparing it.
_TRADE, _LIQUIDATION = BalanceReason.TRADE, BalanceReason.LIQUIDATION
_LIQUIDATED, _REVERSE = Reason.LIQUIDATION, Reason.REVERSE
_BUY, _MAKER, _FILLED = Side.BUY, Liquidity.MAKER, OrderStatus.FILLED
_ORDER_FILLED, _PARTLY_FILLED = EventName.ORDER_FILLED, EventName.ORDER_PARTIALLY_FILLED
_EXECUTED = EventName.TRADE_EXECUTED
_OPENED, _UPDATED, _CLOSED = EventName.POSITION_OPENED, EventName.POSITION_UPDATED, EventName.POSITION_CLOSED


@dataclass(slots=True)
class Execution:
    """What one fill closes and opens, and what it costs."""

    report: FillReport
    id: str
    closing: Decimal
    opening: Decimal
    on_closing: Decimal  # the fee in quote currency on the part that closes
    on_opening: Decimal  # and on the part that opens
    base_fee: Decimal = ZERO  # paid out of what was bought; then what is opened pays nothing else
    other_fee: Decimal = ZERO  # paid in a coin of the venue's own; then nothing else is paid


def fill(ledger: Ledger, firing: Firing, report: FillReport, rate: Decimal | None = None) -> None:
    """Book one side of a trade. `rate` is the fee's where it is not the market's own."""
    if report.account == FLOW:
        _fill_house(ledger, report)
        return
    order = ledger.orders.get(report.order_id)
    if order is None or not ledger.booked_trades.take(report.order_id, report.venue_trade_id):
        return
    if order.is_external:
        _fill_external(ledger, order, report)
        return
    account = ledger.accounts[order.account]
    held = account.positions.get(order.symbol)
    execution = _execution(ledger, ZERO if held is None else held.quantity, report, rate)
    opening = execution.opening
    _fill_order(ledger, account, order, execution)
    _book(ledger, account, order, held, execution)
    if execution.other_fee > ZERO:
        _take_out_of_coin(ledger, account, report.fee_currency, execution.other_fee)
    if account.exits or order.oco_id or order.take_profit or order.stop_loss or order.origin is _REVERSE:
        exits.after_fill(ledger, firing, order, report.quantity, opening)
    if order.closes_only and account.entries:
        coverage.cut_entries(ledger, account, order)
    if opening and account.holds:
        halt.close_late(ledger, account, order.symbol, opening)


def _execution(ledger: Ledger, held: Decimal, report: FillReport, rate: Decimal | None) -> Execution:
    """What becomes of what is `held`, and what that costs: by the market's rates, or as the venue says."""
    market, execution_id = ledger.markets[report.symbol], ledger.ids.new()
    closing, opening = split(held, report.side, report.quantity)
    if report.fee is not None:
        return _as_stated(execution_id, market, report, report.fee, closing, opening)
    if rate is None:
        rate = market.maker_fee if report.liquidity is _MAKER else market.taker_fee
    unit, base_fee = report.price * rate, ZERO
    if ledger.settings.base_fees and report.side is _BUY:
        # Rounded, or the places of what is held would grow with every trade.
        base_fee = divide(opening * rate, ONE)
    on_closing = closing * unit if closing else ZERO
    on_opening = opening * unit if opening and not base_fee else ZERO
    return Execution(report, execution_id, closing, opening, on_closing, on_opening, base_fee)


def _as_stated(
    execution_id: str, market: Market, report: FillReport, fee: Decimal, closing: Decimal, opening: Decimal
) -> Execution:
    """The venue says what it took: in the quote currency, out of what was bought, or in a coin of its own."""
    base_fee = other_fee = share = rest = ZERO
    if report.fee_currency == market.quote:
        share = divide(fee * closing, report.quantity) if opening else fee
        rest = fee - share
    elif report.fee_currency == market.base and report.side is _BUY and opening > fee:
        base_fee = fee
    else:
        other_fee = fee
    return Execution(report, execution_id, closing, opening, share, rest, base_fee, other_fee)


def _fill_external(ledger: Ledger, order: Order, report: FillReport) -> None:
    """An order that was made elsewhere: what it filled is shown, and no money of ours moves."""
    order.fill(report.quantity, report.quantity * report.price, ledger.now)
    full = order.status is _FILLED
    if full:
        ledger.drop_order(ledger.accounts[order.account], order, ZERO)
    ledger.tell_order(_ORDER_FILLED if full else _PARTLY_FILLED, order)


def _fill_order(ledger: Ledger, account: Account, order: Order, execution: Execution) -> None:
    report, fee = execution.report, execution.on_closing + execution.on_opening
    quantity, value = report.quantity, report.quantity * report.price
    order.fill(quantity, value, ledger.now, fee)
    if execution.base_fee:
        order.keep_back(execution.base_fee)
    if execution.other_fee:
        order.pay_in(report.fee_currency, execution.other_fee)
    account.pay(value if report.side is _BUY else -value, fee)
    if fee:
        fees = ledger.accounts[FEES]
        fees.receive(fee)
        ledger.touch(fees)
    ledger.moved(account)
    if order.status is _FILLED:
        ledger.drop_order(account, order, quantity)
        ledger.tell_order(_ORDER_FILLED, order)
    else:
        account.give_back(order, quantity)
        ledger.tell_order(_PARTLY_FILLED, order)


def _fill_house(ledger: Ledger, report: FillReport) -> None:
    """The other side of a user's trade with the flow: the books must balance, nobody is told."""
    house = ledger.accounts[HOUSE]
    house.receive(-report.quantity * report.side.sign * report.price)
    position = house.positions.get(report.symbol)
    closing, opening = split(ZERO if position is None else position.quantity, report.side, report.quantity)
    if position is not None and closing:
        house.earn(position.reduce(closing, report.price))
        ledger.touch_position(house, position)
    if opening:
        position = house.positions.get(report.symbol) or _open(ledger, house, report.symbol, report.side)
        position.increase(opening * report.side.sign, report.price)
        ledger.touch_position(house, position)
    ledger.touch(house)


def _book(ledger: Ledger, account: Account, order: Order, held: Position | None, execution: Execution) -> None:
    """Apply a fill: what it closes first, then what it opens. Through zero that is two trades and two positions."""
    price, closing, opening = execution.report.price, execution.closing, execution.opening
    if held is not None and closing:
        profit = held.reduce(closing, price, execution.on_closing)
        account.earn(profit)
        event = _UPDATED if held.quantity else _CLOSED
        _trade(ledger, account, order, held, execution, closing, profit, event, execution.on_closing)
        held = None
    if opening:
        position = held or _open(ledger, account, order.symbol, order.side)
        position.increase(opening if order.side is _BUY else -opening, price, execution.on_opening)
        if execution.base_fee:
            _take_out_of_position(ledger, position, execution.base_fee)
        event = _UPDATED if held else _OPENED
        _trade(ledger, account, order, position, execution, opening, None, event, execution.on_opening)


def _take_out_of_position(ledger: Ledger, position: Position, quantity: Decimal) -> None:
    """A fee in base currency: less is held for the same cost, and the fees' account holds the rest at none."""
    fees = ledger.accounts[FEES]
    theirs = fees.positions.get(position.symbol) or _open(ledger, fees, position.symbol, Side.BUY)
    position.hand_over(quantity, theirs)
    ledger.touch_position(fees, theirs)
    ledger.touch(fees)


def _take_out_of_coin(ledger: Ledger, account: Account, coin: str, fee: Decimal) -> None:
    """A fee in a coin that was bought here too: so much less of it is held. Else it came out of what nobody here counts."""
    position = account.positions.get(f"{coin}/{ledger.settings.currency}")
    if position is None or position.quantity <= fee or not ledger.settings.base_fees:
        return
    _take_out_of_position(ledger, position, fee)
    ledger.touch_position(account, position)
    ledger.tell_position(_UPDATED, account, position)
    ledger.moved(account)
    exits.fit(ledger, account, position.symbol)


def _open(ledger: Ledger, account: Account, symbol: str, side: Side) -> Position:
    position = Position(ledger.ids.new(), account.name, symbol, ledger.now, ledger.now, side)
    ledger.hold(account, position)
    return position


def _trade(
    ledger: Ledger,
    account: Account,
    order: Order,
    position: Position,
    execution: Execution,
    quantity: Decimal,
    profit: Decimal | None,
    event: EventName,
    fee: Decimal,
) -> None:
    """One trade of one position, told: the trade, then what became of the position."""
    report, market, symbol = execution.report, ledger.markets[order.symbol], order.symbol
    paid, currency = fee, market.quote
    if execution.base_fee or execution.other_fee:
        paid, currency = _paid(execution, market, fee, is_entry=profit is None)
    trade_id = ledger.ids.new()
    # In the order of the parameters: to find six names costs more than the call.
    encoded = payloads.trade_bytes(
        trade_id, order, position.id, market, report, quantity, paid, currency, profit, execution.id, ledger.stamp
    )
    row = TradeRow(trade_id, account.name, order.id, symbol, order.side, ledger.now, report.venue_trade_id, encoded)
    ledger.record_trade(row, _LIQUIDATION if order.origin is _LIQUIDATED else _TRADE)
    ledger.tell(_EXECUTED, account, payloads.TRADE, encoded)
    ledger.touch_position(account, position)
    _mark(ledger, symbol, report.price)
    ledger.tell_position(event, account, position)


def _mark(ledger: Ledger, symbol: str, price: Decimal) -> None:
    """The print of this fill comes after it: its price is the mark already. A venue that is some way off has shown the
    print long ago, and others since: what was looked at then was the account without this fill."""
    if not ledger.settings.answers_later or symbol not in ledger.last:
        ledger.last[symbol] = price
    else:
        ledger.moved_marks.add(symbol)


def _paid(execution: Execution, market: Market, fee: Decimal, *, is_entry: bool) -> tuple[Decimal, str]:
    """The fee as the trade tells it: how much, of what. `fee` is what it is worth in the market's quote."""
    if execution.base_fee and is_entry:
        return execution.base_fee, market.base
    if execution.other_fee:
        return execution.other_fee, execution.report.fee_currency
    return fee, market.quote
