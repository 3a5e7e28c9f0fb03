"""What a colour means, apart from what colour it is: tones, the palettes that paint them, and the theme of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from rich.style import Style
from textual.theme import Theme

from tradeterm.tui.palette_names import PaletteName

BACKGROUND = "#0b0e11"
FOREGROUND = "#d6dae0"
MUTED = "#7d8794"
FRAME = "#2f3742"
FOCUS = "#f0b90b"
ALERT = "#ff9f43"
CURSOR = "#233044"
DANGER = "#b00020"


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


@dataclass(frozen=True)
class Palette:
    """One ready style a tone; `cursor` and `cursor_quiet` lie over a row with and without the focus."""

    name: PaletteName
    styles: Mapping[Tone, Style]
    cursor: Style
    cursor_quiet: Style
    theme: Theme

    @property
    def is_mono(self) -> bool:
        """Has it no colours to tell up from down by?"""
        return self.styles[Tone.UP].color == self.styles[Tone.DOWN].color


_PAIRS: Mapping[PaletteName, tuple[str, str]] = MappingProxyType(
    {
        PaletteName.GREEN_RED: ("#2ebd85", "#f6465d"),
        PaletteName.RED_GREEN: ("#f6465d", "#2ebd85"),
        PaletteName.BLUE_ORANGE: ("#56b4e9", "#e69f00"),
        PaletteName.MONO: (FOREGROUND, FOREGROUND),
    }
)


def palette(name: PaletteName, *, colour: bool = True) -> Palette:
    """Build the palette; without colour only bold, dim and reverse are left, for NO_COLOR."""
    if not colour:
        return _colourless(name)
    up, down = _PAIRS[name]
    mono = name is PaletteName.MONO
    styles = {
        Tone.PLAIN: Style(color=FOREGROUND),
        Tone.STRONG: Style(color="#ffffff", bold=True),
        Tone.MUTED: Style(color=MUTED),
        Tone.HEAD: Style(color=MUTED),
        Tone.UP: Style(color=up),
        Tone.DOWN: Style(color=down),
        Tone.BUY: Style(color=up, bold=True),
        Tone.SELL: Style(color=down, bold=not mono, underline=mono),
        Tone.ALERT: Style(color=FOREGROUND if mono else ALERT, bold=True),
        Tone.STALE: Style(color="#5c6570", italic=True),
        Tone.FLASH_UP: Style(color=up, bgcolor=_tint(up), bold=mono),
        Tone.FLASH_DOWN: Style(color=down, bgcolor=_tint(down), bold=mono),
        Tone.BADGE: Style(color=BACKGROUND, bgcolor=FOREGROUND if mono else FOCUS, bold=True),
        Tone.DANGER: Style(
            color="#ffffff", bgcolor="#000000" if mono else DANGER, bold=True, reverse=mono, underline=mono
        ),
        Tone.BID_BAR: Style(color=up, bgcolor=_tint(up)),
        Tone.ASK_BAR: Style(color=down, bgcolor=_tint(down)),
    }
    return Palette(
        name, MappingProxyType(styles), Style(bgcolor="#2c3f5c"), Style(bgcolor=CURSOR), _theme(name, up, down)
    )


def _tint(colour: str, share: float = 0.22) -> str:
    """The colour laid thinly over the background."""
    over, under = (tuple(int(text[i : i + 2], 16) for i in (1, 3, 5)) for text in (colour, BACKGROUND))
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


def _theme(name: PaletteName, up: str, down: str) -> Theme:
    return Theme(
        name=f"tradeterm-dark-{name}",
        primary=FOCUS,
        secondary=MUTED,
        warning=ALERT,
        error=down,
        success=up,
        accent=FOCUS,
        foreground=FOREGROUND,
        background=BACKGROUND,
        surface=BACKGROUND,
        panel="#141a21",
        variables={
            "up": up,
            "down": down,
            "muted": MUTED,
            "frame": FRAME,
            "focus": FOCUS,
            "alert": ALERT,
        },
    )
