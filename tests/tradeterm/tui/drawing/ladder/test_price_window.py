"""The ladder's window: prices are multiples of its step, whatever is done with it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import depth
from tradeterm.tui.drawing.ladder.price_window import PriceWindow

D = Decimal
TICK = D("0.5")


def window(best_bid: str = "45012.5", lines: int = 29) -> PriceWindow:
    made, book = PriceWindow(TICK, lines), depth(best_bid)
    made.look(book.bids, book.asks, D(best_bid))
    return made


def test_beyond_the_finest_step_is_the_one_that_is_found_by_itself() -> None:
    """`w` chooses, `W` goes back, and once more makes it automatic again."""
    seen = window()
    assert seen.is_auto
    seen.wider(D(45_000))
    assert (seen.step, seen.is_auto) == (D(1), False)
    seen.finer()
    assert (seen.step, seen.is_auto) == (TICK, False)
    seen.finer()
    assert seen.is_auto


def test_steps_never_widen_beyond_what_fills_the_window() -> None:
    """Twelve times wider: there is more than one price left to see."""
    seen = window()
    for _ in range(40):
        seen.wider(D(45_012))
    assert seen.step is not None
    assert seen.step * seen.lines <= 2 * 45_012


def test_a_market_that_leaves_the_middle_is_followed_unless_the_window_is_held() -> None:
    """Moving the cursor out of view holds it, until it is centred again."""
    seen, book = window(), depth("45100")
    seen.look(book.bids, book.asks, D(45_100))
    assert seen.centre == D(45_100)
    seen.move(0, None)
    seen.move(40, None)
    assert (seen.follows, seen.is_led) == (True, True)
    held = seen.centre
    book = depth("45500")
    seen.look(book.bids, book.asks, D(45_500))
    assert seen.centre == held
    seen.recentre()
    seen.look(book.bids, book.asks, D(45_500))
    book = depth("45600")
    seen.look(book.bids, book.asks, D(45_600))
    assert seen.centre == D(45_600)


def led(seen: PriceWindow, by: int) -> PriceWindow:
    """The same, with the cursor moved so far from the best bid."""
    seen.move(0, D("45012.5"))
    for _ in range(abs(by)):
        seen.move(1 if by > 0 else -1, None)
    return seen


def look(seen: PriceWindow, best_bid: str) -> Decimal | None:
    """Where its middle is after a look at this market."""
    book = depth(best_bid)
    seen.look(book.bids, book.asks, D(best_bid))
    return seen.centre


@pytest.mark.parametrize("by", [-40, 40])
def test_a_window_led_away_comes_home_when_it_is_led_back(by: int) -> None:
    """The cursor back where the market is: the window goes with it again, and no line has moved for it."""
    seen = led(window(), by)
    away = seen.centre
    assert look(seen, "45012.5") == away
    assert seen.is_led
    for _ in range(60):
        seen.move(1 if by < 0 else -1, None)
        if seen.sees(D("45012.5")):
            look(seen, "45012.5")
        if not seen.is_led:
            break
    assert not seen.is_led
    assert abs((seen.centre or D(0)) - D("45012.5")) <= 7 * TICK
    assert look(seen, "45100") == D(45_100)


@pytest.mark.parametrize("to", ["44000", "46000"])
def test_a_window_led_away_comes_home_when_the_market_leaves_its_view(to: str) -> None:
    """It could be seen at the edge, and is gone: whoever looks there looks at nothing that trades."""
    seen = led(window(), -14)
    assert seen.is_led
    look(seen, "45012.5")
    assert seen.sees(D("45012.5"))
    assert look(seen, to) == D(to)
    assert not seen.is_led


def test_a_window_led_so_far_that_no_market_is_seen_stays() -> None:
    """Those prices are what is wanted."""
    seen = led(window(), -80)
    away = seen.centre
    assert [look(seen, at) for at in ("45012.5", "45030", "45012.5")] == [away] * 3


def test_a_look_elsewhere_leaves_the_cursor_and_comes_home() -> None:
    """By the wheel: out of view it means no price, back at the market the window goes with it again."""
    seen = led(window(), 0)
    for _ in range(10):
        seen.scroll(3)
    look(seen, "45012.5")
    assert (seen.is_led, seen.cursor, seen.sees(D("45012.5"))) == (True, D("45012.5"), False)
    for _ in range(10):
        seen.scroll(-3)
    look(seen, "45012.5")
    assert (seen.is_led, seen.sees(D("45012.5"))) == (False, True)
    seen.is_held = True
    seen.scroll(30)
    assert seen.sees(D("45012.5"))


def test_a_window_with_an_order_in_the_hand_stays() -> None:
    """Wherever the market goes, and also where it can be seen in the middle."""
    seen = window()
    seen.is_held = True
    before = seen.centre
    assert [look(seen, at) for at in ("45012.5", "46000", "45012.5")] == [before] * 3
    seen.put_down()
    assert look(seen, "46000") == D(46_000)


def test_a_cursor_that_the_market_left_behind_is_out_of_view_and_begins_anew() -> None:
    """No key means a price that nobody sees."""
    seen = window()
    seen.move(0, D("45012.5"))
    assert seen.sees(D("45012.5"))
    book = depth("45500")
    seen.look(book.bids, book.asks, D(45_500))
    assert seen.cursor == D("45012.5")
    assert not seen.sees(D("45012.5"))
    seen.move(1, D(45_500))
    assert seen.cursor == D(45_500)


@given(
    st.lists(
        st.sampled_from(["up", "down", "up10", "wider", "finer", "book", "thin", "recentre", "wheel"]), max_size=30
    )
)
def test_centre_and_cursor_always_stand_on_the_step(doings: list[str]) -> None:
    """Nothing that hands or markets do puts a price between two lines."""
    seen, at = PriceWindow(TICK, 29), D("45012.5")
    for doing in doings:
        match doing:
            case "book" | "thin":
                at += D("3.5")
                book = depth(str(at), "0.5" if doing == "book" else "7.5")
                seen.look(book.bids, book.asks, at)
            case "wider":
                seen.wider(at)
            case "wheel":
                seen.scroll(-3)
            case "finer" | "recentre":
                getattr(seen, doing)()
            case _:
                seen.move({"up": 1, "down": -1, "up10": 10}[doing], None)
        for price in (seen.centre, seen.cursor):
            assert price is None or price % (seen.step or 1) == 0


@pytest.mark.parametrize("lines", [5, 20, 45])
def test_the_middle_of_the_window_is_the_best_bid(lines: int) -> None:
    """At every height."""
    seen = window(lines=lines)
    assert seen.top is not None
    assert seen.step is not None
    assert seen.top - seen.step * (lines // 2 - 1) == seen.centre
