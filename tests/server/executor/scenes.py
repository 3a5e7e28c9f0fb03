"""States that an account can be in, and every command of the API in each: what undo and restart are tried on."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from server.domain.commands import (
    AmendOrder,
    BracketLeg,
    CancelAll,
    CancelOrder,
    CloseAllPositions,
    ClosePosition,
    Command,
    CreateOco,
    CreateOrder,
    Deposit,
    Kill,
    OpenAccount,
    OrderTerms,
    PreviewOrder,
    ResetAccount,
    Resume,
    ReversePosition,
    SetLimits,
    SetProtection,
)
from server.domain.risk import CoreSettings
from tests.builders import market
from tests.server.executor.rig import Rig, make
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce

FREE = {"paper_cash": Decimal(100_000), "collar_pct": Decimal(0)}


def _rig(**more: object) -> Rig:
    latency = more.pop("latency", None)
    settings = CoreSettings(**{**FREE, **more})  # type: ignore[arg-type]
    rig = Rig(settings, [market(lot=Decimal("0.1"))], latency)  # type: ignore[arg-type]
    rig.open("ann", "bob")
    return rig


def _ladders(rig: Rig) -> None:
    for price, side in ((99, "buy"), (98, "buy"), (101, "sell"), (102, "sell"), (103, "sell")):
        rig.flow(side, "20", str(price))
    rig.arrive()


def fresh() -> Rig:
    """Nothing has traded, nobody stands in the book."""
    return _rig()


def flat() -> Rig:
    """A book and a last price, no position."""
    rig = _rig()
    rig.trade_at("100.0")
    _ladders(rig)
    return rig


def long() -> Rig:
    """A position with protection, orders of all kinds, and another user in the book."""
    rig = flat()
    _long(rig)
    return rig


def _long(rig: Rig) -> None:
    rig.order("ann", "buy", "5")
    rig.arrive(2)
    rig.do(SetProtection("ann", "BTC/USD", BracketLeg(Decimal(120)), BracketLeg(Decimal(90))))
    rig.order("ann", "buy", "1", "97.5", client_order_id="mine")
    rig.order("ann", "buy", "1", "97.0", time_in_force=TimeInForce.DAY)
    rig.order("ann", "buy", "1", "104.0", type="stop_limit", stop_price=Decimal("103.5"))
    rig.order("ann", "sell", "1", type="trailing_stop", trail_amount=Decimal(4), reduce_only=True)
    rig.order("ann", "buy", "1", "96.0", take_profit=BracketLeg(Decimal(110)), stop_loss=BracketLeg(Decimal(85)))
    until = rig.clock.now() + timedelta(hours=1)
    rig.order("bob", "sell", "2", "101.0", time_in_force=TimeInForce.GTD, expire_at=until)
    rig.order("bob", "buy", "2", "99.0")
    rig.order("bob", "buy", "1", type="trailing_stop", trail_amount=Decimal(6))
    rig.arrive(2)


def short() -> Rig:
    """The other way round, with a stop that waits near the price."""
    rig = flat()
    rig.order("ann", "sell", "5")
    rig.order("ann", "buy", "5", type="stop", stop_price=Decimal("102.0"), reduce_only=True)
    rig.order("bob", "sell", "3", "101.5")
    return rig


def halted() -> Rig:
    """Killed in a thin book: something is left."""
    rig = long()
    rig.do(SetProtection("ann", "BTC/USD"))
    rig.step(*[])
    rig.withdraw(*(f"flow-{number}" for number in range(3, 5)))
    rig.do(Kill("ann"))
    return rig


def reducing() -> Rig:
    """The day's loss was too large."""
    rig = _rig(limits={"dayLossPct": Decimal(5)}, liquidation=False)
    rig.trade_at("100.0")
    _ladders(rig)
    rig.order("ann", "buy", "15")
    rig.order("ann", "buy", "30", "97.5")
    rig.withdraw(*(f"flow-{number}" for number in range(3, 5)))
    rig.flow("sell", "40", "40.0", TimeInForce.IOC)
    rig.flow("sell", "1", "30.0")
    rig.flow("buy", "1", "30.0")
    rig.flow("buy", "5", "20.0")
    rig.beat()
    return rig


def liquidating() -> Rig:
    """The margin is gone, and the book is too thin to get out at once."""
    rig = _rig(paper_cash=Decimal(120), limits={})
    rig.trade_at("100.0")
    _ladders(rig)
    rig.order("ann", "buy", "5")
    rig.withdraw(*(f"flow-{number}" for number in range(3, 5)))
    rig.trade_at("84.0")
    rig.flow("buy", "0.5", "83.0")
    rig.flow("sell", "1", "85.0")
    rig.beat()
    return rig


def limited() -> Rig:
    """An admin's limits, of which some are used up."""
    rig = long()
    limits: dict[str, Decimal | int | None] = {"ordersPerSecond": 2, "maxOpenOrders": 20, "leverage": Decimal(3)}
    rig.do(SetLimits("ann", {**limits, "dayLossPct": Decimal("33.333333")}))
    rig.do(make("ann", "buy", "0.1", "90.0"), after=0.1)
    return rig


def cash() -> Rig:
    """A cash account that holds something."""
    rig = _rig(cash_account=True)
    rig.trade_at("100.0")
    _ladders(rig)
    rig.order("ann", "buy", "5")
    rig.order("ann", "sell", "2", "110.0")
    rig.order("ann", "buy", "3", "97.0")
    return rig


def base_fees() -> Rig:
    """Fees are taken out of what was bought."""
    rig = _rig(base_fees=True)
    rig.trade_at("100.0")
    _ladders(rig)
    _long(rig)
    return rig


def underway() -> Rig:
    """The venue is some way off: orders, cancels and amends are on their way."""
    rig = _rig(latency="300")
    rig.trade_at("100.0")
    _ladders(rig)
    _long(rig)
    ids = list(rig.core.ledger.accounts["ann"].orders)
    rig.do(make("ann", "buy", "1", "95.0"), after=0.01)
    rig.do(make("bob", "sell", "1"), after=0.01)
    rig.do(CancelOrder("ann", ids[0]), after=0.01)
    return rig


def overdue() -> Rig:
    """Orders whose time is over, which nobody has looked at yet."""
    rig = long()
    rig.clock.advance(3 * 3600)
    return rig


SCENES: tuple[Callable[[], Rig], ...] = (
    *(fresh, flat, long, short, halted, reducing, liquidating, limited, cash, base_fees, underway, overdue),
)


def commands(rig: Rig) -> list[Command]:
    """Every command of the API, some of them in several forms, with ids that are there."""
    orders = rig.core.ledger.accounts["ann"].orders
    first, last = (next(iter(orders), "none"), next(reversed(orders), "none"))
    gtd: dict[str, object] = {"time_in_force": TimeInForce.GTD, "expire_at": rig.clock.now() + timedelta(minutes=1)}
    pair = [OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(price)) for price in (95, 96)]
    bracket: dict[str, object] = {"take_profit": BracketLeg(Decimal(130)), "stop_loss": BracketLeg(Decimal(80))}
    return [
        OpenAccount("cat"),
        make("ann", "buy", "1", "99.5"),
        make("ann", "buy", "2", "102.0", client_order_id="again"),
        make("ann", "sell", "7"),
        make("ann", "buy", "45", None, None, **bracket),
        make("bob", "sell", "30", "90.0"),
        make("ann", "sell", "3", "98.5", time_in_force=TimeInForce.FOK, reduce_only=True),
        make("ann", "buy", "1", "97.0", "limit", post_only=True, **gtd),
        make("ann", "buy", "1", type="stop", stop_price=Decimal(105)),
        make("cat", "buy", "1", type="trailing_stop", trail_percent=Decimal(2)),
        CreateOco("ann", pair[0], pair[1], "pair"),
        PreviewOrder("ann", pair[0]),
        AmendOrder("ann", first, quantity=Decimal(3)),
        AmendOrder("ann", last, quantity=Decimal("0.5"), price=Decimal("98.0")),
        AmendOrder("ann", last, stop_price=Decimal("104.0")),
        CancelOrder("ann", first),
        CancelAll("ann"),
        CancelAll("ann", include_exits=True),
        ClosePosition("ann", "BTC/USD"),
        CloseAllPositions("ann"),
        ReversePosition("ann", "BTC/USD"),
        SetProtection("ann", "BTC/USD", BracketLeg(Decimal(115)), BracketLeg(Decimal(95), Decimal(94))),
        Kill("ann"),
        Resume("ann"),
        SetLimits("ann", {"leverage": Decimal(2), "maxOpenOrders": 3}),
        Deposit("ann", Decimal("100.25")),
        Deposit("ann", Decimal("-50.5")),
        ResetAccount("ann"),
    ]


def name_of(command: Command) -> str:
    """For the name of a test."""
    if isinstance(command, CreateOrder):
        return f"{command.terms.side} {command.terms.type}"
    return type(command).__name__
