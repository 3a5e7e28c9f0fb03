"""How freely orders go out, and what takes that freedom back. Pure: times are arguments, of one steady clock.

VIEW sends nothing. SAFE reviews everything. ARMED lets some keys send at one press, for a while and up to a size.
LOCKED stands after a kill: only cancels go out. The console never starts ARMED, and nothing but `arm` leads there.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum

BLUR = timedelta(seconds=5)
IDLE = timedelta(minutes=2)
LONGEST_MINUTES = 60


class Mode(Enum):
    VIEW = "VIEW"
    SAFE = "SAFE"
    ARMED = "ARMED"
    LOCKED = "LOCKED"


@dataclass(frozen=True, slots=True)
class Arming:
    """For how long, and how much one order may be worth in the quote currency."""

    minutes: int
    cap: Decimal


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What has to be so for one press to be enough. `symbol` is the market on the page."""

    symbol: str
    is_linked: bool = True
    is_fresh: bool = True
    is_unrestricted: bool = True  # the account may open positions
    is_halted: bool = False


@dataclass(frozen=True, slots=True)
class Caution:
    """How soon ARMED ends by itself; `blur` None: not by another window."""

    idle: timedelta = IDLE
    blur: timedelta | None = BLUR


class Modes:
    """The one state that everything which sends asks. Each end of ARMED has a reason in words."""

    def __init__(self, mode: Mode = Mode.SAFE, caution: Caution | None = None) -> None:
        assert mode not in {Mode.ARMED, Mode.LOCKED}, "nobody starts armed"
        self._mode: Mode = mode
        self._caution = caution or Caution()
        self._until = timedelta()
        self._symbol = ""
        self._heard = timedelta()
        self._blurred: timedelta | None = None
        self.arming: Arming | None = None  # as it was last, for arming again

    @property
    def mode(self) -> Mode:
        return self._mode

    def left(self, now: timedelta) -> timedelta:
        """How long ARMED will last."""
        return max(timedelta(), self._until - now) if self._mode is Mode.ARMED else timedelta()

    @property
    def cap(self) -> Decimal | None:
        """What one order may be worth that goes out at one press; None where none does."""
        return self.arming.cap if self._mode is Mode.ARMED and self.arming is not None else None

    @property
    def armed_for(self) -> str | None:
        """The one market in which orders go out at one press."""
        return self._symbol if self._mode is Mode.ARMED else None

    # -- what the user asks for ---------------------------------------------------------------------------------------

    def cannot_arm(self, around: Surroundings) -> str | None:
        """Why there is no arming now, whatever is asked for."""
        if self._mode is not Mode.SAFE:
            return WHY_NOT_FROM[self._mode]
        why = _wrong(around)
        return None if why is None else f"Not armed: {why}."

    def arm(self, arming: Arming, around: Surroundings, now: timedelta) -> str | None:
        """ARMED from now on, or why not."""
        if refusal := self.cannot_arm(around):
            return refusal
        if not 1 <= arming.minutes <= LONGEST_MINUTES:
            return f"It is armed for 1 to {LONGEST_MINUTES} minutes."
        if arming.cap <= 0:
            return "The most that one order may be worth is above zero."
        self._mode, self.arming = Mode.ARMED, arming
        self._until = now + timedelta(minutes=arming.minutes)
        self._symbol, self._heard, self._blurred = around.symbol, now, None
        return None

    def disarm(self) -> bool:
        """SAFE, if it was ARMED."""
        was_armed = self._mode is Mode.ARMED
        if was_armed:
            self._mode = Mode.SAFE
        return was_armed

    def view(self) -> str | None:
        """Send nothing from now on, or why that cannot be said now."""
        if self._mode is Mode.LOCKED:
            return WHY_NOT_FROM[Mode.LOCKED]
        self._mode = Mode.VIEW
        return None

    def trade(self) -> str | None:
        """From VIEW to SAFE."""
        if self._mode is not Mode.VIEW:
            return f"This is {self._mode.value} already."
        self._mode = Mode.SAFE
        return None

    def lock(self) -> None:
        """After a kill, or when the server halted the account."""
        if self._mode is not Mode.VIEW:
            self._mode = Mode.LOCKED

    def unlock(self) -> None:
        """The word was typed, and the server has resumed."""
        if self._mode is Mode.LOCKED:
            self._mode = Mode.SAFE

    # -- what happens -------------------------------------------------------------------------------------------------

    def heard(self, now: timedelta) -> None:
        """Somebody sits there."""
        self._heard = now

    def blurred(self, now: timedelta) -> None:
        """The terminal has lost the focus."""
        self._blurred = now

    def focused(self) -> None:
        self._blurred = None

    def look(self, around: Surroundings, now: timedelta) -> str | None:
        """Go on to what is so now; why ARMED has ended, the first time."""
        if around.is_halted:
            was_armed = self._mode is Mode.ARMED
            self.lock()
            return "the account is halted" if was_armed else None
        if self._mode is not Mode.ARMED:
            return None
        reason = self._overdue(now) or _wrong(around)
        if reason is None and around.symbol != self._symbol:
            reason = f"{around.symbol} is another market"
        if reason is not None:
            self.disarm()
        return reason

    def _overdue(self, now: timedelta) -> str | None:
        assert self.arming is not None, "it is armed"
        if now >= self._until:
            return f"{self.arming.minutes} minutes are over"
        if now - self._heard >= self._caution.idle:
            return "no key was pressed for a while"
        blur = self._caution.blur
        if blur is not None and self._blurred is not None and now - self._blurred >= blur:
            return "the terminal has lost the focus"
        return None


WHY_NOT_FROM = {
    Mode.VIEW: "VIEW: nothing is sent from here. :trade changes to SAFE.",
    Mode.ARMED: "It is armed already.",
    Mode.LOCKED: "LOCKED, the account is HALTED: only cancels are taken. :unlock ends it.",
}


def refusal_in(mode: Mode, *, only_cancels: bool) -> str | None:
    """Why this mode sends nothing, or nothing but cancels; None where it may be asked for."""
    if mode is Mode.VIEW or (mode is Mode.LOCKED and not only_cancels):
        return WHY_NOT_FROM[mode]
    return None


def _wrong(around: Surroundings) -> str | None:
    if not around.is_linked:
        return "there is no link to the server"
    if not around.is_fresh:
        return f"the prices of {around.symbol} are stale" if around.symbol else "there is no price yet"
    if not around.is_unrestricted:
        return "the account may only reduce"
    return None
