"""What an order line can mean, as values: what was said, before any market or account is asked. Each writes itself.

`parse(command.text)` is the command again, whatever the command.
"""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum

from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import AlertCondition, Side


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


class Unit(StrEnum):
    """What a distance is measured in: the quote currency, ticks, percent, or multiples of what the stop risks."""

    PRICE = ""
    TICKS = "t"
    PERCENT = "%"
    RISK = "r"


class Flag(StrEnum):
    POST = "post"
    IOC = "ioc"
    FOK = "fok"
    GTC = "gtc"
    DAY = "day"
    REDUCE = "reduce"


TIMES = (Flag.IOC, Flag.FOK, Flag.GTC, Flag.DAY)


@dataclass(frozen=True, slots=True)
class Size:
    value: Decimal | None  # None: as much as there can be
    unit: SizeUnit = SizeUnit.BASE

    @property
    def text(self) -> str:
        return "max" if self.value is None else f"{quantity_text(self.value)}{self.unit}"


@dataclass(frozen=True, slots=True)
class Distance:
    """`-2t`, `+0.1%`: signed."""

    value: Decimal
    unit: Unit

    @property
    def text(self) -> str:
        return f"{'-' if self.value < 0 else '+'}{quantity_text(abs(self.value))}{self.unit}"


@dataclass(frozen=True, slots=True)
class Price:
    """A number, or a quote and how far from it."""

    anchor: Anchor
    value: Decimal | None = None  # of FIXED
    away: Distance | None = None

    @property
    def text(self) -> str:
        if self.value is not None:
            return quantity_text(self.value)
        return self.anchor + (self.away.text if self.away is not None else "")


MARKET = Price(Anchor.MARKET)


@dataclass(frozen=True, slots=True)
class Level:
    """Where an exit stands: a price, a signed distance from the entry, or a multiple of the risk."""

    value: Decimal
    unit: Unit = Unit.PRICE

    @property
    def text(self) -> str:
        if self.unit in (Unit.PRICE, Unit.RISK):
            return f"{quantity_text(self.value)}{self.unit}"
        return Distance(self.value, self.unit).text


@dataclass(frozen=True, slots=True)
class OrderWords:
    """`symbol` None: the market on the page. `trail` makes it a stop that follows the market."""

    side: Side
    size: Size
    symbol: str | None = None
    price: Price = MARKET
    when: Decimal | None = None
    stop: Level | None = None
    target: Level | None = None
    trail: Level | None = None
    flags: frozenset[Flag] = frozenset()
    until: time | None = None

    @property
    def text(self) -> str:
        words = [self.side.value, self.size.text, self.symbol]
        words += ["when " + quantity_text(self.when)] if self.when is not None else []
        words += ["@ " + self.price.text] if self.price != MARKET else []
        for name, level in (("stop", self.stop), ("tp", self.target), ("trail", self.trail)):
            words += [f"{name} {level.text}"] if level is not None else []
        words += [flag.value for flag in Flag if flag in self.flags]
        words += [f"until {self.until:%H:%M}"] if self.until is not None else []
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class CancelWords:
    """An order by the end of its id, a market's entries, or `all`; None: the order at the cursor."""

    what: str | None = None

    @property
    def text(self) -> str:
        return f"c {self.what}" if self.what else "c"


@dataclass(frozen=True, slots=True)
class MoveWords:
    order: str
    price: Price
    quantity: Decimal | None = None

    @property
    def text(self) -> str:
        size = f" qty {quantity_text(self.quantity)}" if self.quantity is not None else ""
        return f"mv {self.order} @ {self.price.text}{size}"


@dataclass(frozen=True, slots=True)
class LeaveWords:
    """`flat` or `rev`; `flat all` leaves every market."""

    verb: str
    symbol: str | None = None

    @property
    def text(self) -> str:
        return f"{self.verb} {self.symbol}" if self.symbol else self.verb


@dataclass(frozen=True, slots=True)
class ProtectWords:
    symbol: str | None = None
    stop: Level | None = None
    target: Level | None = None

    @property
    def text(self) -> str:
        levels = (("stop", self.stop), ("tp", self.target))
        words = ["protect", self.symbol, *(f"{name} {level.text}" for name, level in levels if level is not None)]
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class AlertWords:
    condition: AlertCondition
    price: Decimal
    symbol: str | None = None

    @property
    def text(self) -> str:
        sign = ">" if self.condition is AlertCondition.ABOVE else "<"
        return " ".join(word for word in ("alert", self.symbol, sign, quantity_text(self.price)) if word)


@dataclass(frozen=True, slots=True)
class UnalertWords:
    """Take away the alerts of a market, or `all`."""

    what: str

    @property
    def text(self) -> str:
        return f"unalert {self.what}"


@dataclass(frozen=True, slots=True)
class ArmWords:
    """None: as it was last."""

    minutes: int | None = None
    cap: Decimal | None = None

    @property
    def text(self) -> str:
        minutes = f" {self.minutes}m" if self.minutes is not None else ""
        return f"arm{minutes}" + (f" {quantity_text(self.cap)}" if self.cap is not None else "")


@dataclass(frozen=True, slots=True)
class QuantityWords:
    """The size that the ladder's keys send."""

    quantity: Decimal

    @property
    def text(self) -> str:
        return f"qty {quantity_text(self.quantity)}"


@dataclass(frozen=True, slots=True)
class TapeWords:
    """Show prints of at least this size; zero: all."""

    least: Decimal

    @property
    def text(self) -> str:
        return f"tape {quantity_text(self.least)}"


@dataclass(frozen=True, slots=True)
class DeadManWords:
    """Seconds; 0 is off."""

    seconds: int

    @property
    def text(self) -> str:
        return f"deadman {f'{self.seconds}s' if self.seconds else 'off'}"


@dataclass(frozen=True, slots=True)
class NameWords:
    """A verb with one name: `sym`, `tf`, `theme`, `sound`, `notify`."""

    verb: str
    name: str

    @property
    def text(self) -> str:
        return f"{self.verb} {self.name}"


@dataclass(frozen=True, slots=True)
class BareWords:
    """A verb alone: `disarm`, `unlock`, `view`, `trade`, `help`, `kill`, `quit`."""

    verb: str

    @property
    def text(self) -> str:
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
