"""What an order line can mean, as values: what was said, before any market or account is asked. Each writes itself.

`parse(command.text)` is the command again, whatever the command.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum

from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import AlertCondition, Side
from tradeterm.tui.orders.typed_level import Level, Unit, signed

Written = Callable[[Decimal], str]  # how numbers look


class SizeUnit(StrEnum):
    BASE = ""
    QUOTE = "usd"
    OF_POSITION = "%p"
    OF_BUYING_POWER = "%bp"
    AT_RISK = "%risk"
    MAX = "max"


class Anchor(StrEnum):
    """What a price is counted from."""

    FIXED = ""
    MARKET = "mkt"
    BID = "bid"
    ASK = "ask"
    MID = "mid"
    LAST = "last"


class Flag(StrEnum):
    POST = "post"
    IOC = "ioc"
    FOK = "fok"
    GTC = "gtc"
    DAY = "day"
    REDUCE = "reduce"


TIMES = (Flag.IOC, Flag.FOK, Flag.GTC, Flag.DAY)


class Words:
    """What a line or a part of one says; `written` with any look of its numbers, and as it can be typed."""

    __slots__ = ()

    def written(self, number: Written) -> str:
        raise NotImplementedError

    @property
    def text(self) -> str:
        return self.written(quantity_text)


@dataclass(frozen=True, slots=True)
class Size(Words):
    value: Decimal | None  # None: as much as there can be
    unit: SizeUnit = SizeUnit.BASE

    def written(self, number: Written) -> str:
        return "max" if self.value is None else f"{number(self.value)}{self.unit}"


@dataclass(frozen=True, slots=True)
class Distance(Words):
    """`-2t`, `+0.1%`: signed."""

    value: Decimal
    unit: Unit

    def written(self, number: Written) -> str:
        return signed(self.value, self.unit, number)


@dataclass(frozen=True, slots=True)
class Price(Words):
    """A number, or a quote and how far from it."""

    anchor: Anchor
    value: Decimal | None = None  # of FIXED
    away: Distance | None = None

    def written(self, number: Written) -> str:
        if self.value is not None:
            return number(self.value)
        return self.anchor + (self.away.written(number) if self.away is not None else "")


MARKET = Price(Anchor.MARKET)


@dataclass(frozen=True, slots=True)
class OrderWords(Words):
    """`symbol` None: the market on the page. `trail` makes it a stop that follows the market, one that may open a position
    where it `trails_in`."""

    side: Side
    size: Size
    symbol: str | None = None
    price: Price = MARKET
    when: Price | None = None
    stop: Level | None = None
    target: Level | None = None
    trail: Level | None = None
    trails_in: bool = False
    flags: frozenset[Flag] = frozenset()
    until: time | None = None

    def written(self, number: Written) -> str:
        words = [self.side.value, self.size.written(number), self.symbol]
        words += ["when " + self.when.written(number)] if self.when is not None else []
        words += ["@ " + self.price.written(number)] if self.price != MARKET else []
        trail = "when trail" if self.trails_in else "trail"
        for name, level in (("stop", self.stop), ("tp", self.target), (trail, self.trail)):
            words += [f"{name} {level.written(number)}"] if level is not None else []
        words += [flag.value for flag in Flag if flag in self.flags]
        words += [f"until {self.until:%H:%M}"] if self.until is not None else []
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class CancelWords(Words):
    """An order by the end of its id, a market's entries, or `all`; None: the order at the cursor."""

    what: str | None = None

    def written(self, number: Written) -> str:
        return f"c {self.what}" if self.what else "c"


@dataclass(frozen=True, slots=True)
class MoveWords(Words):
    order: str
    price: Price
    quantity: Decimal | None = None

    def written(self, number: Written) -> str:
        size = f" qty {number(self.quantity)}" if self.quantity is not None else ""
        return f"mv {self.order} @ {self.price.written(number)}{size}"


@dataclass(frozen=True, slots=True)
class LeaveWords(Words):
    """`flat` or `rev`; `flat all` leaves every market."""

    verb: str
    symbol: str | None = None

    def written(self, number: Written) -> str:
        return f"{self.verb} {self.symbol}" if self.symbol else self.verb


@dataclass(frozen=True, slots=True)
class ProtectWords(Words):
    """A stop and a target, or a stop that trails."""

    symbol: str | None = None
    stop: Level | None = None
    target: Level | None = None
    trail: Level | None = None

    def written(self, number: Written) -> str:
        levels = (("stop", self.stop), ("tp", self.target), ("trail", self.trail))
        words = [
            "protect",
            self.symbol,
            *(f"{name} {level.written(number)}" for name, level in levels if level is not None),
        ]
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class AlertWords(Words):
    condition: AlertCondition
    price: Decimal
    symbol: str | None = None

    def written(self, number: Written) -> str:
        sign = ">" if self.condition is AlertCondition.ABOVE else "<"
        return " ".join(word for word in ("alert", self.symbol, sign, number(self.price)) if word)


@dataclass(frozen=True, slots=True)
class UnalertWords(Words):
    """Take away the alerts of a market, or `all`."""

    what: str

    def written(self, number: Written) -> str:
        return f"unalert {self.what}"


@dataclass(frozen=True, slots=True)
class ArmWords(Words):
    """None: as it was last."""

    minutes: int | None = None
    cap: Decimal | None = None

    def written(self, number: Written) -> str:
        minutes = f" {self.minutes}m" if self.minutes is not None else ""
        return f"arm{minutes}" + (f" {number(self.cap)}" if self.cap is not None else "")


@dataclass(frozen=True, slots=True)
class QuantityWords(Words):
    """The size that the ladder's keys send."""

    quantity: Decimal

    def written(self, number: Written) -> str:
        return f"qty {number(self.quantity)}"


@dataclass(frozen=True, slots=True)
class TapeWords(Words):
    """Show prints of at least this size; zero: all."""

    least: Decimal

    def written(self, number: Written) -> str:
        return f"tape {number(self.least)}"


@dataclass(frozen=True, slots=True)
class DeadManWords(Words):
    """Seconds; 0 is off."""

    seconds: int

    def written(self, number: Written) -> str:
        return f"deadman {f'{self.seconds}s' if self.seconds else 'off'}"


@dataclass(frozen=True, slots=True)
class NameWords(Words):
    """A verb with one name: `sym`, `tf`, `theme`, `sound`, `notify`."""

    verb: str
    name: str

    def written(self, number: Written) -> str:
        return f"{self.verb} {self.name}"


@dataclass(frozen=True, slots=True)
class BareWords(Words):
    """A verb alone: `disarm`, `unlock`, `view`, `trade`, `help`, `kill`, `quit`."""

    verb: str

    def written(self, number: Written) -> str:
        return self.verb


LineCommand = (
    OrderWords
    | CancelWords
    | MoveWords
    | LeaveWords
    | ProtectWords
    | AlertWords
    | UnalertWords
    | ArmWords
    | QuantityWords
    | TapeWords
    | DeadManWords
    | NameWords
    | BareWords
)
