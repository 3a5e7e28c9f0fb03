"""Which news rings the bell, how often, and how it is switched."""

from tradeterm.tui.bells import PATTERNS, Bells
from tradeterm.tui.desk.port import News


def test_every_kind_has_its_own_switch() -> None:
    """A kind's name turns it over; `on` and `off` are all."""
    bells = Bells()
    assert [bells.rings(kind) for kind in News] == [PATTERNS[kind] for kind in News]
    assert bells.switch("reject") == [News.REJECT]
    assert "fill, alert, link" in bells.words
    assert (bells.rings(News.REJECT), bells.rings(News.FILL)) == (0, 1)
    bells.switch("off")
    assert "silent" in bells.words
    assert not any(bells.rings(kind) for kind in News)
    bells.switch("alert")
    assert (bells.rings(News.ALERT), bells.rings(News.FILL)) == (3, 0)
    bells.switch("on")
    assert all(bells.rings(kind) for kind in News)
    assert Bells().rings(None) == 0
