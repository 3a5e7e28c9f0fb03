"""One turn: what follows from a command, a step of the flow or the time is carried through, in its order, before the next."""

from datetime import timedelta
from decimal import Decimal, localcontext

from server.domain.commands import BracketLeg, CancelAll, Kill, OpenAccount, ResetAccount, SetDeadMan
from server.executor import turn
from server.executor.core import Core
from server.ports import Place
from server.venues.paper import PaperVenue
from tests.builders import Desk
from tests.server.executor.desks import FREE, FarDesk, body, go_long, opened
from tests.server.executor.rig import make
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import Side, TimeInForce

D = Decimal


def place(side: Side, quantity: str, price: str, name: str) -> Place:
    return Place(name, "", "BTC/USD", side, D(quantity), D(price), TimeInForce.GTC)


def test_a_command_is_carried_through_before_its_answer_is_asked_for() -> None:
    """A kill cancels, closes and looks again: all of it is one turn at a venue that answers at once."""
    desk = opened()
    go_long(desk)
    desk.order("ann", "buy", "1", "90.0")
    desk.flow("buy", "5", "99.0")
    reply = body(desk.do(Kill("ann")))
    assert (reply["tradingState"], reply["orders"], reply["positions"]) == ("halted", [], [])
    assert not desk.core.requests
    assert not desk.core.urgent_requests
    assert desk.account("ann").held("BTC/USD") == 0


def test_what_waits_for_requests_to_be_through_is_done_in_the_same_turn() -> None:
    """A reset brings the money back when all is cancelled and closed."""
    desk = opened()
    go_long(desk)
    desk.order("ann", "buy", "1", "90.0")
    assert desk.do(ResetAccount("ann")).status == 200
    account = desk.account("ann")
    assert (account.cash, account.orders, account.positions) == (FREE.paper_cash, {}, {})


def test_what_one_order_of_the_flow_brings_about_is_through_before_the_next() -> None:
    """A print that fires a stop: the stop sells to who bid then, not to who bids after it in the same step."""
    desk = opened()
    go_long(desk)
    desk.order("ann", "sell", "1", type="stop", stop_price=D("95.0"), reduce_only=True)
    step = [
        place(Side.BUY, "1", "94.0", "f1"),
        place(Side.BUY, "1", "95.0", "f2"),
        place(Side.SELL, "1", "95.0", "f3"),
        place(Side.BUY, "1", "94.5", "f4"),
    ]
    with localcontext(MONEY):
        turn.take_flow(desk.core, desk.line, step, desk.now)
    desk._take_batch()
    assert desk.last("ann", "trade:executed")["trade"]["price"] == "94.00"


class Trusting(Desk):
    """At a venue that knows nothing of positions: only what it is sent keeps an exit from filling."""

    def __init__(self) -> None:
        super().__init__(FREE)
        markets, ids = self.core.ledger.markets, self.core.ledger.ids
        self.venue = self.line = PaperVenue(markets)
        self.core = Core(FREE, markets, self.venue, ids, self.core.ledger.find_order)


def test_an_exit_meets_no_fill_after_it_has_lost_its_position() -> None:
    """One order of the flow is large enough for both; the one that closed the position was first."""
    desk = Trusting()
    desk.open("ann")
    go_long(desk)
    desk.order("ann", "sell", "1", "102.0", reduce_only=True)
    desk.order("ann", "sell", "1", "101.0")
    desk.flow("buy", "2", "102.0")
    assert desk.account("ann").held("BTC/USD") == 0
    assert desk.open_orders("ann") == []
    assert desk.names("ann").count("trade:executed") == 2


def test_a_request_that_nobody_wants_any_more_is_not_sent() -> None:
    """Its order ended while it waited for its turn: the venue never hears of it."""
    desk = opened()
    with localcontext(MONEY):
        desk.core.handle(make("ann", "buy", "1", "90.0"), desk.now)
        desk.core.handle(CancelAll("ann"), desk.now)
        turn.take_command(desk.core, desk.line, OpenAccount("cid"), desk.now)
    desk._take_batch()
    told = [one for one in desk.names("ann") if one.startswith("order:")]
    assert told == ["order:created", "order:submitted", "order:cancelled"]


def test_an_order_whose_time_is_over_trades_with_nobody_of_that_moment() -> None:
    desk = opened()
    end = desk.now + timedelta(seconds=10)
    desk.order("ann", "buy", "1", "90.0", time_in_force=TimeInForce.GTD, expire_at=end)
    with localcontext(MONEY):
        turn.take_expiries(desk.core, desk.line, end - timedelta(seconds=1))
        assert len(desk.account("ann").orders) == 1
        turn.take_expiries(desk.core, desk.line, end)
        turn.take_flow(desk.core, desk.line, [place(Side.SELL, "1", "90.0", "f1")], end)
    desk._take_batch()
    assert desk.names("ann")[-3:].count("order:expired") == 1
    assert "trade:executed" not in desk.names("ann")


def test_a_venue_some_way_off_is_heard_when_it_has_said_something() -> None:
    """What follows from it is sent in the same turn: the exits of a bracket, for one."""
    desk = FarDesk()
    desk.open("ann")
    list(desk.venue.execute(place(Side.SELL, "1", "100.0", "f1")))
    desk.order("ann", "buy", "1", "100.0", take_profit=BracketLeg(D("110.0")), stop_loss=BracketLeg(D("90.0")))
    assert desk.account("ann").held("BTC/USD") == 0
    for _ in range(10):
        desk.now += timedelta(seconds=0.1)
        with localcontext(MONEY):
            turn.take_arrivals(desk.core, desk.far, desk.far.arrived(), desk.now)
        if desk.account("ann").held("BTC/USD"):
            break
    assert len(desk.account("ann").exits["BTC/USD"]) == 2
    assert not desk.core.requests


def test_time_alone_brings_about_what_it_does() -> None:
    """A dead man's entries go with a beat, and are gone when it is over."""
    desk = opened()
    desk.do(SetDeadMan("ann", 5))
    desk.order("ann", "buy", "1", "90.0")
    desk.beat(3)
    assert len(desk.account("ann").orders) == 1
    desk.beat(2)
    assert desk.account("ann").orders == {}
    assert "order:cancelled" in desk.names("ann")
