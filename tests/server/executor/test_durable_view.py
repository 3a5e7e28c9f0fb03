"""What there is to see of a core: each sees their own, and nobody more than the journal holds."""

import asyncio
from decimal import Decimal

import pytest

import server.executor.durable_view as module
from server.domain.commands import OpenAccount, SetAlert
from server.executor.durable_view import DurableView
from server.ports import DatabaseAway
from tests.server.executor.rig import Rig, make
from tradeterm.protocol.vocabulary import AlertCondition


def rig_of(*names: str) -> Rig:
    rig = Rig()
    rig.together(*map(OpenAccount, names))
    return rig


def test_who_looks_sees_what_is_theirs() -> None:
    """Orders by their owner alone, the queue before them, and the whole of an account at its head."""
    rig = rig_of("ann", "bob")
    view = rig.view
    (answer,) = rig.together(make("ann", "buy", "1", "90.0"))
    order_id = str(rig.body(answer)["id"])
    assert (view.order("ann", order_id), view.order("bob", order_id)) == (answer.body, None)
    assert (view.ahead("ann"), view.ahead("nobody")) == ({order_id: Decimal(0)}, {})
    seq, state = view.snapshot("ann")
    assert (seq, state["orders"]) == (view.head("ann"), [answer.body])
    assert view.snapshot("nobody") == (0, {"orders": [], "positions": [], "balances": [], "account": []})
    assert (view.epoch(), set(view.accounts()), set(view.markets())) == ("e", {"ann", "bob"}, {"BTC/USD"})
    rig.together(SetAlert("ann", "BTC/USD", AlertCondition.ABOVE, Decimal(200)))
    assert len(view.alerts("ann")) == 1
    assert view.alerts("nobody") == []


def test_a_view_begins_where_the_journal_ends() -> None:
    """After a start the heads are those of the accounts that were read."""
    rig = rig_of("ann")
    head = rig.view.head("ann")
    rig.start()
    assert (rig.view.head("ann"), rig.view.is_settled, rig.view.is_awaited) == (head, True, False)
    assert head > 0


async def test_who_looks_waits_for_rest() -> None:
    """And the runner knows that they wait."""
    view = DurableView(rig_of("ann").core, "e")
    view.leaves_rest()
    looking = asyncio.ensure_future(view.settled())
    await asyncio.sleep(0)
    assert (looking.done(), view.is_settled, view.is_awaited) == (False, False, True)
    view.comes_to_rest()
    await looking
    assert (view.is_settled, view.is_awaited) == (True, False)


async def test_who_looks_is_refused_when_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away, and they are told so."""
    monkeypatch.setattr(module, "SETTLED_WITHIN_S", 0.01)
    view = DurableView(rig_of("ann").core, "e")
    view.leaves_rest()
    with pytest.raises(DatabaseAway):
        await view.settled()
    assert not view.is_awaited
