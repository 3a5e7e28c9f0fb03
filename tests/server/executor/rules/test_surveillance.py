"""What is looked at as time passes; and what has gone meanwhile is no trouble."""

from datetime import timedelta

from server.executor.rules.surveillance import Look, Part
from tests.server.executor.rig import holding, opened
from tradeterm.protocol.vocabulary import TimeInForce


def test_the_expiry_of_an_order_that_has_gone_does_nothing() -> None:
    """It filled, or was cancelled, before its time was over."""
    rig = opened()
    rig.core.look(Part(Look.EXPIRY, "gone"), rig.clock.now())
    batch, _ = rig.core.take_batch()
    assert not batch.events


def test_an_order_is_due_at_its_time_and_not_before() -> None:
    """Whoever else comes in that moment finds it gone."""
    rig = opened()
    until = rig.clock.now() + timedelta(seconds=10)
    rig.order("ann", "buy", "1", "90.0", time_in_force=TimeInForce.GTD, expire_at=until)
    assert not rig.core.watch.is_due(until - timedelta(milliseconds=1))
    assert rig.core.watch.is_due(until)
    assert [part.look for part in rig.core.watch.expiries(until)] == [Look.EXPIRY]


def test_an_account_is_looked_at_when_its_price_or_its_money_moved() -> None:
    """Not on every beat: there may be ten thousand."""
    rig = holding()
    rig.beat()
    assert not [part for part in rig.core.watch.accounts() if part.name == "ann"]
    rig.flow("sell", "1", "99.0")
    assert [part.name for part in rig.core.watch.accounts()] == ["ann"]


def test_what_moved_in_one_moment_is_looked_at_in_the_same_order_in_every_process() -> None:
    """A set of texts is in another one in each."""
    rig = opened()
    rig.beat()
    ledger = rig.core.ledger
    symbols = [f"S{number:02}/USD" for number in range(20)]
    ledger.holders = {symbol: {f"u{symbol}": ledger.accounts["ann"]} for symbol in symbols}
    ledger.moved_marks = {*symbols}
    assert [part.name for part in rig.core.watch.accounts()] == [f"u{symbol}" for symbol in symbols]
