"""What many tests build: markets, a core on a paper venue, times."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import orjson

from server.domain.accounts import Account, Margin
from server.domain.commands import Command, CreateOrder, OpenAccount, OrderTerms
from server.domain.markets import Market
from server.domain.risk import CoreSettings
from server.executor import turn
from server.executor.core import Core
from server.executor.recovery import recover
from server.ports import Answer, Batch, EventRow, MarketRow, OpenState, OrderRow, Place, Venue
from server.venues.paper import PaperVenue
from server.venues.untold_fills import UntoldFills
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def market(symbol: str = "BTC/USD", **terms: object) -> Market:
    """BTC/USD as the paper venue lists it, or another symbol on the same terms."""
    base, quote = symbol.split("/")
    values: dict[str, object] = {
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "tick": Decimal("0.5"),
        "lot": Decimal("0.00001"),
        "min_quantity": Decimal(0),
        "min_notional": Decimal(0),
        "price_decimals": 2,
        "maker_fee": Decimal("0.001"),
        "taker_fee": Decimal("0.0026"),
        "start_price": Decimal(45_000),
        **terms,
    }
    return Market(**values)  # type: ignore[arg-type]


class CountedIds:
    """Ids that read well in a failing test: 1, 2, 3 …"""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"id-{self.count:06d}"


class Desk:
    """A core on a paper venue without tasks or sockets: commands in, answers and events out."""

    pace = timedelta(seconds=1)  # how long a command takes

    def __init__(self, settings: CoreSettings | None = None, markets: Iterable[Market] = ()) -> None:
        listed = {one.symbol: one for one in (*markets,)} or {"BTC/USD": market()}
        self._untold = UntoldFills(lambda *position: self.core.closable_after(*position))
        self.venue = PaperVenue(listed, positions=self._untold.positions, coverage=self._keeps_entries)
        self.line: Venue = self.venue  # the way to it
        self._kept: dict[tuple[str, str], OrderRow] = {}
        self._written = Batch()
        self._restarts = 0
        self._flow_orders = 0
        self.core = Core(
            *(settings or CoreSettings(), listed, self.venue, CountedIds()),
            find_order=lambda account, client_id: self._kept.get((account, client_id)),
        )
        self.events: list[EventRow] = []
        self.batches: list[Batch] = []
        self.now = START
        self._seconds = 0.0  # of its monotonic clock: `now` may be set, this only goes on

    def _keeps_entries(self, account: str, symbol: str, side: Side, price: Decimal) -> bool:
        return self.core.ledger.settings.answers_later or self.core.keeps_entries(account, symbol, side, price)

    def do(self, command: Command) -> Answer:
        """One command and all that follows, as one commit."""
        self._pass(self.pace.total_seconds())
        with localcontext(MONEY):
            turn.take_expiries(self.core, self.line, self.now)
            reply = turn.take_command(self.core, self.line, command, self.now)
            self.core.settle()
            answer = reply()
        self._take_batch()
        return answer

    def _pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self._seconds += seconds
        self.core.tick(self._seconds)

    def _take_batch(self) -> None:
        with localcontext(MONEY):
            self.core.settle()
            batch, _ = self.core.take_batch()
        self.batches.append(batch)
        self.events += batch.events
        self._kept.update(((row.account, row.client_order_id), row) for row in batch.orders.values())
        self._written.orders.update(batch.orders)
        self._written.positions.update(batch.positions)
        self._written.accounts.update(batch.accounts)
        self.core.keep()
        self.line.keep()

    def restart(self) -> None:
        """Start again from nothing but the rows that were written, as after a crash; the flow's orders are gone."""
        last = dict(self.core.ledger.last)
        state = OpenState(
            epoch="e",
            accounts=list(self._written.accounts.values()),
            orders=sorted(
                (row for row in self._written.orders.values() if row.is_open), key=lambda row: row.created_at
            ),
            positions=[row for row in self._written.positions.values() if row.is_open],
            markets=[MarketRow(symbol, price, b"") for symbol, price in last.items()],
            last_venue_trade_id=None,
        )
        listed, ledger = self.core.ledger.markets, self.core.ledger
        self.venue = PaperVenue(
            listed, str(10**9 * (1 + self._restarts)), positions=self._untold.positions, coverage=self._keeps_entries
        )
        self.line = self.venue
        self._restarts += 1
        self.core = Core(ledger.settings, listed, self.venue, ledger.ids, ledger.find_order)
        with localcontext(MONEY):
            recover(self.core, self.venue, state)

    def open(self, *names: str) -> None:
        for name in names:
            self.do(OpenAccount(name))

    def order(
        self, account: str, side: str, quantity: str, price: str | None = None, type: str | None = None, **more: object
    ) -> Answer:
        """A limit order when a price is given, else a market order."""
        terms = OrderTerms(
            str(more.pop("symbol", "BTC/USD")),
            Side(side),
            OrderType(type or ("limit" if price else "market")),
            Decimal(quantity),
            Decimal(price) if price else None,
            **more,  # type: ignore[arg-type]
        )
        return self.do(CreateOrder(account, terms, repr(terms)))

    def flow(self, side: str, quantity: str, price: str, tif: TimeInForce = TimeInForce.GTC) -> None:
        """An order of the synthetic flow."""
        self._flow_orders += 1
        place = Place(f"flow-{self._flow_orders}", "", "BTC/USD", Side(side), Decimal(quantity), Decimal(price), tif)
        with localcontext(MONEY):
            turn.take_expiries(self.core, self.line, self.now)
            turn.take_flow(self.core, self.line, [place], self.now)
        self._take_batch()

    def beat(self, seconds: float = 0.25) -> None:
        """Time passes, and the core looks at the clock."""
        self._pass(seconds)
        with localcontext(MONEY):
            turn.take_beat(self.core, self.line, self.now)
        self._take_batch()

    def trade_at(self, price: str, quantity: str = "0.00001") -> None:
        """A print at `price` between participants of the flow: whatever rests there or better trades first."""
        self.flow("sell", quantity, price)
        self.flow("buy", quantity, price)

    def account(self, name: str) -> Account:
        return self.core.ledger.accounts[name]

    def margin(self, name: str) -> Margin:
        with localcontext(MONEY):
            return self.core.ledger.valuation.margin(self.account(name))

    def open_orders(self, name: str) -> list[dict[str, Any]]:
        """The open orders of an account as the wire shows them, oldest first."""
        orders = sorted(self.account(name).orders.values(), key=lambda order: order.priority)
        return [orjson.loads(self.core.ledger.order_bytes(order)) for order in orders]

    def last(self, name: str, event: str) -> dict[str, Any]:
        """The payload of the last event of that name."""
        found = next(one for one in reversed(self.events) if one.account == name and one.event == event)
        payload: dict[str, Any] = orjson.loads(found.data)
        return payload

    def names(self, account: str) -> list[str]:
        """The events of an account, by name, in order."""
        return [str(event.event) for event in self.events if event.account == account]
