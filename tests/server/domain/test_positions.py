"""Positions on the worked cases, and against fills replayed with fractions."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.positions import Position, split
from tests.builders import START
from tradeterm.protocol.arithmetic import MONEY, average_price
from tradeterm.protocol.vocabulary import Side


class Netted:
    """One symbol's positions one after another, as fills come."""

    def __init__(self) -> None:
        self.position = self._fresh()
        self.realised = Decimal(0)
        self.opened = 0

    def _fresh(self) -> Position:
        return Position("id", "ann", "BTC/USD", START, START)

    def fill(self, side: Side, quantity: Decimal, price: Decimal) -> None:
        closing, opening = split(self.position.quantity, side, quantity)
        if closing:
            self.realised += self.position.reduce(closing, price)
            if not self.position.quantity:
                self.position = self._fresh()
        if opening:
            self.opened += not self.position.quantity
            self.position.increase(opening * side.sign, price)

    @property
    def average(self) -> Decimal | None:
        held = self.position
        return average_price(held.quantity, held.open_cost) if held.quantity else None


def play(text: str) -> list[tuple[Netted, Decimal | None, Decimal, Decimal]]:
    """After each fill: (held, average, realised so far, quantity)."""
    netted, found = Netted(), []
    for word in text.split():
        side = Side.BUY if word[0] == "B" else Side.SELL
        quantity, price = word[1:].split("@")
        netted.fill(side, Decimal(quantity), Decimal(price))
        found.append((netted, netted.average, netted.realised, netted.position.quantity))
    return found


def test_averages_and_realised_of_a_round_trip() -> None:
    """Bought in two, sold in part, added, sold out: averages 8, 8.5, 8.5, 10, 10, flat."""
    with localcontext(MONEY):
        seen = play("B100@8 B100@9 S100@10 B150@11 S100@12 S150@14")
    assert [average for _, average, _, _ in seen] == [8, Decimal("8.5"), Decimal("8.5"), 10, 10, None]
    assert [realised for _, _, realised, _ in seen] == [0, 0, 150, 150, 350, 950]


def test_short_scaled_in_and_covered_in_part() -> None:
    """The average of four sells is 1105.4375; covering two at 1116.75 costs 22.625."""
    with localcontext(MONEY):
        seen = play("S1@1089 S1@1104 S1@1107 S1@1121.75 B2@1116.75")
    assert seen[-2][1] == Decimal("1105.4375")
    assert seen[-1][2] == Decimal("-22.625")


def test_flip_opens_a_second_position() -> None:
    """+100, then −50 at 55 with 500 realised, then flat with 650 in all; two positions were opened."""
    with localcontext(MONEY):
        seen = play("B100@50 S150@55 B50@52")
    assert [realised for _, _, realised, _ in seen] == [0, 500, 650]
    assert seen[1][1] == 55
    assert seen[2][3] == 0
    assert seen[2][0].opened == 2


def test_average_over_many_fills() -> None:
    """The four stages of a long position, to twelve places."""
    with localcontext(MONEY):
        seen = play("B12@100 B17@99 S9@101 S4@105 B3@103")
    assert seen[1][1] == Decimal("99.413793103448")
    assert seen[1][3] == 29
    assert abs((seen[4][1] or 0) - Decimal("99.98003629764065")) < Decimal("1e-11")
    assert abs(seen[4][2] - Decimal("36.62068966")) < Decimal("1e-8")


@pytest.mark.parametrize(
    ("held", "side", "quantity", "expected"),
    [
        ("0", Side.BUY, "2", ("0", "2")),
        ("1", Side.BUY, "2", ("0", "2")),
        ("3", Side.SELL, "2", ("2", "0")),
        ("1", Side.SELL, "2", ("1", "1")),
        ("-1", Side.BUY, "1", ("1", "0")),
    ],
)
def test_split_of_a_fill(held: str, side: Side, quantity: str, expected: tuple[str, str]) -> None:
    """What closes comes first, the rest opens."""
    assert split(Decimal(held), side, Decimal(quantity)) == tuple(map(Decimal, expected))


fills = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 500), st.integers(1, 100_000)), min_size=1, max_size=40
)


@given(fills)
def test_profit_is_cash_whatever_the_order_of_fills(played: list[tuple[Side, int, int]]) -> None:
    """Realised plus unrealised is exactly the cash that the fills moved plus what is held at the mark."""
    netted, cash, held = Netted(), Fraction(0), Fraction(0)
    with localcontext(MONEY):
        for side, lots, ticks in played:
            quantity, price = Decimal(lots) / 100, Decimal(ticks) / 2
            netted.fill(side, quantity, price)
            cash -= side.sign * Fraction(quantity) * Fraction(price)
            held += side.sign * Fraction(quantity)
        mark = Decimal(played[-1][2]) / 2
        total = Fraction(netted.realised + netted.position.unrealised(mark))
    assert Fraction(netted.position.quantity) == held
    assert total == cash + held * Fraction(mark)
