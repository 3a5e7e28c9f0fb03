"""Border titles that are set only when they differ, with no more painted than they. Foreign text is never read as markup."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from textual.content import Content
from textual.widget import Widget

from tradeterm.tui.terminal.pieces import repaint_lines

TAB_SEPARATOR = "│"
_Title = tuple[str, tuple[tuple[str, bool], ...], bool]
_TITLES: WeakKeyDictionary[Widget, _Title] = WeakKeyDictionary()
_SUBTITLES: WeakKeyDictionary[Widget, str] = WeakKeyDictionary()


def retitle(widget: Widget, title: str, tabs: Sequence[tuple[str, bool]] = (), *, is_tight: bool = False) -> None:
    """Show `title`, or tabs as (text, is in front); tight ones have no blanks between them."""
    wanted: _Title = (title, tuple(tabs), is_tight)
    if _TITLES.get(widget) != wanted:
        _TITLES[widget] = wanted
        widget._border_title = _tabbed(tabs, is_tight) if tabs else Content(title)
        repaint_lines(widget, (-widget.gutter.top,))


def _tabbed(tabs: Sequence[tuple[str, bool]], is_tight: bool) -> Content:
    parts: list[tuple[str, str] | str] = []
    for text, is_front in tabs:
        parts += [(TAB_SEPARATOR if is_tight else f" {TAB_SEPARATOR} ", "dim")] if parts else []
        parts.append((text, "bold underline" if is_front else "dim"))
    return Content.assemble(*parts)


def resubtitle(widget: Widget, text: str) -> None:
    """Show this at the foot of the frame."""
    if _SUBTITLES.get(widget) != text:
        _SUBTITLES[widget] = text
        widget._border_subtitle = Content(text)
        repaint_lines(widget, (widget.size.height + widget.gutter.bottom - 1,))
