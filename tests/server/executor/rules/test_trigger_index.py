"""Which waiting orders a print fires: what a look at every one of them would say."""

from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from server.domain.commands import OrderTerms
from server.domain.orders import Order, order_from
from server.executor.rules.trigger_index import Triggers
from tests.builders import START
from tradeterm.protocol.vocabulary import OrderStatus, OrderType, Side

SYMBOL, D = "BTC/USD", Decimal


def waiting(number: int, side: Side, kind: OrderType, level: int) -> Order:
    trail = D(5) if kind is OrderType.TRAILING_STOP else None
    order = order_from(
        OrderTerms(SYMBOL, side, kind, D(1), stop_price=D(level), trail_amount=trail), f"id-{number}", "ann", "", START
    )
    order.status, order.priority = OrderStatus.ACCEPTED, number
    return order


@dataclass
class Slow:
    """All orders, looked at one by one."""

    orders: list[Order] = field(default_factory=list)

    def reached(self, price: Decimal) -> list[Order]:
        return [one for one in self.orders if one.is_open and one.awaits_trigger and one.is_reached(price)]


KINDS = st.sampled_from([OrderType.STOP, OrderType.TAKE_PROFIT, OrderType.TRAILING_STOP])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("watch"), st.sampled_from([Side.BUY, Side.SELL]), KINDS, st.integers(90, 110)),
        st.tuples(st.just("print"), st.integers(88, 112)),
        st.tuples(st.just("move"), st.integers(0, 9), st.integers(90, 110)),
        st.tuples(st.just("end"), st.integers(0, 9)),
    ),
    max_size=30,
)


@given(STEPS)
def test_a_print_fires_what_it_reaches_in_the_order_they_were_made(steps: list[tuple[object, ...]]) -> None:
    """Also when triggers were moved and orders ended meanwhile; each is given once."""
    triggers, slow = Triggers(), Slow()
    for what, *said in steps:
        match what, said:
            case "watch", [Side() as side, OrderType() as kind, int(level)]:
                slow.orders.append(waiting(len(slow.orders), side, kind, level))
                triggers.watch(slow.orders[-1])
            case "print", [int(price)]:
                fired = triggers.reached(SYMBOL, D(price))
                assert [one.id for one in fired] == [one.id for one in slow.reached(D(price))]
                for order in fired:
                    order.fire(START)
            case "move", [int(which), int(level)] if which < len(slow.orders):
                order = slow.orders[which]
                if order.is_open and order.awaits_trigger:
                    order.stop_price = D(level)
                    triggers.watch(order)
            case "end", [int(which)] if which < len(slow.orders):
                slow.orders[which].status = OrderStatus.CANCELLED


def test_markets_do_not_mix() -> None:
    triggers = Triggers()
    triggers.watch(waiting(1, Side.SELL, OrderType.STOP, 100))
    assert triggers.reached("ETH/USD", D(1)) == []
    assert len(triggers.reached(SYMBOL, D(1))) == 1
