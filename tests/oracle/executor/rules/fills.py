"""What one execution does: cash and fee, the order, then what it closes, then what it opens; each told once."""

from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.arithmetic import ONE, ZERO, divide
from tests.oracle.domain.accounts import FEES, HOUSE, Account
from tests.oracle.domain.orders import Order
from tests.oracle.domain.positions import Position, split
from tests.oracle.executor.rules import coverage, exits, halt
from tests.oracle.executor.rules.conditional_orders import Firing
from tests.oracle.executor.state import payloads
from tests.oracle.executor.state.ledger import Ledger
from tests.oracle.ports import FillReport, TradeRow
from tradeterm.protocol.vocabulary import BalanceReason, EventName, Liquidity, OrderStatus, Reason, Side

FLOW = ""


@dataclass(slots=True)
class Execution:
    """What one fill did, for its trade rows."""

    report: FillReport
    rate: Decimal
    execution_id: str
    closing: Decimal
    opening: Decimal
    base_fee: Decimal  # paid out of what was bought; then what is opened pays nothing else


def fill(ledger: Ledger, firing: Firing, report: FillReport, rate: Decimal | None = None) -> None:
    """Book one side of a trade. `rate` is the fee's where it is not the market's own."""
    if report.account == FLOW:
        _fill_house(ledger, report)
        return
    order = ledger.orders.get(report.order_id)
    if order is None or not ledger.is_new_trade(order, report.venue_trade_id):
        return
    account, market = ledger.accounts[order.account], ledger.markets[order.symbol]
    if rate is None:
        rate = market.maker_fee if report.liquidity is Liquidity.MAKER else market.taker_fee
    closing, opening = split(account.held(order.symbol), order.side, report.quantity)
    in_base = opening if ledger.settings.base_fees and order.side is Side.BUY else ZERO
    # Rounded, or the places of what is held would grow with every trade.
    execution = Execution(report, rate, ledger.ids.new(), closing, opening, divide(in_base * rate, ONE))
    _fill_order(ledger, account, order, execution)
    _book(ledger, account, order, execution)
    if account.exits or order.oco_id or order.take_profit or order.stop_loss or order.origin is Reason.REVERSE:
        exits.after_fill(ledger, firing, order, report.quantity, opening)
    if order.closes_only and order.symbol in account.entries:
        coverage.cut_entries(ledger, account, order)
    if opening and account.holds:
        halt.close_late(ledger, account, order.symbol, opening)


def _fill_order(ledger: Ledger, account: Account, order: Order, execution: Execution) -> None:
    report = execution.report
    order.fill(report.quantity, report.price, ledger.now)
    if execution.base_fee:
        order.base_fees += execution.base_fee
        fee = execution.closing * report.price * execution.rate
    else:
        fee = report.quantity * report.price * execution.rate
    order.fees += fee
    account.give_back(order, report.quantity)
    account.cash -= report.quantity * report.side.sign * report.price + fee
    account.fees_paid += fee
    if fee:
        fees = ledger.accounts[FEES]
        fees.cash += fee
        ledger.touch(fees)
    ledger.moved(account)
    full = order.status is OrderStatus.FILLED
    if full:
        ledger.drop_order(account, order, ZERO)
    ledger.tell_order(EventName.ORDER_FILLED if full else EventName.ORDER_PARTIALLY_FILLED, order)


def _fill_house(ledger: Ledger, report: FillReport) -> None:
    """The other side of a user's trade with the flow: the books must balance, nobody is told."""
    house = ledger.accounts[HOUSE]
    house.cash -= report.quantity * report.side.sign * report.price
    closing, opening = split(house.held(report.symbol), report.side, report.quantity)
    if closing:
        position = house.positions[report.symbol]
        house.realised += position.reduce(closing, report.price)
        ledger.touch_position(house, position)
    if opening:
        position = house.positions.get(report.symbol) or _open(ledger, house, report.symbol, report.side)
        position.increase(opening * report.side.sign, report.price)
        ledger.touch_position(house, position)
    ledger.touch(house)


def _book(ledger: Ledger, account: Account, order: Order, execution: Execution) -> None:
    """Apply a fill: what it closes first, then what it opens. Through zero that is two trades and two positions."""
    report = execution.report
    if execution.closing:
        position = account.positions[order.symbol]
        profit = position.reduce(execution.closing, report.price)
        account.realised += profit
        event = EventName.POSITION_UPDATED if position.quantity else EventName.POSITION_CLOSED
        fee = execution.closing * report.price * execution.rate
        _trade(ledger, account, order, position, execution, execution.closing, profit, event, fee)
    if execution.opening:
        held = account.positions.get(order.symbol)
        position = held or _open(ledger, account, order.symbol, order.side)
        position.increase(execution.opening * order.side.sign, report.price)
        event = EventName.POSITION_UPDATED if held else EventName.POSITION_OPENED
        fee = ZERO if execution.base_fee else execution.opening * report.price * execution.rate
        if execution.base_fee:
            _take_out_of_position(ledger, position, execution.base_fee)
        _trade(ledger, account, order, position, execution, execution.opening, None, event, fee)


def _take_out_of_position(ledger: Ledger, position: Position, quantity: Decimal) -> None:
    """A fee in base currency: less is held for the same cost, and the fees' account holds the rest at none."""
    position.quantity -= quantity
    fees = ledger.accounts[FEES]
    theirs = fees.positions.get(position.symbol) or _open(ledger, fees, position.symbol, Side.BUY)
    theirs.quantity += quantity
    ledger.touch_position(fees, theirs)
    ledger.touch(fees)


def _open(ledger: Ledger, account: Account, symbol: str, side: Side) -> Position:
    position = Position(ledger.ids.new(), account.name, symbol, ledger.now, ledger.now, side=side)
    ledger.hold(account, position)
    return position


def _mark(ledger: Ledger, symbol: str, price: Decimal) -> None:
    # The print of this fill comes after it: its price is the mark already.
    if not ledger.settings.answers_later or symbol not in ledger.last:
        ledger.last[symbol] = price
    else:
        ledger.moved_marks.add(symbol)


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
    report = execution.report
    position.fees += fee
    in_base = execution.base_fee if profit is None else ZERO
    trade_id = ledger.ids.new()
    encoded = payloads.trade_bytes(
        *(trade_id, order, position.id, ledger.markets[order.symbol]),
        entry=profit is None,
        quantity=quantity,
        price=report.price,
        fee=in_base or fee,
        in_base=bool(in_base),
        profit=profit,
        liquidity=report.liquidity,
        execution_id=execution.execution_id,
        venue_trade_id=report.venue_trade_id,
        now=ledger.now,
    )
    row = (trade_id, account.name, order.id, order.symbol, order.side, ledger.now, report.venue_trade_id, encoded)
    ledger.record_trade(TradeRow(*row))
    is_forced = order.origin is Reason.LIQUIDATION
    ledger.because(account, BalanceReason.LIQUIDATION if is_forced else BalanceReason.TRADE, trade_id)
    ledger.tell(EventName.TRADE_EXECUTED, account, b"trade", encoded)
    ledger.touch_position(account, position)
    _mark(ledger, order.symbol, report.price)
    position.encoded = ledger.position_bytes(account, position)
    ledger.tell(event, account, b"position", position.encoded)
