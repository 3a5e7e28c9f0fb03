"""The worked cases of the trade: averages, profit, fees, break-even, margin, liquidation, to the last digit."""

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.protocol import arithmetic
from tradeterm.protocol.arithmetic import MONEY

D = Decimal
QUANTITIES = st.integers(1, 10**12).map(lambda units: D(units).scaleb(-8))
PRICES = st.integers(1, 10**9).map(lambda ticks: D(ticks) / 2)


class Netted:
    """A position as it is kept, fill by fill: what the functions together must make of it."""

    def __init__(self, rate: str) -> None:
        self.rate = D(rate)
        self.quantity = self.cost = self.realised = self.fees = D(0)

    def fill(self, side: str, quantity: Decimal, price: Decimal) -> None:
        self.fees += arithmetic.fee(quantity, price, self.rate)
        signed = quantity if side == "B" else -quantity
        closed = min(quantity, abs(self.quantity)) if self.quantity * signed < 0 else D(0)
        if closed:
            released = arithmetic.released_cost(self.quantity, self.cost, closed)
            direction = 1 if self.quantity > 0 else -1
            self.realised += direction * closed * price - released
            self.cost -= released
            self.quantity -= direction * closed
        opened = (quantity - closed) * (1 if side == "B" else -1)
        self.cost += opened * price
        self.quantity += opened

    @property
    def average(self) -> Decimal:
        return arithmetic.average_price(self.quantity, self.cost)

    @property
    def net(self) -> Decimal:
        return self.realised - self.fees


def after(fills: str, rate: str = "0") -> list[Netted]:
    """The position after each of `B12@100 S9@101 …`."""
    states: list[Netted] = []
    with localcontext(MONEY):
        words = fills.split()
        for count in range(1, len(words) + 1):
            state = Netted(rate)
            for word in words[:count]:
                quantity, price = word[1:].split("@")
                state.fill(word[0], D(quantity), D(price))
            states.append(state)
    return states


def test_small_long_shows_fee_profit_and_percent() -> None:
    """0.01 @ 45,000 at 0.26 %, mark 45,500: fee 1.17, unrealised 5.00, 1.11 %, net 3.83."""
    (state,) = after("B0.01@45000", "0.0026")
    profit = arithmetic.unrealised(state.quantity, state.cost, D(45_500))
    assert (state.fees, profit) == (D("1.17"), D(5))
    assert round(arithmetic.percent(profit, state.cost), 2) == D("1.11")
    assert profit + state.net == D("3.83")


def test_five_fills_with_fees() -> None:
    """Averages and net profit after each step of a long that grows and shrinks."""
    states = after("B12@100 B17@99 S9@101 S4@105 B3@103", "0.0001")
    assert [state.quantity for state in states[1:]] == [29, 20, 16, 19]
    assert states[1].average == D("99.413793103448")
    shown = [round(state.net, 8) for state in states[1:]]
    assert shown == [D("-0.2883"), D("13.89666207"), D("36.19948966"), D("36.16858966")]
    assert round(states[4].average, 10) == D("99.9800362976")
    assert round(states[4].realised, 8) == D("36.62068966")


@pytest.mark.parametrize(
    ("fills", "quantities", "realised"),
    [
        (
            "B100@8 B100@9 S100@10 B150@11 S100@12 S150@14",
            [100, 200, 100, 250, 150, 0],
            ["0", "0", "150", "150", "350", "950"],
        ),
        ("S1@1089 S1@1104 S1@1107 S1@1121.75 B2@1116.75", [-1, -2, -3, -4, -2], ["0", "0", "0", "0", "-22.625"]),
        ("B100@50 S150@55 B50@52", [100, -50, 0], ["0", "500", "650"]),
    ],
)
def test_worked_fills(fills: str, quantities: Sequence[int], realised: Sequence[str]) -> None:
    """Quantity and realised profit after each fill, through partial closes, shorts and flips."""
    states = after(fills)
    assert [state.quantity for state in states] == list(quantities)
    assert [state.realised for state in states] == [D(text) for text in realised]


def test_averages_of_a_long_that_is_cut_twice() -> None:
    """8, 8.5, 8.5, 10, 10: a reduction leaves the average alone."""
    states = after("B100@8 B100@9 S100@10 B150@11 S100@12")
    assert [state.average for state in states] == [D(8), D("8.5"), D("8.5"), D(10), D(10)]


def test_average_of_a_short() -> None:
    """Four sells of one: the quantity-weighted mean."""
    assert after("S1@1089 S1@1104 S1@1107 S1@1121.75")[-1].average == D("1105.4375")


def test_total_never_forgets_the_realised_part() -> None:
    """Short 65 @ 48.10, mark 91.40, realised −6178.25: unrealised −2814.50, total −8992.75."""
    loss = arithmetic.unrealised(D(-65), D(-65) * D("48.10"), D("91.40"))
    assert (loss, loss + D("-6178.25")) == (D("-2814.50"), D("-8992.75"))


@given(QUANTITIES, QUANTITIES, PRICES)
def test_partial_closes_release_exactly_the_open_cost(quantity: Decimal, part: Decimal, price: Decimal) -> None:
    """However it is cut, the pieces add up to what was paid."""
    part = min(part, quantity)
    with localcontext(MONEY):
        cost = quantity * price
        first = arithmetic.released_cost(quantity, cost, part)
        rest = quantity - part
        second = arithmetic.released_cost(rest, cost - first, rest) if rest else D(0)
        assert first + second == cost
        assert D(0) <= first <= cost


@given(QUANTITIES, PRICES, PRICES)
def test_long_and_short_of_one_size_earn_nothing_together(quantity: Decimal, entry: Decimal, mark: Decimal) -> None:
    """What one side wins the other loses."""
    with localcontext(MONEY):
        long = arithmetic.unrealised(quantity, quantity * entry, mark)
        short = arithmetic.unrealised(-quantity, -quantity * entry, mark)
        assert long + short == 0


@pytest.mark.parametrize("quantity", ["0.01", "-0.01", "3", "-17.25"])
def test_closing_at_break_even_nets_nothing(quantity: str) -> None:
    """At that price, less the fee of the close, the total is zero to nine places."""
    size, entry, rate = D(quantity), D(45_000), D("0.0026")
    paid = arithmetic.fee(size, entry, rate)
    price = arithmetic.break_even(size, size * entry, -paid, rate)
    net = arithmetic.unrealised(size, size * entry, price) - paid - arithmetic.fee(size, price, rate)
    assert abs(net) < D("1e-9")
    assert (price > entry) == (size > 0)


def test_liquidation_prices_of_a_full_long_and_short() -> None:
    """10 BTC of 100,000 at 5x: long dies at 39,018.89, short at 49,893.64."""
    fees = arithmetic.fee(D(10), D(45_000), D("0.0026"))
    long = arithmetic.liquidation_price(D(10), D(100_000) - 450_000 - fees, D(0), D(0), D("0.1"))
    short = arithmetic.liquidation_price(D(-10), D(100_000) + 450_000 - fees, D(0), D(0), D("0.1"))
    assert long is not None
    assert short is not None
    assert (round(long, 2), round(short, 2)) == (D("39018.89"), D("49893.64"))


def test_position_that_cash_covers_has_no_liquidation_price() -> None:
    """A long that was paid in full cannot be liquidated; nor can nothing."""
    assert arithmetic.liquidation_price(D(1), D(1000), D(0), D(0), D("0.1")) is None
    assert arithmetic.liquidation_price(D(0), D(1000), D(0), D(0), D("0.1")) is None


def test_division_is_the_only_rounding() -> None:
    """It goes to twelve places, half to even, also where inexact results are trapped; elsewhere they raise."""
    with localcontext(MONEY):
        assert arithmetic.divide(D(1), D(3)) == D("0.333333333333")
        assert arithmetic.divide(D("0.0000000000005"), D(1)) == 0
        assert arithmetic.divide(D("0.0000000000015"), D(1)) == D("0.000000000002")
        with pytest.raises(Inexact):
            _ = D(1) / D(3)
        with pytest.raises(ArithmeticError):
            arithmetic.divide(D(1), D(0))


@given(PRICES, st.sampled_from([D("0.5"), D("0.01"), D("0.3"), D(7)]))
def test_rounding_to_tick_finds_the_neighbours(price: Decimal, tick: Decimal) -> None:
    """Up and down give the two prices on the tick that hold it between them."""
    low, high = (arithmetic.round_to_tick(price, tick, up=up) for up in (False, True))
    with localcontext(Context(prec=50)):
        assert low <= price <= high
        assert high - low in (0, tick)
        assert arithmetic.is_multiple(low, tick)
        assert arithmetic.is_multiple(high, tick)


@given(QUANTITIES, st.sampled_from([D("0.00001"), D("0.1"), D(3)]))
def test_size_is_rounded_down_to_lots(quantity: Decimal, lot: Decimal) -> None:
    """Never above what was asked for, and less than one lot below it."""
    found = arithmetic.round_down(quantity, lot)
    assert 0 <= quantity - found < lot
    assert arithmetic.is_multiple(found, lot)


def test_percent_of_nothing_is_nothing() -> None:
    """A flat position is zero percent up; a loss is negative whichever side it was."""
    assert arithmetic.percent(D(5), D(0)) == 0
    assert arithmetic.percent(D(-5), D(-100)) == -5
    assert arithmetic.margin(D(450_000), D(5)) == 90_000
    assert arithmetic.cost(D(-2), D(3)) == 6


@pytest.mark.parametrize("sign", [1, -1])
def test_figures_of_a_crumb_beside_a_fortune_are_numbers(sign: int) -> None:
    """What has more digits than can be written ends at the highest ratio, or is no price; nothing raises."""
    crumb, fortune = D("0.000000000001"), sign * D(10) ** 30
    with localcontext(MONEY):
        assert arithmetic.ratio(fortune, crumb) == sign * arithmetic.HIGHEST_RATIO
        assert arithmetic.ratio(fortune, -crumb) == -sign * arithmetic.HIGHEST_RATIO
        assert arithmetic.break_even(crumb, D(0), -fortune, D("0.0026")) == sign * arithmetic.HIGHEST_RATIO
        assert arithmetic.liquidation_price(crumb, -fortune, D(0), D(0), D("0.1")) is None


def test_ratios_below_what_can_be_said_end_there() -> None:
    """Of numbers that can be divided and come out too large; nothing divided by nothing is still a mistake."""
    above = arithmetic.HIGHEST_RATIO * 10
    with localcontext(MONEY):
        assert arithmetic.ratio(above, D(1)) == arithmetic.HIGHEST_RATIO
        assert arithmetic.ratio(-above, D(1)) == -arithmetic.HIGHEST_RATIO
        with pytest.raises(InvalidOperation):
            arithmetic.ratio(D(0), D(0))


def test_lots_that_hold_a_quantity_are_whole() -> None:
    """The fewest that hold it, and the most that it holds."""
    lot = D("0.01")
    assert (arithmetic.round_up(D("0.021"), lot), arithmetic.round_down(D("0.029"), lot)) == (D("0.03"), D("0.02"))
    assert arithmetic.round_up(D("0.02"), lot) == arithmetic.round_down(D("0.02"), lot) == D("0.02")
