"""The modes: nothing but arming arms, everything that should disarms, and no path sends in SAFE without `y`."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.tradeterm.tui.desks import FakeDesk, position
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.mode import BLUR, IDLE, Arming, Caution, Mode, Modes, Surroundings
from tradeterm.tui.orders.opening import order_at
from tradeterm.tui.orders.placing import Placing

D = Decimal
AROUND = Surroundings("BTC/USD")
TEN = Arming(10, D(5000))
START = timedelta(seconds=10)


def armed(caution: Caution | None = None) -> Modes:
    modes = Modes(caution=caution)
    assert modes.arm(TEN, AROUND, START) is None
    assert modes.mode is Mode.ARMED
    return modes


def after(seconds: float) -> timedelta:
    return START + timedelta(seconds=seconds)


def test_it_lasts_as_long_as_was_asked_for() -> None:
    """While keys are heard; then it says so once, and is SAFE."""
    modes = armed()
    for second in range(0, 600, 60):
        modes.heard(after(second))
        assert modes.look(AROUND, after(second)) is None
    assert modes.left(after(590)) == timedelta(seconds=10)
    assert modes.look(AROUND, after(600)) == "10 minutes are over"
    assert (modes.mode, modes.look(AROUND, after(601)), modes.cap) == (Mode.SAFE, None, None)


@pytest.mark.parametrize(
    ("around", "why"),
    [
        (Surroundings("ETH/USD"), "another market"),
        (Surroundings("BTC/USD", is_linked=False), "no link"),
        (Surroundings("BTC/USD", is_fresh=False), "stale"),
        (Surroundings("BTC/USD", is_unrestricted=False), "only reduce"),
    ],
)
def test_what_is_not_as_it_was_disarms(around: Surroundings, why: str) -> None:
    """Another market, a lost link, old prices, an account that may not trade freely: at the next look."""
    modes = armed()
    assert why in (modes.look(around, after(1)) or "")
    assert modes.mode is Mode.SAFE
    if why != "another market":
        assert why in (Modes().arm(TEN, around, START) or "")


def test_silence_and_another_window_disarm() -> None:
    """Two minutes without a key; five seconds without the focus, unless that is switched off or it comes back."""
    modes = armed()
    assert "no key" in (modes.look(AROUND, START + IDLE) or "")
    modes = armed()
    modes.blurred(after(1))
    assert modes.look(AROUND, after(1) + BLUR - timedelta(milliseconds=1)) is None
    assert "focus" in (modes.look(AROUND, after(1) + BLUR) or "")
    modes = armed()
    modes.blurred(after(1))
    modes.focused()
    assert modes.look(AROUND, after(60)) is None
    modes = armed(Caution(blur=None))
    modes.blurred(after(1))
    assert modes.look(AROUND, after(60)) is None


def test_a_halt_locks_until_it_is_unlocked() -> None:
    """Whoever halted the account; SAFE comes back by `unlock` alone."""
    modes = armed()
    halted = Surroundings("BTC/USD", is_halted=True, is_unrestricted=False)
    assert modes.look(halted, after(1)) == "the account is halted"
    modes.look(AROUND, after(2))
    assert modes.mode.value == "LOCKED"
    assert "unlock" in (modes.arm(TEN, AROUND, after(3)) or "")
    assert "unlock" in (modes.view() or "")
    modes.unlock()
    assert modes.mode is Mode.SAFE


@pytest.mark.parametrize("arming", [Arming(0, D(1)), Arming(61, D(1)), Arming(-5, D(1)), Arming(10, D(0))])
def test_arming_has_bounds(arming: Arming) -> None:
    """1 to 60 minutes, and a size above nothing."""
    modes = Modes()
    assert modes.arm(arming, AROUND, START) is not None
    assert modes.mode is Mode.SAFE


class Hands(RuleBasedStateMachine):
    """Any order of presses, events and time. What is sent at one press is only what ARMED allows; all else had its `y`."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = FakeDesk(held=[position(quantity="0.01")])
        self.trading = Trading(self.desk, self.desk.clock.clocks())
        self.asked_to_arm = False

    @property
    def modes(self) -> Modes:
        return self.trading.modes

    @rule(minutes=st.integers(-1, 70), cap=st.integers(-1, 10_000))
    def arm(self, minutes: int, cap: int) -> None:
        before = self.modes.mode
        refusal = self.modes.arm(Arming(minutes, D(cap)), self.trading.surroundings("BTC/USD"), self.now)
        self.asked_to_arm = self.asked_to_arm or refusal is None
        assert refusal is not None or before is Mode.SAFE

    @rule()
    def disarm(self) -> None:
        self.modes.disarm()

    @rule(word=st.sampled_from(["view", "trade", "lock", "unlock", "focused"]))
    def say(self, word: str) -> None:
        getattr(self.modes, word)()

    @rule(seconds=st.sampled_from([0.01, 0.2, 3, 30, 300]), symbol=st.sampled_from(["BTC/USD", "BTC/USD", "ETH/USD"]))
    def wait(self, seconds: float, symbol: str) -> None:
        self.desk.clock.advance(seconds)
        self.trading.look_around(symbol)

    @rule()
    def blur(self) -> None:
        self.modes.blurred(self.now)

    @rule(placing=st.sampled_from(list(Placing)), size=st.sampled_from(["0.01", "0.1", "1", "50"]))
    def press_an_order_key(self, placing: Placing, size: str) -> None:
        """What goes at one press goes in ARMED, within the cap; else it is under review, and `y` is to come."""
        self.trading.sizing._stepped["BTC/USD"] = size
        thing = order_at(self.trading, "BTC/USD", placing, D(45_000))
        if isinstance(thing, str):
            return
        was, cap = self.modes.mode, self.modes.cap
        sent = self.trading.at_once(thing, is_one_press=True)
        assert sent is None or was is Mode.ARMED
        if sent is not None:
            assert isinstance(thing, OrderRequest)
            assert thing.price is not None
            assert cap is not None
            assert thing.quantity * thing.price <= cap
        elif self.modes.mode in (Mode.SAFE, Mode.ARMED):
            self.trading.review(thing)

    @rule(side=st.sampled_from(list(Side)))
    def press_for_a_market_order(self, side: Side) -> None:
        """A market entry is reviewed in every mode."""
        draft = Draft("BTC/USD", side, quantity="0.01")
        thing = self.trading.review_order(draft)
        if isinstance(thing, OrderRequest):
            assert self.trading.at_once(thing, is_one_press=True) is None

    @precondition(lambda self: self.modes.mode is not Mode.ARMED)
    @rule()
    def press_y(self) -> None:
        """Too early, twice, without a review: it hands out what was reviewed once, and in VIEW nothing."""
        thing = self.trading.confirm()
        if thing is not None and not isinstance(thing, str):
            assert self.modes.mode is not Mode.VIEW
            again = self.trading.confirm()
            assert again is None or isinstance(again, str)

    @property
    def now(self) -> timedelta:
        return self.desk.clock.elapsed

    @invariant()
    def nobody_is_armed_who_did_not_ask(self) -> None:
        assert self.modes.mode is not Mode.ARMED or self.asked_to_arm
        assert (self.modes.cap is not None) == (self.modes.mode is Mode.ARMED)


TestHands = Hands.TestCase
TestHands.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
