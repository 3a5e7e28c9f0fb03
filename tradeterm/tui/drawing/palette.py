"""What a colour means, apart from what colour it is: tones, the palettes that paint them, and the theme of each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from rich.style import Style
from textual.theme import Theme

from tradeterm.tui.palette_names import PaletteName


@dataclass(frozen=True, slots=True)
class Ground:
    """What is the same whichever colours mean up and down: the paper, the ink, and what is set off from both."""

    background: str = "#0b0e11"
    foreground: str = "#d6dae0"
    strong: str = "#ffffff"
    muted: str = "#7d8794"
    stale: str = "#5c6570"
    frame: str = "#2f3742"
    panel: str = "#141a21"
    focus: str = "#f0b90b"
    alert: str = "#ff9f43"
    cursor: str = "#2c3f5c"
    cursor_quiet: str = "#233044"
    is_dark: bool = True


DANGER = "#b00020"
DARK = Ground()
LIGHT = Ground(
    background="#fafafa",
    foreground="#24292f",
    strong="#000000",
    muted="#59636e",
    stale="#7c8590",
    frame="#c4cad1",
    panel="#eceff2",
    focus="#8a5a00",
    alert="#a33b00",
    cursor="#b9d2f2",
    cursor_quiet="#dce6f2",
    is_dark=False,
)
# Where orange is a direction, what has the focus and what warns must be told from it.
DARK_BESIDE_ORANGE = replace(DARK, focus="#c4a2ff", alert="#ff7ab6")
LIGHT_BESIDE_ORANGE = replace(LIGHT, focus="#6f36b8", alert="#a8246e")


class Tone(Enum):
    """The part a piece of text plays. Price direction, order side and alert are three separate roles."""

    PLAIN = "plain"
    STRONG = "strong"
    MUTED = "muted"
    HEAD = "head"
    UP = "up"
    DOWN = "down"
    BUY = "buy"
    SELL = "sell"
    ALERT = "alert"
    STALE = "stale"
    FLASH_UP = "flash-up"
    FLASH_DOWN = "flash-down"
    BADGE = "badge"
    DANGER = "danger"
    BID_BAR = "bid-bar"
    ASK_BAR = "ask-bar"

    __hash__ = (
        object.__hash__
    )  # each is one object; Enum would hash its name, in Python, for every run of cells that is drawn


@dataclass
class Palette:
    """One ready style a tone; `cursor` and `cursor_quiet` lie over a row with and without the focus. A console has one, which
    everything that draws holds: it may become another."""

    name: PaletteName
    styles: Mapping[Tone, Style]
    cursor: Style
    cursor_quiet: Style
    theme: Theme
    changes: int = 0  # how often it became another: what was drawn before is drawn otherwise

    @property
    def is_mono(self) -> bool:
        """Has it no colours to tell up from down by?"""
        return self.styles[Tone.UP].color == self.styles[Tone.DOWN].color

    def become(self, other: "Palette") -> None:
        """Look like this one from now on, wherever it is held."""
        self.name, self.styles, self.theme = other.name, other.styles, other.theme
        self.cursor, self.cursor_quiet = other.cursor, other.cursor_quiet
        self.changes += 1


_COLOURS: Mapping[PaletteName, tuple[str, str, Ground]] = MappingProxyType(
    {
        PaletteName.GREEN_RED: ("#2ebd85", "#f6465d", DARK),
        PaletteName.RED_GREEN: ("#f6465d", "#2ebd85", DARK),
        PaletteName.BLUE_ORANGE: ("#56b4e9", "#e69f00", DARK_BESIDE_ORANGE),
        PaletteName.LIGHT: ("#0a7d4f", "#c21f3a", LIGHT),
        PaletteName.LIGHT_BLUE_ORANGE: ("#0072b2", "#b35900", LIGHT_BESIDE_ORANGE),
        PaletteName.MONO: (DARK.foreground, DARK.foreground, DARK),
    }
)


def palette(name: PaletteName, *, colour: bool = True) -> Palette:
    """Build the palette; without colour only bold, dim and reverse are left, for NO_COLOR."""
    if not colour:
        return _colourless(name)
    up, down, ground = _COLOURS[name]
    styles = _mono_styles(ground) if name is PaletteName.MONO else _styles(up, down, ground)
    cursors = Style(bgcolor=ground.cursor), Style(bgcolor=ground.cursor_quiet)
    return Palette(name, MappingProxyType(styles), *cursors, _theme(name, up, down, ground))


def _styles(up: str, down: str, ground: Ground) -> dict[Tone, Style]:
    paper = ground.background
    return {
        Tone.PLAIN: Style(color=ground.foreground),
        Tone.STRONG: Style(color=ground.strong, bold=True),
        Tone.MUTED: Style(color=ground.muted),
        Tone.HEAD: Style(color=ground.muted),
        Tone.UP: Style(color=up),
        Tone.DOWN: Style(color=down),
        Tone.BUY: Style(color=up, bold=True),
        Tone.SELL: Style(color=down, bold=True),
        Tone.ALERT: Style(color=ground.alert, bold=True),
        Tone.STALE: Style(color=ground.stale, italic=True),
        Tone.FLASH_UP: Style(color=up, bgcolor=_tint(up, paper)),
        Tone.FLASH_DOWN: Style(color=down, bgcolor=_tint(down, paper)),
        Tone.BADGE: Style(color=paper, bgcolor=ground.focus, bold=True),
        Tone.DANGER: Style(color="#ffffff", bgcolor=DANGER, bold=True),
        Tone.BID_BAR: Style(color=up, bgcolor=_tint(up, paper)),
        Tone.ASK_BAR: Style(color=down, bgcolor=_tint(down, paper)),
    }


def _mono_styles(ground: Ground) -> dict[Tone, Style]:
    """Direction and side by weight and line alone."""
    ink, paper = ground.foreground, ground.background
    return {
        **_styles(ink, ink, ground),
        Tone.SELL: Style(color=ink, underline=True),
        Tone.ALERT: Style(color=ink, bold=True),
        Tone.FLASH_UP: Style(color=ink, bgcolor=_tint(ink, paper), bold=True),
        Tone.FLASH_DOWN: Style(color=ink, bgcolor=_tint(ink, paper), bold=True),
        Tone.BADGE: Style(color=paper, bgcolor=ink, bold=True),
        Tone.DANGER: Style(color="#ffffff", bgcolor="#000000", bold=True, reverse=True, underline=True),
    }


def _tint(colour: str, paper: str, share: float = 0.22) -> str:
    """The colour laid thinly over the paper."""
    over, under = (tuple(int(text[i : i + 2], 16) for i in (1, 3, 5)) for text in (colour, paper))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in zip(over, under, strict=True))


# What a theme of the terminal's own colours must name; without colour all of it is the terminal's default.
_VARIABLES = (
    *("up", "down", "muted", "frame", "focus", "alert", "border", "border-blurred"),
    *("ansi-background", "ansi-foreground", "block-cursor-foreground", "block-cursor-background"),
    *("input-cursor-background", "input-cursor-foreground"),
    *("input-selection-background", "input-selection-foreground"),
    *("screen-selection-background", "screen-selection-foreground"),
)


def _colourless(name: PaletteName) -> Palette:
    styles = {
        Tone.PLAIN: Style(),
        Tone.STRONG: Style(bold=True),
        Tone.MUTED: Style(dim=True),
        Tone.HEAD: Style(dim=True),
        Tone.UP: Style(),
        Tone.DOWN: Style(),
        Tone.BUY: Style(bold=True),
        Tone.SELL: Style(underline=True),
        Tone.ALERT: Style(bold=True),
        Tone.STALE: Style(dim=True, italic=True),
        Tone.FLASH_UP: Style(reverse=True),
        Tone.FLASH_DOWN: Style(reverse=True),
        Tone.BADGE: Style(reverse=True, bold=True),
        Tone.DANGER: Style(reverse=True, bold=True, underline=True),
        Tone.BID_BAR: Style(),
        Tone.ASK_BAR: Style(),
    }
    plain = "ansi_default"
    theme = Theme(
        name=f"tradeterm-plain-{name}",
        primary=plain,
        background=plain,
        foreground=plain,
        surface=plain,
        panel=plain,
        boost=plain,
        ansi=True,
        variables={**dict.fromkeys(_VARIABLES, plain), "input-cursor-text-style": "reverse"},
    )
    return Palette(name, MappingProxyType(styles), Style(reverse=True), Style(underline=True), theme)


def _theme(name: PaletteName, up: str, down: str, ground: Ground) -> Theme:
    return Theme(
        name=f"tradeterm-{name}",
        primary=ground.focus,
        secondary=ground.muted,
        warning=ground.alert,
        error=down,
        success=up,
        accent=ground.focus,
        foreground=ground.foreground,
        background=ground.background,
        surface=ground.background,
        panel=ground.panel,
        dark=ground.is_dark,
        variables={
            "up": up,
            "down": down,
            "muted": ground.muted,
            "frame": ground.frame,
            "focus": ground.focus,
            "alert": ground.alert,
        },
    )
