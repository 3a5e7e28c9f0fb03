"""How freely orders go out."""

from enum import Enum


class Mode(Enum):
    """How freely orders go out. SAFE reviews each."""

    SAFE = "SAFE"
