"""What is heard: a pattern of the terminal's bell for each kind of news, each of which can be switched off. Pure."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from tradeterm.tui.desk.port import News
from tradeterm.tui.news_kinds import Kinds

BETWEEN = timedelta(milliseconds=180)
PATTERNS: Mapping[News, int] = {News.FILL: 1, News.REJECT: 2, News.ALERT: 3, News.LINK: 2}


class Bells(Kinds):
    """All kinds ring unless they are switched off."""

    def __init__(self, on: Iterable[News] = News) -> None:
        super().__init__(on)

    def rings(self, news: News | None) -> int:
        """How often the bell rings for it."""
        return PATTERNS[news] if news is not None and news in self else 0

    @property
    def words(self) -> str:
        return f"The bell rings for: {', '.join(self.names)}." if self.names else "The bell is silent."
