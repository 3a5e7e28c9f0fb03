"""ASCII terminals: who is one, and that nothing of the screen is lost or moved on it."""

import pytest
from rich.cells import cell_len

from tests.tradeterm.tui.apps import WIDE, busy_console, painted
from tradeterm.tui.terminal.plain import has_colours, in_ascii, shows_ascii_alone


@pytest.mark.parametrize(
    ("environ", "is_plain"),
    [
        ({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-256color", "LANG": "C"}, True),
        ({"TERM": "xterm-256color", "LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"TERM": "xterm-256color", "LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, False),
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, True),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, True),
        ({"TERM": "vt100", "LANG": "en_US.UTF-8"}, True),
    ],
)
def test_the_terminal_and_the_locale_say_it(environ: dict[str, str], is_plain: bool) -> None:
    """What Python makes of the C locale by itself says nothing of the terminal."""
    assert shows_ascii_alone(environ) is is_plain


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "vt100"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
)
def test_some_have_no_colours(environ: dict[str, str], colours: bool) -> None:
    """Or are asked for none."""
    assert has_colours(environ) is colours


@pytest.mark.parametrize(
    "text", ["┏━ 3 Ladder ━┓", "▲+0.42 ▁▂▃▄▅▆▇█", "45,012.50…", "漢字", "e\u0301", "\x1b[1;31m●\x1b[0m", "₄"]
)
def test_every_sign_keeps_its_place(text: str) -> None:
    """ASCII, and as wide as before."""
    plain = in_ascii(text)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(text)


async def test_the_whole_screen_can_be_shown() -> None:
    """Nothing that the desk draws is a question mark."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await pilot.pause()
        lines = ["".join(segment.text for segment in strip) for strip in console.app.screen._compositor.render_strips()]
        plain = in_ascii("\n".join(lines))
    assert plain.isascii()
    assert "?" not in plain.replace("? help", "")
