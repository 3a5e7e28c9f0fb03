"""Random commands and flow against the slow model: after every step not a cent is made or lost."""

import os
from decimal import Decimal, localcontext
from fractions import Fraction
from random import Random

import pytest

from server.domain.accounts import SERVICE_ACCOUNTS
from server.domain.commands import (
    AmendOrder,
    BracketLeg,
    CancelAll,
    CancelOrder,
    ClosePosition,
    CreateOco,
    Deposit,
    Kill,
    OrderTerms,
    ResetAccount,
    Resume,
    ReversePosition,
    SetProtection,
)
from server.domain.orders import Order
from server.domain.risk import CoreSettings
from tests.builders import Desk, market
from tests.server.executor.slow_model import SlowModel
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import OrderType, SelfTrade, Side, TimeInForce, TradingState

pytestmark = pytest.mark.no_cover  # what decides is reached by tests that mean it, not by chance
STEPS = 400 * int(os.environ.get("TRADETERM_SOAK", "1"))
USERS = ("ann", "bob", "cat")
KINDS = ["limit"] * 6 + ["market"] * 4 + ["stop", "stop_limit", "take_profit", "take_profit_limit", "trailing_stop"]
TAKER = Fraction("0.0026")
RESTART_EVERY = 100


class Walk:
    """One random walk over everything that can be asked, at prices round 100."""

    def __init__(self, seed: int, settings: CoreSettings) -> None:
        self.chance = Random(seed)
        self.desk = Desk(settings, [market(lot=Decimal("0.1"))])
        self.desk.open(*USERS)
        self.model = SlowModel()
        self.taken = 0
        self.held: dict[str, Decimal] = {}  # after the last step, by account
        self.bound: set[str] = set()  # accounts that could not trade freely then

    def price(self) -> Decimal:
        return Decimal(self.chance.randint(180, 220)) / 2

    def quantity(self) -> Decimal:
        return Decimal(self.chance.randint(1, 30)) / 10

    def side(self) -> Side:
        return self.chance.choice((Side.BUY, Side.SELL))

    def step(self) -> None:
        user, chance, desk = self.chance.choice(USERS), self.chance, self.desk
        draw = chance.random()
        if draw < 0.30:
            tif = chance.choice((TimeInForce.GTC, TimeInForce.IOC))
            desk.flow(self.side(), str(self.quantity()), str(self.price()), tif)
        elif draw < 0.65:
            self.order(user)
        elif draw < 0.67:
            middle = chance.randint(95, 105)
            desk.venue.set_band("BTC/USD", Decimal(middle - 8), Decimal(middle + 8))
            desk.beat()
        elif draw < 0.72:
            desk.beat(chance.choice((0.25, 0.25, 3600)))
        elif draw < 0.80:
            self.change(user)
        else:
            self.leave(user)
        self.catch_up()

    def catch_up(self) -> None:
        """Tell the slow model what was journaled."""
        for batch in self.desk.batches[self.taken :]:
            self.model.take(batch)
        self.taken = len(self.desk.batches)

    def order(self, user: str) -> None:
        chance = self.chance
        kind = chance.choice(KINDS)
        more: dict[str, object] = {"reduce_only": chance.random() < 0.25}
        if kind in ("stop", "stop_limit", "take_profit", "take_profit_limit"):
            more["stop_price"] = self.price()
        if kind == "trailing_stop":
            more["trail_amount"] = Decimal(chance.randint(1, 10))
        if chance.random() < 0.2:
            more["self_trade"] = chance.choice((SelfTrade.CANCEL_TAKING, SelfTrade.CANCEL_BOTH))
        if kind == "limit" and chance.random() < 0.2:
            more["time_in_force"] = chance.choice((TimeInForce.IOC, TimeInForce.FOK, TimeInForce.DAY))
        side = self.side()
        if not more["reduce_only"] and chance.random() < 0.3:
            far = (BracketLeg(Decimal(115)), BracketLeg(Decimal(85)))
            more["take_profit"], more["stop_loss"] = far if side is Side.BUY else far[::-1]
        price = str(self.price()) if "limit" in kind else None
        self.desk.order(user, side, str(self.quantity()), price, type=kind, **more)

    def change(self, user: str) -> None:
        orders = list(self.desk.account(user).orders)
        if orders:
            order_id = self.chance.choice(orders)
            new = self.chance.choice(
                ({"quantity": self.quantity()}, {"price": self.price()}, {"stop_price": self.price()})
            )
            self.desk.do(AmendOrder(user, order_id, **new))

    def leave(self, user: str) -> None:
        chance, desk = self.chance, self.desk
        orders = list(desk.account(user).orders)
        draw = chance.random()
        if orders and draw < 0.4:
            desk.do(CancelOrder(user, chance.choice(orders)))
        elif draw < 0.5:
            desk.do(CancelAll(user, include_exits=chance.random() < 0.5))
        elif draw < 0.6:
            desk.do(ClosePosition(user, "BTC/USD"))
        elif draw < 0.7:
            desk.do(ReversePosition(user, "BTC/USD"))
        elif draw < 0.78:
            desk.do(SetProtection(user, "BTC/USD", BracketLeg(self.price()), BracketLeg(self.price())))
        elif draw < 0.86:
            self.oco(user)
        elif draw < 0.92:
            desk.do(Deposit(user, Decimal(chance.randint(-50, 50) or 1)))
        elif draw < 0.97:
            desk.do(Kill(user))
            desk.do(Resume(user))
        else:
            desk.do(ResetAccount(user))

    def oco(self, user: str) -> None:
        reduce_only = self.chance.random() < 0.5
        side = self.side()
        pair = [
            OrderTerms("BTC/USD", side, OrderType.LIMIT, self.quantity(), self.price(), reduce_only=reduce_only),
            OrderTerms("BTC/USD", side, OrderType.STOP, self.quantity(), None, self.price(), reduce_only=reduce_only),
        ]
        self.desk.do(CreateOco(user, pair[0], pair[1], "pair"))

    def restart(self) -> None:
        """A crash between two steps: every account, position and open order is back as it was."""
        self.desk.beat()  # trailing levels are written down a few times a second
        self.catch_up()
        before = [self.seen(name) for name in USERS]
        self.desk.restart()
        assert [self.seen(name) for name in USERS] == before

    def seen(self, name: str) -> tuple[object, ...]:
        """What an account is, its orders to the last byte."""
        account = self.desk.account(name)
        positions = [
            (one.id, one.quantity, one.open_cost, one.realised, one.fees) for one in account.positions.values()
        ]
        money = (
            account.seq,
            account.cash,
            account.deposits,
            account.realised,
            account.trading_state,
            account.day_start,
        )
        return self.desk.open_orders(name), positions, money

    # ------------------------------------------------------------ what must hold

    def check(self) -> None:
        ledger = self.desk.core.ledger
        accounts = ledger.accounts.values()
        assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts), "Σ cash = Σ deposits"
        assert sum(one.held("BTC/USD") for one in accounts) == 0, "Σ position = 0"
        bid, ask = self.desk.venue.best_bid("BTC/USD"), self.desk.venue.best_ask("BTC/USD")
        assert bid is None or ask is None or bid < ask, "the book is crossed"
        for name in USERS:
            self.check_account(name)

    def check_account(self, name: str) -> None:
        ledger, account, book = self.desk.core.ledger, self.desk.account(name), self.model.books[name]
        with localcontext(MONEY):
            margin = ledger.valuation.margin(account)
            mark = ledger.valuation.margin_mark("BTC/USD") or Decimal(0)
        for exact, told in (
            (account.cash, book.cash),
            (account.fees_paid, book.fees),
            (account.held("BTC/USD"), book.held["BTC/USD"]),
        ):
            # The wire shows twelve places; what a fee in base currency leaves of a lot may have more.
            shown = Fraction(1, 10**9) if ledger.settings.base_fees else 0
            assert abs(Fraction(exact) - told) <= shown
        assert margin.equity == account.deposits + account.realised + margin.unrealised - account.fees_paid
        assert {order.id for order in account.orders.values()} == book.orders.keys()
        assert margin.reserved >= 0
        self.check_exits(name)
        self.check_state(name)
        if ledger.settings.cash_account:
            self.check_cash(name)
            return
        told = self.model.reserved(name, {"BTC/USD": mark}, 5, TAKER)
        assert abs(Fraction(margin.reserved) - told) < Fraction(1, 10**9), "reserved is what the open orders need"

    def check_exits(self, name: str) -> None:
        """What only closes is no more than the position, plain orders and each kind of exits together."""
        account = self.desk.account(name)
        held, closing = account.held("BTC/USD"), account.exits.get("BTC/USD", {}).values()
        assert all(held * order.side.sign < 0 for order in closing), "what only closes has something to close"
        for stops in (True, False):
            kind = [order for order in closing if not order.reduce_only or order.is_stop == stops]
            assert _together(kind) <= abs(held), "exits never exceed the position"

    def check_cash(self, name: str) -> None:
        """A cash account owes nothing, in money or in coins, and sells what it holds."""
        account, margin = self.desk.account(name), self.desk.margin(name)
        assert account.cash >= 0
        assert account.held("BTC/USD") >= 0
        assert Fraction(margin.reserved) == self.model.set_aside(name, TAKER)
        assert margin.available == account.cash - margin.reserved >= 0
        sells = [order for order in account.orders.values() if order.side is Side.SELL]
        assert {order.id for order in sells} == {order.id for order in account.exits.get("BTC/USD", {}).values()}

    def check_state(self, name: str) -> None:
        """While it may only reduce, or nothing at all, no position grows or turns."""
        account = self.desk.account(name)
        held, before = account.held("BTC/USD"), self.held.get(name, Decimal(0))
        if name in self.bound and account.trading_state is not TradingState.ACTIVE:
            assert abs(held) <= abs(before)
            assert held * before >= 0
        self.held[name] = held
        (self.bound.discard if account.trading_state is TradingState.ACTIVE else self.bound.add)(name)


def _together(orders: list[Order]) -> Decimal:
    """What the orders close, the larger of a linked pair."""
    largest: dict[str, Decimal] = {}
    for order in orders:
        key = order.oco_id or order.id
        largest[key] = max(largest.get(key, Decimal(0)), order.leaves)
    return sum(largest.values(), Decimal(0))


def settings(**more: object) -> CoreSettings:
    values: dict[str, object] = {"paper_cash": Decimal(2_000), "collar_pct": Decimal(0), "liquidation": False, **more}
    return CoreSettings(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seed", "more"),
    [
        (1, {}),
        (2, {}),
        (3, {"collar_pct": Decimal(5)}),
        (4, {"liquidation": True, "paper_cash": Decimal(150)}),
        (5, {"base_fees": True}),
        (6, {"cash_account": True}),
        (7, {"cash_account": True, "base_fees": True}),
        (8, {"limits": {"dayLossPct": Decimal(1)}}),
    ],
)
def test_random_steps_make_and_lose_nothing(seed: int, more: dict[str, object]) -> None:
    """Identities, reservations, exits and the slow model hold after every single step."""
    walk = Walk(seed, settings(**more))
    for number in range(1, STEPS + 1):
        walk.step()
        walk.check()
        if number % RESTART_EVERY == 0:
            walk.restart()
            walk.check()
    assert walk.model.mirrored(USERS)
    assert set(walk.model.books) >= set(USERS)
    assert SERVICE_ACCOUNTS[0] not in {name for name, book in walk.model.books.items() if book.seq}
