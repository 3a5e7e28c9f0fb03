"""What panes read of the store: positions and the account at the present price, orders newest first, closes up to now."""

from decimal import Decimal

from tests.tradeterm.tui.desks import NOON, account, order, position, ticker
from tradeterm.client.store import Store
from tradeterm.client.trading_client import TradingClient
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.desk.desk_state import DeskState
from tradeterm.tui.desk.event_log import EventLog
from tradeterm.tui.desk.link_gauge import LineGauge
from tradeterm.tui.desk.subscriptions import Upkeep

D = Decimal


def state() -> tuple[DeskState, Store, Upkeep]:
    client = TradingClient("http://127.0.0.1:9", token="t")
    log = EventLog(lambda symbol: 2)
    upkeep = Upkeep(client, log, LineGauge(lambda: NOON, lambda: 0.0))
    return DeskState(client.store, log, upkeep), client.store, upkeep


async def test_money_is_valued_at_the_last_price_and_orders_are_newest_first() -> None:
    """As soon as there is one; what the server told, before."""
    desk, store, upkeep = state()
    store.positions["BTC/USD"] = position()
    store.account = account()
    for number in (2, 1):
        store.orders[str(number)] = order(number, Side.BUY, "1", "45000")
    before = desk.positions()[0].net_total_pnl
    store.tickers["BTC/USD"] = ticker("BTC/USD", "45112.5", "0", "0.5")
    upkeep.closes["BTC/USD"] = [D(1), D(2)]
    assert desk.positions()[0].net_total_pnl == before + 50
    found = desk.account()
    assert found is not None
    assert found.equity == account().equity + 50
    assert [one.client_order_id for one in desk.open_orders()] == [f"{n:032x}" for n in (1, 2)]
    assert list(desk.closes("BTC/USD")) == [D(1), D("45112.5")]
    assert (desk.closes("ETH/USD"), desk.depth("ETH/USD"), list(desk.prints("ETH/USD"))) == ((), None, [])
