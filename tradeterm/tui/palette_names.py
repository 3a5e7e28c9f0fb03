"""The palettes by name, apart from their colours: the settings know them without paying for Textual."""

from enum import StrEnum


class PaletteName(StrEnum):
    GREEN_RED = "green-red"
    RED_GREEN = "red-green"
    BLUE_ORANGE = "blue-orange"
    LIGHT = "light"
    LIGHT_BLUE_ORANGE = "light-blue-orange"
    MONO = "mono"
