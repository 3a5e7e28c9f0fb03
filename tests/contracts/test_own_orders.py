"""What an exchange's venue asks the journal of orders that are over: of the real history, and of what stands for it."""

from dataclasses import replace

import orjson

from server.storage.database import Database
from server.venues.exchange.own_orders import JournaledOrders
from server.venues.exchange.sightings import OwnOrders
from tests.contracts.journals import at, of_orders, of_trades, order, trade
from tests.server.venues.exchange.fake_exchange import NoJournal
from tradeterm.protocol.times import time_text


def test_the_journal_knows_its_own_orders(database: Database) -> None:
    """Ann's orders 1 and 2, of which the first was traded twice; order 3 is bob's."""
    for number, name in ((1, "ann"), (2, "ann"), (3, "bob")):
        wire = {"id": f"o-{number}", "symbol": "BTC/USD", "createdAt": time_text(at(number))}
        database.journal.commit(of_orders(order(number, name, status="filled", payload=orjson.dumps(wire))))
    for number, name, of in ((10, "ann", "o-1"), (11, "bob", "o-3"), (12, "ann", "o-1")):
        row = trade(number, name)
        wire = {"orderId": of, "venueTradeId": row.venue_trade_id, "executedAt": time_text(row.executed_at)}
        database.journal.commit(of_trades(replace(row, order_id=of, payload=orjson.dumps(wire))))
    knows_them(JournaledOrders(database.history, "ann"))


def test_what_stands_for_the_journal_knows_what_it_was_told() -> None:
    """The venue's own tests rely on it."""
    knows_them(NoJournal({"o-1": {"v-10", "v-12"}, "o-2": set()}))


def knows_them(known: OwnOrders) -> None:
    """And the exchange's numbers of their trades; none of an order that was not traded, of another's, and of no order."""
    numbers = (1, 2, 3, 4)
    assert [known.is_ours(f"o-{number}") for number in numbers] == [True, True, False, False]
    assert [known.venue_trade_ids(f"o-{number}") for number in numbers] == [{"v-10", "v-12"}, set(), set(), set()]
