"""The dead-man's switch: silence takes the entries and leaves the exits; who is heard keeps them."""

from dataclasses import replace
from decimal import Decimal

from server.domain.commands import BracketLeg, SetDeadMan, SetProtection
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, go_long, opened


def armed(seconds: int = 60) -> Desk:
    """ann is long with a stop, an entry works, and ann wants to be missed."""
    desk = opened(FREE)
    desk.beat()
    go_long(desk, "1", "100.0")
    desk.do(SetProtection("ann", "BTC/USD", None, BracketLeg(Decimal(90))))
    desk.order("ann", "buy", "1", "95.0")
    assert body(desk.do(SetDeadMan("ann", seconds))) == {"seconds": seconds}
    return desk


def working(desk: Desk) -> list[tuple[str, bool]]:
    return [(one["type"], one.get("reduceOnly", False)) for one in desk.open_orders("ann")]


def test_silence_takes_entries_and_leaves_exits() -> None:
    """Once; and it says whose orders went, and why."""
    desk = armed()
    desk.beat(59)
    assert "dead_man:fired" not in desk.names("ann")
    desk.beat(2)
    assert working(desk) == [("stop", True)]
    told = desk.last("ann", "dead_man:fired")["deadMan"]
    cancelled = desk.last("ann", "order:cancelled")["order"]
    assert (told["seconds"], told["cancelled"], cancelled["rejectReason"]) == (60, [cancelled["id"]], "DEAD_MAN")
    desk.order("ann", "buy", "1", "95.0")
    desk.beat(120)
    assert len(working(desk)) == 2
    assert desk.names("ann").count("dead_man:fired") == 1


def test_silence_leaves_the_stop_of_a_cash_account() -> None:
    """Every sell there only closes, whether or not it was called an exit."""
    desk = opened(replace(FREE, cash_account=True))
    desk.beat()
    go_long(desk, "1", "100.0")
    desk.order("ann", "sell", "1", type="stop", stop_price=Decimal(90))
    desk.order("ann", "buy", "1", "95.0")
    desk.do(SetDeadMan("ann", 60))
    desk.beat(61)
    assert working(desk) == [("stop", False)]
    assert "position:unprotected" not in desk.names("ann")


def test_silence_leaves_plain_stops_as_far_as_the_position_goes() -> None:
    """The older one closes all of it: a second one, and a target, would close more than there is."""
    desk = opened(FREE)
    desk.beat()
    go_long(desk, "1", "100.0")
    desk.order("ann", "sell", "0.5", "110.0")
    for size, at in (("1", 90), ("0.5", 89)):
        desk.order("ann", "sell", size, type="stop", stop_price=Decimal(at))
    desk.do(SetDeadMan("ann", 60))
    desk.beat(61)
    assert [(one["type"], one["quantity"]) for one in desk.open_orders("ann")] == [("stop", "1")]


def test_who_is_heard_keeps_their_entries() -> None:
    """Each time it counts anew; being heard alone is written nowhere."""
    desk = armed()
    events = len(desk.events)
    for _ in range(5):
        desk.beat(50)
        desk.do(SetDeadMan("ann", 60))
    assert len(working(desk)) == 2
    assert len(desk.events) == events


def test_it_is_told_with_the_account_and_can_be_switched_off() -> None:
    """0 is never."""
    desk = armed()
    assert desk.last("ann", "account:updated")["account"]["deadManSeconds"] == 60
    desk.do(SetDeadMan("ann", 0))
    assert "deadManSeconds" not in desk.last("ann", "account:updated")["account"]
    desk.beat(600)
    assert len(working(desk)) == 2


def test_a_restart_counts_anew_and_forgets_nobody() -> None:
    """The server's own absence is nobody's silence."""
    desk = armed()
    desk.restart()
    desk.beat(59)
    desk.beat(59)
    assert len(working(desk)) == 2
    desk.beat(2)
    assert working(desk) == [("stop", True)]
