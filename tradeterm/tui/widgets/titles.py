"""Border titles that are set only when they differ, and that never read foreign text as markup."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

TAB_SEPARATOR = "│"


def retitle(widget: Widget, title: str, tabs: Sequence[tuple[str, bool]] = (), *, is_tight: bool = False) -> None:
    """Show `title`, or tabs as (text, is in front); tight ones have no blanks between them."""
    if tabs:
        parts: list[tuple[str, str] | str] = []
        for text, is_front in tabs:
            parts += [(TAB_SEPARATOR if is_tight else f" {TAB_SEPARATOR} ", "dim")] if parts else []
            parts.append((text, "bold underline" if is_front else "dim"))
        content = Content.assemble(*parts)
    else:
        content = Content(title)
    if widget.border_title != content.markup:
        widget.border_title = content


def resubtitle(widget: Widget, text: str) -> None:
    content = Content(text)
    if widget.border_subtitle != content.markup:
        widget.border_subtitle = content
