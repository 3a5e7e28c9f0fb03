"""Border titles that are set only when they differ, with no more painted than they. Foreign text is never read as markup."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from tradeterm.tui.terminal.pieces import repaint_lines

TAB_SEPARATOR = "│"


def retitle(widget: Widget, title: str, tabs: Sequence[tuple[str, bool]] = (), *, is_tight: bool = False) -> None:
    """Show `title`, or tabs as (text, is in front); tight ones have no blanks between them."""
    wanted = _tabbed(tabs, is_tight) if tabs else Content(title)
    if not _is_shown(widget._border_title, wanted):
        widget._border_title = wanted
        repaint_lines(widget, (-widget.gutter.top,))


def resubtitle(widget: Widget, text: str) -> None:
    """Show this at the foot of the frame."""
    wanted = Content(text)
    if not _is_shown(widget._border_subtitle, wanted):
        widget._border_subtitle = wanted
        repaint_lines(widget, (widget.size.height + widget.gutter.bottom - 1,))


def _is_shown(shown: Content | None, wanted: Content) -> bool:
    return shown is not None and shown.is_same(wanted)


def _tabbed(tabs: Sequence[tuple[str, bool]], is_tight: bool) -> Content:
    parts: list[tuple[str, str] | str] = []
    for text, is_front in tabs:
        parts += [(TAB_SEPARATOR if is_tight else f" {TAB_SEPARATOR} ", "dim")] if parts else []
        parts.append((text, "bold underline" if is_front else "dim"))
    return Content.assemble(*parts)
