"""What an order would do to the position, in words. Arithmetic on quantities only; no prices, no margin."""

from decimal import Decimal

from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.format import size_text

CLOSES = "closes"
NOTHING = f"{CLOSES} nothing"


def effect(held: Decimal, side: Side, quantity: Decimal, *, reduce_only: bool = False) -> str:
    """Say what a fill of `quantity` does to the signed position `held`; reduce-only, it goes no further than that."""
    if reduce_only:
        if held * side.sign >= 0:
            return f"{NOTHING}: there is no {_side(Decimal(-side.sign))} to reduce"
        quantity = min(quantity, abs(held))
    after = held + side.sign * quantity
    size = size_text(quantity)
    if not held:
        return f"opens {_side(after)} {size}"
    if held * side.sign > 0:
        return f"adds {size}, makes {_side(after)} {size_text(abs(after))}"
    if not after:
        return f"{CLOSES} {_side(held)} {size_text(abs(held))}"
    if after * held > 0:
        return f"{CLOSES} {size} of {size_text(abs(held))}"
    return f"FLIPS to {_side(after)} {size_text(abs(after))}"


def is_way_out(words: str) -> bool:
    """Is it an effect that opens nothing?"""
    return words.startswith(CLOSES)


def is_alarming(words: str) -> bool:
    """Is it an effect that hardly anybody means?"""
    return words.startswith(("FLIPS", NOTHING))


def _side(signed: Decimal) -> str:
    return "LONG" if signed > 0 else "SHORT"
