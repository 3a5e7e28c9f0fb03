"""A key held down makes one order: terminals tell no release, and repeat a key as if it were pressed again. Pure.

The first press acts. A second one, 180 to 1,000 ms after the key's last event, is a tap or the start of a repeat: it waits,
and a third event within that time says which. A repeat is dropped until the key has been silent.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto

WAIT = timedelta(milliseconds=120)
SOONEST = timedelta(milliseconds=180)
LATEST = timedelta(milliseconds=1000)
SILENCE = timedelta(milliseconds=300)


class Press(Enum):
    ACT = auto()
    WAIT = auto()  # ask again in 120 ms, with `acts`
    DROP = auto()


@dataclass(slots=True)
class _Key:
    last: timedelta
    waiting: list[timedelta] = field(default_factory=list)  # presses that were told to, and nothing has followed yet
    is_held: bool = False


@dataclass(slots=True)
class HeldKeys:
    """One for the keyboard; `at` is when a key was typed, however late it is heard."""

    _keys: dict[str, _Key] = field(default_factory=dict)

    def press(self, name: str, at: timedelta) -> Press:
        """What becomes of this press."""
        key = self._keys.get(name)
        if key is None:
            self._keys[name] = _Key(at)
            return Press.ACT
        gap, key.last = at - key.last, at
        if key.is_held and gap < SILENCE:
            return Press.DROP
        key.is_held = gap < SOONEST
        if key.is_held:
            key.waiting = [one for one in key.waiting if at - one >= WAIT]
            return Press.DROP
        if gap <= LATEST:
            key.waiting.append(at)
            return Press.WAIT
        return Press.ACT

    def acts(self, name: str, at: timedelta) -> bool:
        """A press that had to wait, typed `at`, has waited: does it act? Once, and not when the key was held."""
        key = self._keys.get(name)
        if key is None or at not in key.waiting:
            return False
        key.waiting.remove(at)
        return True
