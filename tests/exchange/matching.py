"""The inside of the loopback exchange: accounts, price-time books, orders and their fills, as Binance spot keeps them.

No sockets and no clock here. It shares no code with the product: what the two agree on, they agree on twice.
Refusals are `Refused` with the exchange's own code and text.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

ZERO = Decimal(0)
FEE = Decimal("0.001")  # of what is received
BUY, SELL = "BUY", "SELL"
WORKING = ("NEW", "PARTIALLY_FILLED")
STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")


class Refused(Exception):
    """What the exchange answers instead of doing it: HTTP 400 with this code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Rules:
    """One symbol's terms."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    min_notional: Decimal


@dataclass(slots=True)
class Fill:
    """One side of one trade."""

    trade_id: int
    order_id: int
    symbol: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    is_buyer: bool
    is_maker: bool
    time: int


@dataclass(slots=True)
class Order:
    order_id: int
    client_id: str
    account: str
    rules: Rules
    side: str
    type: str
    force: str
    quantity: Decimal
    price: Decimal
    stop: Decimal
    time: int
    status: str = "NEW"
    executed: Decimal = ZERO
    spent: Decimal = ZERO  # of the quote currency
    updated: int = 0
    is_triggered: bool = True
    fills: list[Fill] = field(default_factory=list)

    @property
    def leaves(self) -> Decimal:
        return self.quantity - self.executed

    @property
    def works(self) -> bool:
        return self.status in WORKING


@dataclass(slots=True)
class Account:
    """Who holds a key. `free` and `locked` by asset."""

    key: str
    secret: str
    free: dict[str, Decimal] = field(default_factory=dict)
    locked: dict[str, Decimal] = field(default_factory=dict)
    can_trade: bool = True
    can_withdraw: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """An order's step as the user stream tells it: NEW, TRADE, CANCELED, EXPIRED; with the fill that it was."""

    order: Order
    what: str
    fill: Fill | None
    client_id: str


class Exchange:
    """All symbols and accounts. `told` hears every step of every order, `traded` every trade once. A fee is taken out of
    what is received, or in the quote currency."""

    def __init__(self, rules: list[Rules], now_ms: Callable[[], int]) -> None:
        self.rules = {one.symbol: one for one in rules}
        self.accounts: dict[str, Account] = {}
        self.orders: dict[int, Order] = {}
        self.fills: dict[str, list[Fill]] = {}
        self.last: dict[str, Decimal] = {}
        self.told: Callable[[Happened], None] = lambda step: None
        self.traded: Callable[[Fill], None] = lambda fill: None
        self.fees_in_quote = False
        self._now = now_ms
        self._numbers, self._trades = count(1001), count(5001)

    def open_account(self, key: str, secret: str, **free: str) -> Account:
        account = Account(key, secret, {asset: Decimal(amount) for asset, amount in free.items()})
        self.accounts[key] = account
        self.fills[key] = []
        return account

    # ------------------------------------------------------------ reading

    def book(self, symbol: str, side: str) -> list[Order]:
        """Who stands on a side, the first to trade first."""
        sign = -1 if side == BUY else 1
        standing = [
            one for one in self.orders.values() if one.works and one.is_triggered and one.rules.symbol == symbol
        ]
        own = [one for one in standing if one.side == side]
        return sorted(own, key=lambda one: (sign * one.price, one.order_id))

    def levels(self, symbol: str, side: str, limit: int = 100) -> list[tuple[Decimal, Decimal]]:
        found: dict[Decimal, Decimal] = {}
        for order in self.book(symbol, side):
            found[order.price] = found.get(order.price, ZERO) + order.leaves
        return list(found.items())[:limit]

    def find(self, account: str, symbol: str, order_id: int | None, client_id: str | None) -> Order:
        """Raises Refused -2013. Of orders with one client id, the newest."""
        for order in reversed(self.orders.values()):
            if order.account == account and order.rules.symbol == symbol:
                if order_id is not None and order.order_id == order_id:
                    return order
                if order_id is None and client_id is not None and order.client_id == client_id:
                    return order
        raise Refused(-2013, "Order does not exist.")

    # ------------------------------------------------------------ placing

    def place(
        self,
        account: str,
        symbol: str,
        side: str,
        kind: str,
        *,
        client_id: str,
        quantity: Decimal | None = None,
        quote_quantity: Decimal | None = None,
        price: Decimal | None = None,
        stop: Decimal | None = None,
        force: str = "GTC",
    ) -> Order:
        """Take an order and match it. Raises Refused, and then nothing has changed."""
        rules = self._rules_of(symbol)
        if any(one.works and one.account == account and one.client_id == client_id for one in self.orders.values()):
            raise Refused(-2010, "Duplicate order sent.")
        if quantity is None:
            quantity = self._worth(rules, side, quote_quantity or ZERO)
        order = Order(
            *(next(self._numbers), client_id, account, rules, side, kind, force),
            *(quantity, price or ZERO, stop or ZERO, self._now()),
        )
        order.updated = order.time
        self._check(order)
        order.is_triggered = kind not in STOPS
        self._lock(order)
        self.orders[order.order_id] = order
        self._tell(order, "NEW")
        if order.is_triggered:
            self._match(order)
        return order

    def _worth(self, rules: Rules, side: str, worth: Decimal) -> Decimal:
        touch = self.book(rules.symbol, SELL if side == BUY else BUY)
        price = touch[0].price if touch else self.last.get(rules.symbol, ZERO)
        if not price:
            raise Refused(-2010, "Market is closed.")
        return worth / price // rules.step * rules.step

    def _rules_of(self, symbol: str) -> Rules:
        if symbol not in self.rules:
            raise Refused(-1121, "Invalid symbol.")
        return self.rules[symbol]

    def _check(self, order: Order) -> None:
        rules = order.rules
        if order.quantity <= 0 or order.quantity % rules.step:
            raise Refused(-1013, "Filter failure: LOT_SIZE")
        has_price = order.type in ("LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
        if has_price and (order.price <= 0 or order.price % rules.tick):
            raise Refused(-1013, "Filter failure: PRICE_FILTER")
        price = order.price or order.stop or self.last.get(rules.symbol, ZERO)
        if price and price * order.quantity < rules.min_notional:
            raise Refused(-1013, "Filter failure: NOTIONAL")
        if order.type == "LIMIT_MAKER" and self._fillable(order):
            raise Refused(-2010, "Order would immediately match and take.")
        needed, asset = self._needs(order)
        if self.accounts[order.account].free.get(asset, ZERO) < needed:
            raise Refused(-2010, "Account has insufficient balance for requested action.")

    def _needs(self, order: Order) -> tuple[Decimal, str]:
        if order.side == SELL:
            return order.leaves, order.rules.base
        if order.price:
            return order.leaves * order.price, order.rules.quote
        if order.stop:
            return order.leaves * order.stop, order.rules.quote
        cost, left = ZERO, order.quantity
        for price, size in self.levels(order.rules.symbol, SELL, 10_000):
            taken = min(left, size)
            cost, left = cost + taken * price, left - taken
        return cost, order.rules.quote

    # ------------------------------------------------------------ matching

    def _against(self, order: Order) -> Iterator[Order]:
        for rest in self.book(order.rules.symbol, SELL if order.side == BUY else BUY):
            if order.price and (rest.price > order.price if order.side == BUY else rest.price < order.price):
                return
            if rest.order_id != order.order_id:
                yield rest

    def _fillable(self, order: Order) -> Decimal:
        return sum((rest.leaves for rest in self._against(order)), ZERO)

    def _match(self, order: Order) -> None:
        if order.force == "FOK" and self._fillable(order) < order.leaves:
            self._end(order, "EXPIRED")
            return
        for rest in list(self._against(order)):
            if not order.leaves:
                break
            self._trade(order, rest, min(order.leaves, rest.leaves))
        if order.works and (not order.price or order.force == "IOC"):
            self._end(order, "EXPIRED")
        self._trigger(order.rules.symbol)

    def _trade(self, taker: Order, maker: Order, quantity: Decimal) -> None:
        price, number, now = maker.price, next(self._trades), self._now()
        for order, is_maker in ((maker, True), (taker, False)):
            self._settle(order, price, quantity)
            received = quantity if order.side == BUY else quantity * price
            asset = order.rules.base if order.side == BUY else order.rules.quote
            fee = (quantity * price * FEE, order.rules.quote) if self.fees_in_quote else (received * FEE, asset)
            fill = Fill(
                *(number, order.order_id, order.rules.symbol, price, quantity, *fee),
                *(order.side == BUY, is_maker, now),
            )
            account = self.accounts[order.account]
            account.free[asset] = account.free.get(asset, ZERO) + received
            account.free[fill.fee_asset] -= fill.fee
            order.fills.append(fill)
            self.fills[order.account].append(fill)
            self._tell(order, "TRADE", fill)
        self.last[taker.rules.symbol] = price
        self.traded(taker.fills[-1])

    def _settle(self, order: Order, price: Decimal, quantity: Decimal) -> None:
        """Give up what was locked for it, and take back what it did not cost."""
        self._unlock(order)
        order.executed += quantity
        order.spent += quantity * price
        order.updated = self._now()
        order.status = "PARTIALLY_FILLED" if order.leaves else "FILLED"
        account = self.accounts[order.account]
        paid, asset = (quantity, order.rules.base) if order.side == SELL else (quantity * price, order.rules.quote)
        account.free[asset] -= paid
        if order.leaves:
            self._lock(order)

    def _trigger(self, symbol: str) -> None:
        last = self.last.get(symbol)
        waiting = [one for one in self.orders.values() if one.works and not one.is_triggered]
        for order in waiting:
            if last is None or order.rules.symbol != symbol:
                continue
            rises = (order.side == BUY) == order.type.startswith("STOP")
            if last >= order.stop if rises else last <= order.stop:
                order.is_triggered = True
                self._match(order)

    # ------------------------------------------------------------ ending

    def cancel(self, order: Order, client_id: str) -> None:
        """Raises Refused -2011 for one that works no more. `client_id` names the cancel itself."""
        if not order.works:
            raise Refused(-2011, "Unknown order sent.")
        self._end(order, "CANCELED", client_id)

    def _end(self, order: Order, status: str, client_id: str = "") -> None:
        self._unlock(order)
        order.status, order.updated = status, self._now()
        self._tell(order, status, client_id=client_id)

    def _lock(self, order: Order) -> None:
        self._move(order, 1)

    def _unlock(self, order: Order) -> None:
        self._move(order, -1)

    def _move(self, order: Order, sign: int) -> None:
        """Only what has a price rests, and only what rests locks."""
        if not order.price and not order.stop:
            return
        needed, asset = self._needs(order)
        account = self.accounts[order.account]
        account.free[asset] = account.free.get(asset, ZERO) - sign * needed
        account.locked[asset] = account.locked.get(asset, ZERO) + sign * needed

    def _tell(self, order: Order, what: str, fill: Fill | None = None, client_id: str = "") -> None:
        self.told(Happened(order, what, fill, client_id or order.client_id))


def wire(value: Decimal) -> str:
    """As the exchange writes numbers: eight decimals."""
    return f"{value:.8f}"


def order_wire(order: Order) -> dict[str, Any]:
    """An order as REST shows it."""
    return {
        "symbol": order.rules.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "price": wire(order.price),
        "origQty": wire(order.quantity),
        "executedQty": wire(order.executed),
        "origQuoteOrderQty": wire(ZERO),
        "cummulativeQuoteQty": wire(order.spent),
        "status": order.status,
        "timeInForce": order.force,
        "type": order.type,
        "side": order.side,
        "stopPrice": wire(order.stop),
        "icebergQty": wire(ZERO),
        "time": order.time,
        "updateTime": order.updated,
        "isWorking": order.is_triggered,
        "workingTime": order.time,
        "selfTradePreventionMode": "NONE",
    }
