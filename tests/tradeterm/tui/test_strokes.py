"""A paint in strokes lets keys in between, keeps its frames together, and always ends."""

import asyncio
from collections.abc import Iterator

from tradeterm.tui.strokes import Strokes


class Easel:
    """Counts strokes, and notes in which order things happen."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.has_keys = False
        self._ended = asyncio.Event()
        self.failed: list[Exception] = []
        self.strokes = Strokes(lambda: self.has_keys, self._hold, self.failed.append)

    def _hold(self, is_held: bool) -> None:
        self.happened.append("hold" if is_held else "let go")
        if not self.strokes.are_under_way:
            self._ended.set()

    def painting(self, count: int) -> Iterator[None]:
        for n in range(count):
            self.happened.append(f"stroke {n}")
            asyncio.get_running_loop().call_soon(self.happened.append, f"drawn {n}")
            yield

    async def done(self) -> None:
        self._ended.clear()
        if self.strokes.are_under_way:
            await self._ended.wait()


async def test_between_two_strokes_others_have_their_turn() -> None:
    """The first one comes at once; what they draw goes out together, when the last of it has been drawn."""
    easel = Easel()
    easel.strokes.begin(easel.painting(3))
    assert easel.happened == ["hold", "stroke 0"]
    asyncio.get_running_loop().call_soon(easel.happened.append, "a key")
    await easel.done()
    assert easel.happened.index("a key") < easel.happened.index("stroke 2")
    assert [one for one in easel.happened if one not in ("hold", "a key")] == [
        *("stroke 0", "drawn 0", "stroke 1", "drawn 1", "stroke 2", "drawn 2"),
        "let go",
    ]


async def test_what_a_stroke_touched_is_drawn_in_a_turn_before_the_next() -> None:
    """Nothing waits for both at once."""
    easel, loop, at = Easel(), asyncio.get_running_loop(), list[tuple[str, int]]()
    turn = 0

    def count() -> None:
        nonlocal turn
        turn += 1
        if easel.strokes.are_under_way:
            loop.call_soon(count)

    def note(what: str) -> None:
        at.append((what, turn))

    def painting() -> Iterator[None]:
        for n in range(3):
            note(f"stroke {n}")
            loop.call_soon(note, f"drawn {n}")
            yield

    loop.call_soon(count)
    easel.strokes.begin(painting())
    await easel.done()
    happened = dict(at)
    assert all(happened[f"drawn {n}"] < happened[f"stroke {n + 1}"] for n in range(2))


async def test_keys_go_first_and_what_they_draw_is_not_kept_back() -> None:
    """No stroke while a key is under way."""
    easel = Easel()
    easel.strokes.begin(easel.painting(2))
    easel.has_keys = True
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert easel.happened == ["hold", "stroke 0", "drawn 0", "let go"]
    easel.has_keys = False
    await easel.done()
    assert easel.happened[4:] == ["hold", "stroke 1", "drawn 1", "hold", "let go"]


async def test_keys_without_end_do_not_hold_a_paint_up() -> None:
    """It waits for a moment only."""
    easel = Easel()
    easel.has_keys = True
    easel.strokes.begin(easel.painting(2))
    await asyncio.wait_for(easel.done(), 20)
    assert "drawn 1" in easel.happened


async def test_what_goes_wrong_is_told_and_keeps_no_frame_back() -> None:
    """The next paint begins as ever."""

    def broken() -> Iterator[None]:
        yield
        raise ValueError("no such pane")

    easel = Easel()
    easel.strokes.begin(broken())
    await easel.done()
    assert [str(error) for error in easel.failed] == ["no such pane"]
    assert easel.happened[-1] == "let go"
    easel.strokes.begin(easel.painting(1))
    await easel.done()
    assert "drawn 0" in easel.happened
