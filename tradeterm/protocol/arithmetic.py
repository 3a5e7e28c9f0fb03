"""The arithmetic that server and console must agree on, to the last digit: pure functions of Decimals, no rounding but one.

A position is (signed quantity, open cost with the sign of the quantity); its average price is derived, never stored.
"""

from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

# Everything but `divide` is exact: an inexact result is a fault of the program and raises.
MONEY = Context(prec=50, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
_ROUNDING = Context(prec=50, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
# For products that are rounded at once: however many digits they have on the way.
_WIDE = Context(prec=200, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
# Looked up once: that is half of what a division costs. A `quotient` has all its digits, for whoever rounds it at once.
quotient, _rounded = _ROUNDING.divide, _ROUNDING.quantize
_wide_product, _wide_quotient, _wide_rounded = _WIDE.multiply, _WIDE.divide, _WIDE.quantize
_PLACES = Decimal(1).scaleb(-12)
ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
HIGHEST_RATIO = Decimal(10) ** 18
_LOWEST_RATIO = -HIGHEST_RATIO


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """The one division: rounded half even to 12 places. Raises on a zero denominator."""
    return _rounded(quotient(numerator, denominator), _PLACES)


def rounded(value: Decimal) -> Decimal:
    """As `divide` rounds."""
    return _rounded(value, _PLACES)


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal:
    """As `divide`, held within ±`HIGHEST_RATIO`: of a crumb beside a fortune no more can be said, and nothing raises."""
    try:
        found = divide(numerator, denominator)
    except InvalidOperation:  # it has more digits than can be kept
        if not denominator:
            raise
        found = HIGHEST_RATIO if (numerator > 0) == (denominator > 0) else _LOWEST_RATIO
    if _LOWEST_RATIO <= found <= HIGHEST_RATIO:
        return found
    return HIGHEST_RATIO if found > 0 else _LOWEST_RATIO


def scaled(value: Decimal, factor: Decimal, divisor: Decimal = Decimal(1)) -> Decimal:
    """value·factor/divisor, rounded as `divide` rounds; the product before it is exact however long it is."""
    return _wide_rounded(_wide_quotient(_wide_product(value, factor), divisor), _PLACES)


def average_price(quantity: Decimal, open_cost: Decimal) -> Decimal:
    """Quantity-weighted entry price; quantity must not be zero."""
    return divide(open_cost, quantity)


def released_cost(quantity: Decimal, open_cost: Decimal, closed: Decimal) -> Decimal:
    """The open cost that a partial close of `closed` (unsigned) releases, signed like the cost; all of it on a full close."""
    if closed == abs(quantity):
        return open_cost
    return scaled(open_cost, closed, abs(quantity))


def unrealised(quantity: Decimal, open_cost: Decimal, mark: Decimal) -> Decimal:
    """Gross profit that the position would make if closed at `mark`."""
    return quantity * mark - open_cost


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """`part` in percent of |whole|; zero of nothing is zero."""
    return divide(part * HUNDRED, abs(whole)) if whole else ZERO


def cost(quantity: Decimal, price: Decimal) -> Decimal:
    """Unsigned value of a quantity at a price."""
    return abs(quantity) * price


def fee(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """The fee of a fill in quote currency; exact."""
    return abs(quantity) * price * rate


def margin(exposure: Decimal, leverage: Decimal) -> Decimal:
    """Initial margin of an exposure."""
    return divide(exposure, leverage)


def break_even(quantity: Decimal, open_cost: Decimal, net_so_far: Decimal, taker_fee: Decimal) -> Decimal:
    """The price at which the net total is zero if all is closed there as taker.

    `net_so_far` is realised gross less the fees already paid. quantity·p − openCost − |quantity|·p·fee + net = 0.
    """
    return ratio(open_cost - net_so_far, quantity - abs(quantity) * taker_fee)


def liquidation_price(
    quantity: Decimal, cash: Decimal, other_equity: Decimal, other_maintenance: Decimal, maintenance_rate: Decimal
) -> Decimal | None:
    """The mark at which equity equals the maintenance margin, others' marks unchanged; None when no price does.

    cash + other_equity + q·p = other_maintenance + |q|·p·rate
    """
    slope = quantity - abs(quantity) * maintenance_rate
    if not slope:
        return None
    price = ratio(other_maintenance - cash - other_equity, slope)
    return price if 0 < price < HIGHEST_RATIO else None


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Is `value` a whole number of steps?"""
    return not value % step


def round_to_tick(price: Decimal, tick: Decimal, *, up: bool) -> Decimal:
    """The nearest price on the tick, at or above (`up`) or at or below."""
    steps = _ROUNDING.divide(price, tick)
    return steps.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR, _ROUNDING) * tick


def round_up(quantity: Decimal, lot: Decimal) -> Decimal:
    """The smallest whole number of lots that holds `quantity`."""
    return (_ROUNDING.divide(quantity, lot)).to_integral_value(ROUND_CEILING, _ROUNDING) * lot


def round_down(quantity: Decimal, lot: Decimal) -> Decimal:
    """The largest whole number of lots within `quantity`."""
    return (_ROUNDING.divide(quantity, lot)).to_integral_value(ROUND_FLOOR, _ROUNDING) * lot
