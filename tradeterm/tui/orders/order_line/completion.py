"""What the word at the end of a line could become, nearest first; and the lines that were typed before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tradeterm.protocol.market import INTERVALS
from tradeterm.tui.orders.order_line.commands import Flag
from tradeterm.tui.orders.order_line.parsing import SOUNDS, VERBS
from tradeterm.tui.palette_names import PaletteName

KEPT = 200
_WITH_ORDERS = ("c", "mv")
_WITH_SYMBOL = (*_WITH_ORDERS, "flat", "rev", "sym", "alert", "unalert", "protect")
_ORDER_WORDS = ("when", "stop", "tp", "trail", "until", *(flag.value for flag in Flag))
_NAMES = {
    "tf": tuple(INTERVALS),
    "theme": tuple(PaletteName),
    "sound": SOUNDS,
    "notify": SOUNDS,
    "deadman": ("60s", "off"),
}


def candidates(line: str, symbols: Iterable[str], orders: Iterable[str]) -> list[str]:
    """Whole lines that the line could become, its last word completed. `symbols` as listed, `orders` by their ids' ends."""
    before, _, part = line.lower().rpartition(" ")
    said = before.split()
    return [f"{before} {word}".lstrip() for word in _next_words(said, symbols, orders) if word.startswith(part)]


def _next_words(said: Sequence[str], symbols: Iterable[str], orders: Iterable[str]) -> list[str]:
    if not said:
        return list(VERBS)
    verb = said[0]
    if verb in _NAMES:
        return list(_NAMES[verb]) if len(said) == 1 else []
    names = _short_names(symbols)
    if verb in ("buy", "sell", "b", "s", "long", "short"):
        fresh = [word for word in _ORDER_WORDS if word not in said]
        return [] if len(said) == 1 else [*(names if len(said) == 2 else []), *fresh]
    if verb == "protect" and len(said) > 1:
        return [word for word in ("stop", "tp", "trail") if word not in said]
    if verb in _WITH_SYMBOL and len(said) == 1:
        everything = ["all"] if verb in ("c", "flat", "unalert") else []
        return [*(orders if verb in _WITH_ORDERS else ()), *(names if verb != "mv" else ()), *everything]
    return []


def _short_names(symbols: Iterable[str]) -> list[str]:
    """`btc` where it is one market's base, else the whole name."""
    listed = [symbol.lower() for symbol in symbols]
    bases = [symbol.partition("/")[0] for symbol in listed]
    return [base if bases.count(base) == 1 else symbol for base, symbol in zip(bases, listed, strict=True)]


@dataclass(slots=True)
class TypedLines:
    """What was typed, each line once, the newest last; `older` and `newer` walk through it from the line at hand."""

    _typed: list[str] = field(default_factory=list)
    _at: int = 0
    _draft: str = ""

    def add(self, line: str) -> None:
        """Keep a line, and begin at the end again."""
        if line.strip():
            self._typed = [*(one for one in self._typed if one != line), line][-KEPT:]
        self.reset()

    def reset(self) -> None:
        self._at, self._draft = len(self._typed), ""

    def older(self, line: str) -> str:
        """The line before; what is half typed is kept for the way back."""
        if self._at == len(self._typed):
            self._draft = line
        self._at = max(0, self._at - 1)
        return self._typed[self._at] if self._typed else line

    def newer(self, line: str) -> str:
        if self._at >= len(self._typed):
            return line
        self._at += 1
        return self._typed[self._at] if self._at < len(self._typed) else self._draft
