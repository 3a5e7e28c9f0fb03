"""What many tests build: markets, a core on a paper venue, times."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

from server.domain.commands import Command, CreateOrder, OpenAccount, OrderTerms
from server.domain.markets import Market
from server.domain.risk import CoreSettings
from server.executor import turn
from server.executor.core import Core
from server.ports import Answer, Batch, EventRow
from server.venues.paper import PaperVenue
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import OrderType, Side

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
        self._last = 0

    def new(self) -> str:
        self._last += 1
        return f"id-{self._last:06d}"


class Desk:
    """A core on a paper venue without tasks or sockets: commands in, answers and events out."""

    def __init__(self, settings: CoreSettings | None = None, markets: Iterable[Market] = ()) -> None:
        listed = {one.symbol: one for one in (*markets,)} or {"BTC/USD": market()}
        self.venue = PaperVenue(listed)
        self.core = Core(settings or CoreSettings(), listed, self.venue, CountedIds(), lambda account, client_id: None)
        self.events: list[EventRow] = []
        self.batches: list[Batch] = []
        self.now = START

    def do(self, command: Command) -> Answer:
        """One command and all that follows, as one commit."""
        self.now += timedelta(seconds=1)
        with localcontext(MONEY):
            answer = turn.take_command(self.core, self.venue, command, self.now)()
            batch, _ = self.core.take_batch()
        self.batches.append(batch)
        self.events += batch.events
        return answer

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

    def names(self, account: str) -> list[str]:
        """The events of an account, by name, in order."""
        return [str(event.event) for event in self.events if event.account == account]
