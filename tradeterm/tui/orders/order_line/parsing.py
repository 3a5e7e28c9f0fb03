"""From a line to its command, or to what is wrong with it and where. Knows no market and no account."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from decimal import Decimal
from functools import partial
from typing import Any

from tradeterm.protocol.market import INTERVALS
from tradeterm.protocol.vocabulary import AlertCondition, Side
from tradeterm.tui.orders.mode import LONGEST_MINUTES
from tradeterm.tui.orders.order_line import reading
from tradeterm.tui.orders.order_line.commands import (
    MARKET,
    TIMES,
    AlertWords,
    ArmWords,
    BareWords,
    CancelWords,
    DeadManWords,
    Flag,
    LeaveWords,
    LineCommand,
    MoveWords,
    NameWords,
    OrderWords,
    Price,
    ProtectWords,
    QuantityWords,
    Size,
    TapeWords,
    UnalertWords,
)
from tradeterm.tui.orders.order_line.reading import Refusal, Word
from tradeterm.tui.orders.typed_level import Level, Unit
from tradeterm.tui.orders.typed_time import clock_time
from tradeterm.tui.palette_names import PaletteName

SIDES = {"buy": Side.BUY, "b": Side.BUY, "long": Side.BUY, "sell": Side.SELL, "s": Side.SELL, "short": Side.SELL}
LEVELS = {"stop": "stop", "tp": "target", "trail": "trail"}
SOUNDS = ("on", "off", "fill", "reject", "alert", "link")
BARE = ("disarm", "unlock", "view", "trade", "help", "kill", "quit")
_SYMBOL = re.compile(r"[a-z0-9]{1,15}(/[a-z0-9]{1,15})?")
_ID = re.compile(r"[0-9a-z-]{1,64}")
LONGEST_SILENCE_S = 3600


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a line means, and the column at which each part of it stands."""

    command: LineCommand
    columns: Mapping[str, int] = field(default_factory=dict)


def parse(line: str) -> Parsed | Refusal:
    """The line's one meaning. An empty line is refused too, with what can be said."""
    try:
        return _Reader(reading.words_of(line), len(line)).command()
    except Refusal as refusal:
        return refusal


class _Reader:
    """Goes through the words once, from the left."""

    def __init__(self, words: list[Word], end: int) -> None:
        self._words, self._end = words, end
        self._next = 0
        self._columns: dict[str, int] = {}

    def command(self) -> Parsed:
        """The whole line. Raises Refusal."""
        verb = self._take("buy, sell, c, mv, flat, rev, protect, alert, sym, tf, arm … ? shows all.")
        if verb.text in SIDES:
            made: LineCommand = self._order(SIDES[verb.text])
        elif verb.text in BARE:
            made = BareWords(verb.text)
        elif (reader := _READERS.get(verb.text)) is not None:
            made = reader(self)
        else:
            raise Refusal(verb.at, f"There is no command {verb.text}.")
        if (extra := self._peek()) is not None:
            raise Refusal(extra.at, f"{extra.text} is not expected here.")
        return Parsed(made, self._columns)

    # -- words --------------------------------------------------------------------------------------------------------

    def _peek(self) -> Word | None:
        return self._words[self._next] if self._next < len(self._words) else None

    def _take(self, wanted: str, name: str = "") -> Word:
        word = self._peek()
        if word is None:
            raise Refusal(self._end, wanted)
        self._next += 1
        if name:
            self._columns[name] = word.at
        return word

    def _take_if(self, text: str) -> bool:
        word = self._peek()
        if word is None or word.text != text:
            return False
        self._next += 1
        return True

    def _symbol(self, *not_one: str) -> str | None:
        """The next word, where it can be a market's name and is none of these words."""
        word = self._peek()
        if word is None or word.text in not_one or not _SYMBOL.fullmatch(word.text):
            return None
        self._next += 1
        self._columns["symbol"] = word.at
        return word.text

    # -- parts --------------------------------------------------------------------------------------------------------

    def _price(self, wanted: str = "At which price?", name: str = "price") -> Price:
        word = self._take(wanted, name)
        found, taken = reading.price(word, self._peek())
        self._next += taken - 1
        return found

    def _trigger(self) -> Price:
        when = self._price("At which price does it wake?", "when")
        if when == MARKET:
            raise Refusal(self._columns["when"], "It wakes at a price: when 46000, when last+50t.")
        return when

    def _level(self, name: str) -> Level:
        return reading.level(self._take(f"{name} where? 44000, -2%, -10t.", LEVELS[name]))

    def _number(self, wanted: str, name: str) -> Any:
        word = self._take(wanted, name)
        return reading.number(word.text, word.at)

    def _coins(self, wanted: str) -> Decimal:
        return reading.coins(self._take(wanted, "size"))

    # -- commands -----------------------------------------------------------------------------------------------------

    def _order(self, side: Side) -> OrderWords:
        size: Size = reading.size(self._take("How much? 0.5, 500usd, 25%bp, 1%risk, max.", "size"))
        order = OrderWords(side, size, self._symbol(*_CLAUSES))
        said: set[str] = set()
        while (word := self._peek()) is not None:
            self._next += 1
            kind = "time" if word.text in {*TIMES, "until"} else word.text
            if word.text not in _CLAUSES:
                raise Refusal(word.at, f"{word.text} is not expected here.")
            if kind in said:
                raise Refusal(word.at, f"{word.text}: that is said already.")
            said.add(kind)
            order = self._clause(order, word)
            said |= {"trail"} if order.trails_in else set()
        return _checked(order, self._columns)

    def _clause(self, order: OrderWords, word: Word) -> OrderWords:
        match word.text:
            case "@":
                return replace(order, price=self._price())
            case "when" if self._take_if("trail"):
                return replace(order, trail=self._level("trail"), trails_in=True)
            case "when":
                return replace(order, when=self._trigger())
            case "until":
                return replace(order, until=_clock(self._take("Until when? 18:00, UTC.", "until")))
            case "stop":
                return replace(order, stop=self._level("stop"))
            case "tp":
                return replace(order, target=self._level("tp"))
            case "trail":
                return replace(order, trail=self._level("trail"))
        self._columns[word.text] = word.at
        return replace(order, flags=order.flags | {Flag(word.text)})

    def _cancel(self) -> LineCommand:
        if self._peek() is None:
            return CancelWords()
        return CancelWords(_matching(_NAME, self._take("", "what"), "An order's id, a market, or all."))

    def _move(self) -> LineCommand:
        order = _matching(_ID, self._take("Which order? The end of its id.", "order"), "The end of an order's id.")
        if not self._take_if("@"):
            raise Refusal(self._words[self._next].at if self._peek() else self._end, "mv ID @ price.")
        price = self._price()
        if price == MARKET:
            raise Refusal(self._columns["price"], "It moves to a price.")
        wants_size = self._take_if("qty")
        return MoveWords(order, price, self._coins("How much in all?") if wants_size else None)

    def _leave(self, verb: str) -> LineCommand:
        return LeaveWords(verb, self._symbol())

    def _protect(self) -> LineCommand:
        made = ProtectWords(self._symbol(*LEVELS))
        while (word := self._peek()) is not None:
            if word.text not in LEVELS:
                raise Refusal(word.at, "protect btc stop 44000 tp 47000, or trail -2%.")
            self._next += 1
            if getattr(made, LEVELS[word.text]) is not None:
                raise Refusal(word.at, f"{word.text}: that is said already.")
            said: dict[str, Any] = {LEVELS[word.text]: self._level(word.text)}
            made = replace(made, **said)
        if made.trail is not None:
            _check_distance(made.trail, self._columns)
            if made.stop is not None or made.target is not None:
                raise Refusal(self._columns["trail"], "trail is an order of its own: no stop or tp beside it.")
        elif made.stop is None and made.target is None:
            raise Refusal(self._end, "With what? stop 44000, tp 47000, both, or trail -2%.")
        if made.stop is not None and made.stop.unit is Unit.RISK:
            raise Refusal(self._columns["stop"], "r counts what the stop risks: it is for tp.")
        return made

    def _alert(self) -> LineCommand:
        symbol = self._symbol()
        sign = self._take("alert btc > 46000.", "sign")
        if sign.text not in (">", "<", ">=", "<="):
            raise Refusal(sign.at, "alert btc > 46000: above is >, below is <.")
        condition = AlertCondition.ABOVE if sign.text[0] == ">" else AlertCondition.BELOW
        return AlertWords(condition, self._number("At which price?", "price"), symbol)

    def _unalert(self) -> LineCommand:
        return UnalertWords(_matching(_SYMBOL, self._take("Of which market? Or all.", "what"), "A market, or all."))

    def _arm(self) -> LineCommand:
        made = ArmWords()
        if (word := self._peek()) is not None and word.text.endswith("m"):
            self._next += 1
            made = ArmWords(_whole(word, word.text[:-1], LONGEST_MINUTES))
        if self._peek() is not None:
            made = replace(made, cap=self._number("Up to which worth?", "cap"))
        return made

    def _quantity(self) -> LineCommand:
        return QuantityWords(self._coins("Which size?"))

    def _tape(self) -> LineCommand:
        word = self._take("From which size on? 0 shows all.", "size")
        return TapeWords(reading.coins(word) if word.text != "0" else Decimal(0))

    def _dead_man(self) -> LineCommand:
        word = self._take("After how many seconds? Or off.", "seconds")
        return DeadManWords(0 if word.text == "off" else _whole(word, word.text.removesuffix("s"), LONGEST_SILENCE_S))

    def _named(self, verb: str) -> LineCommand:
        word = self._take(f"{verb} what?", "name")
        names = _NAMES[verb]
        if names is not None and word.text not in names:
            raise Refusal(word.at, f"{verb}: {', '.join(names)}.")
        return NameWords(verb, _matching(_NAME, word, "A name."))


_NAME = re.compile(r"[0-9a-z/-]{1,64}")
_CLAUSES = ("@", "when", "until", *LEVELS, *Flag)
_NAMES: Mapping[str, tuple[str, ...] | None] = {
    "sym": None,
    "tf": tuple(INTERVALS),
    "theme": tuple(PaletteName),
    "sound": SOUNDS,
    "notify": SOUNDS,
}
_READERS: Mapping[str, Callable[[_Reader], LineCommand]] = {
    "c": _Reader._cancel,
    "cancel": _Reader._cancel,
    "mv": _Reader._move,
    "flat": partial(_Reader._leave, verb="flat"),
    "rev": partial(_Reader._leave, verb="rev"),
    "protect": _Reader._protect,
    "alert": _Reader._alert,
    "unalert": _Reader._unalert,
    "arm": _Reader._arm,
    "qty": _Reader._quantity,
    "tape": _Reader._tape,
    "deadman": _Reader._dead_man,
    **{verb: partial(_Reader._named, verb=verb) for verb in _NAMES},
}
VERBS = ("buy", "sell", *(verb for verb in _READERS if verb != "cancel"), *BARE)


def _matching(form: re.Pattern[str], word: Word, wanted: str) -> str:
    if not form.fullmatch(word.text):
        raise Refusal(word.at, wanted)
    return word.text


def _whole(word: Word, text: str, most: int) -> int:
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise Refusal(word.at, f"A whole number from 1 to {most}.")
    return int(text)


def _clock(word: Word) -> time:
    at = clock_time(word.text)
    if at is None:
        raise Refusal(word.at, "A time is written 18:00, UTC.")
    return at


def _checked(order: OrderWords, columns: Mapping[str, int]) -> OrderWords:
    """What contradicts itself, whatever the market is. Raises Refusal."""
    flags, is_market = order.flags, order.price == MARKET
    if order.stop is not None and order.stop.unit is Unit.RISK:
        raise Refusal(columns["stop"], "r counts what the stop risks: it is for tp.")
    if order.target is not None and order.target.unit is Unit.RISK and order.stop is None:
        raise Refusal(columns["target"], "r counts what the stop risks: it needs a stop.")
    if Flag.POST in flags and (is_market or flags & {Flag.IOC, Flag.FOK} or order.when is not None):
        raise Refusal(columns["post"], "post rests at a price: it goes with @, and not with ioc, fok or when.")
    if order.trail is not None:
        _check_trail(order, columns)
    if is_market and order.when is None and order.trail is None and (flags & set(TIMES) or order.until):
        at = columns.get("until", next((columns[flag] for flag in TIMES if flag in columns), 0))
        raise Refusal(at, "A market order is done at once: a time goes with @ or when.")
    return order


def _check_trail(order: OrderWords, columns: Mapping[str, int]) -> None:
    trail = order.trail
    assert trail is not None
    if Flag.REDUCE not in order.flags and not order.trails_in:
        raise Refusal(columns["trail"], "trail gets out: say reduce. One that may open: when trail -2%.")
    _check_distance(trail, columns)
    if order.price != MARKET or order.when is not None or order.stop or order.target:
        raise Refusal(columns["trail"], "trail is an exit of its own: no @, when, stop or tp beside it.")


def _check_distance(trail: Level, columns: Mapping[str, int]) -> None:
    if trail.unit not in (Unit.PERCENT, Unit.TICKS):
        raise Refusal(columns["trail"], "trail is a distance: -2% or -10t.")
