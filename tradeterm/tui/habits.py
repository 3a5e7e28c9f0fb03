"""What a trader has settled on for every day: how the console begins, what is heard, what is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tradeterm.tui.bells import Bells
from tradeterm.tui.desktop import Desktop
from tradeterm.tui.orders.mode import Modes
from tradeterm.tui.orders.soft_limits import SoftLimits
from tradeterm.tui.pins import Pins

Keep = Callable[[str, str, object], None]  # writes (section, key, value) down; raises OSError


def _forget(section: str, key: str, value: object) -> None:
    """Nobody keeps it."""


def _nowhere(name: str, text: str) -> str:
    """Nobody keeps it."""
    raise OSError("there is no folder for it")


@dataclass(frozen=True, slots=True)
class Habits:
    """`export` writes a text into a new file of about this name, and says where; it may take its time. `limits`: beyond
    which a size is typed twice; `dead_man_s`: asked of the server at the start, 0 is not; `flashes`: is a price that
    turns round tinted?"""

    modes: Modes = field(default_factory=Modes)
    limits: SoftLimits = field(default_factory=SoftLimits)
    bells: Bells = field(default_factory=Bells)
    desktop: Desktop = field(default_factory=Desktop)
    keep: Keep = _forget
    export: Callable[[str, str], str] = _nowhere  # raises OSError
    pins: Pins = field(default_factory=Pins)
    dead_man_s: int = 0
    flashes: bool = True
