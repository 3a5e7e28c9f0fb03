"""What an order would do to the position, in words. Arithmetic on quantities only; no prices, no margin."""

from decimal import Decimal

from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.format import size_text


def effect(held: Decimal, side: Side, quantity: Decimal) -> str:
    """Say what a fill of `quantity` does to the signed position `held`."""
    after = held + side.sign * quantity
    size = size_text(quantity)
    if not held:
        return f"opens {_side(after)} {size}"
    if held * side.sign > 0:
        return f"adds {size}, makes {_side(after)} {size_text(abs(after))}"
    if not after:
        return f"closes {_side(held)} {size_text(abs(held))}"
    if after * held > 0:
        return f"closes {size} of {size_text(abs(held))}"
    return f"FLIPS to {_side(after)} {size_text(abs(after))}"


def _side(signed: Decimal) -> str:
    return "LONG" if signed > 0 else "SHORT"
