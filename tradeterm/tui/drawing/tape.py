"""The tape for eyes: what one side took within a moment is one line, and crumbs can be left out. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from tradeterm.protocol.market import Print

MOMENT = timedelta(milliseconds=250)


def summed(prints: Iterable[Print], least: Decimal) -> list[Print]:
    """Newest first, as given: each line the sum of the prints of one side in one moment, at the last of their prices; only
    those of at least this size. A line keeps the id of its oldest print, so that it stays the same line while it grows."""
    lines: list[Print] = []
    began: datetime | None = None
    for one in reversed(list(prints)):
        if began is not None and lines[-1].side is one.side and one.time - began < MOMENT:
            sums = {"price": one.price, "quantity": lines[-1].quantity + one.quantity, "time": one.time}
            lines[-1] = lines[-1].model_copy(update=sums)
        else:
            lines.append(one)
            began = one.time
    return [line for line in reversed(lines) if line.quantity >= least]
