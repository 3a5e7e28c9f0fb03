"""What is heard: a pattern of the terminal's bell for each kind of news, each of which can be switched off. Pure."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from tradeterm.tui.desk.port import News

BETWEEN = timedelta(milliseconds=180)
PATTERNS: Mapping[News, int] = {News.FILL: 1, News.REJECT: 2, News.ALERT: 3, News.LINK: 2}


class Bells:
    """`on` are the kinds that ring."""

    def __init__(self, on: Iterable[News] = News) -> None:
        self._on = set(on)

    def rings(self, news: News | None) -> int:
        """How often the bell rings for it."""
        return PATTERNS[news] if news in self._on and news is not None else 0

    def switch(self, name: str) -> str:
        """`on` and `off` switch all, a kind's name that kind alone; what is so now, in words."""
        if name in ("on", "off"):
            self._on = set(News) if name == "on" else set()
        else:
            self._on ^= {News(name)}
        heard = ", ".join(kind.value for kind in News if kind in self._on)
        return f"The bell rings for: {heard}." if heard else "The bell is silent."
