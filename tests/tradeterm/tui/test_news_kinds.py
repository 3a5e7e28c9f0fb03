"""Switches of kinds of news."""

from tradeterm.tui.desk.port import News
from tradeterm.tui.news_kinds import Kinds


def test_what_a_switch_changed_is_what_is_to_be_kept() -> None:
    """A kind turns over; all on changes only those that were off."""
    kinds = Kinds([News.FILL])
    assert kinds.switch("link") == [News.LINK]
    assert kinds.switch("on") == [News.REJECT, News.ALERT]
    assert kinds.switch("on") == []
    assert kinds.switch("off") == list(News)
    assert (kinds.names, None in kinds) == ([], False)
