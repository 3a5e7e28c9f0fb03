"""What the console knows and may ask for, as one port. Sockets, tokens and stores are on its other side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Protocol

from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.balances import Account
from tradeterm.protocol.market import Candle, Market, Print, Ticker, VenueStatus
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import AlertCondition


class DeskLinkState(Enum):
    """How the line to the server stands. REFUSED: it does not come back by itself."""

    CONNECTING = "connecting"
    LIVE = "live"
    DOWN = "down"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DeskLink:
    """The line to the server. `delay` is the age of market data when it came, `round_trip` that of the last command."""

    state: DeskLinkState
    since: datetime | None = None
    reason: str = ""
    attempt: int = 0
    retry_at: datetime | None = None
    seq: int = 0
    delay: timedelta | None = None
    round_trip: timedelta | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeskDepth:
    """One book, best price first on either side, as (price, quantity)."""

    bids: Sequence[tuple[Decimal, Decimal]]
    asks: Sequence[tuple[Decimal, Decimal]]
    time: datetime
    stale: bool = False


class News(Enum):
    """Kinds of what is not only read but heard."""

    FILL = "fill"
    REJECT = "reject"
    ALERT = "alert"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class EventLine:
    """One thing that happened, as a full sentence. `news` says how it sounds, where it is more than a line."""

    id: str
    time: datetime
    text: str
    is_alert: bool = False
    news: News | None = None


@dataclass(frozen=True, slots=True)
class Dirty:
    """What changed since it was last asked for; `everything` after a resync."""

    tickers: frozenset[str] = frozenset()
    books: frozenset[str] = frozenset()
    candles: frozenset[str] = frozenset()
    prints: frozenset[str] = frozenset()
    orders: bool = False
    positions: bool = False
    fills: bool = False
    events: bool = False
    account: bool = False
    markets: bool = False
    link: bool = False
    everything: bool = False


EVERYTHING = Dirty(everything=True)


@dataclass(frozen=True, slots=True)
class Done:
    """The server has it; `text` says what came of it."""

    text: str = ""
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The server, or the way to it, said no: nothing happened."""

    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer came: it may have happened or not. Never a reason to send again."""

    text: str


Answer = Done | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Label:
    """What the console is connected to, as the first word on the screen."""

    text: str = "PAPER · SIM prices"
    is_live: bool = False
    is_private: bool = False
    account: str = ""

    @property
    def is_paper(self) -> bool:
        """On paper the server is the venue: what it holds stands where everything does."""
        return self.text.startswith("PAPER")


@dataclass(frozen=True, slots=True)
class View:
    """What is on the screen, so that nothing else is subscribed to."""

    symbol: str
    interval: str
    watched: Sequence[str] = field(default=())
    candles: int = 500  # how many are looked at
    beside: Sequence[str] = field(default=())  # markets that have a ladder, and nothing else of the page


class DeskReads(Protocol):
    """What is known, as of now: read by the painting timer as often as it likes, and never waited for."""

    def link(self) -> DeskLink:
        """The line to the server."""

    def markets(self) -> Mapping[str, Market]:
        """By symbol; empty until they are known."""

    def ticker(self, symbol: str) -> Ticker | None:
        """None while not known."""

    def depth(self, symbol: str) -> DeskDepth | None:
        """The book, best price first; None while not known, or not on the screen."""

    def candles(self, symbol: str, interval: str) -> Sequence[Candle]:
        """Oldest first, the running one last. `interval` as in `1m`."""

    def closes(self, symbol: str) -> Sequence[Decimal]:
        """The day's hourly closes, oldest first, the last price at the end; empty while not known."""

    def prints(self, symbol: str) -> Sequence[Print]:
        """Newest first."""

    def queue(self) -> Mapping[str, Decimal]:
        """By id of own resting orders, what stands before each at its price; what the venue does not say is left out."""

    def venue(self) -> VenueStatus | None:
        """How the venue stands; None while it is not known."""

    def open_orders(self) -> Sequence[Order]:
        """Working orders, newest first."""

    def order(self, order_id: str) -> Order | None:
        """Also one that has ended, as long as it is remembered."""

    def order_of(self, client_order_id: str) -> Order | None:
        """The order that this client id made, as long as it is remembered."""

    def positions(self) -> Sequence[Position]:
        """Open positions."""

    def fills(self) -> Sequence[Trade]:
        """Newest first."""

    def events(self) -> Sequence[EventLine]:
        """Newest first."""

    def account(self) -> Account | None:
        """The account's money at the last price; None while not known."""

    def alerts(self) -> Sequence[Alert]:
        """Those that wait, oldest first."""


class DeskActions(Protocol):
    """What may be asked of the server: each is sent once, and answered when the server has said what became of it.
    `symbol` as in `BTC/USD`; ids of orders are the server's, client order ids our own."""

    async def place(self, request: OrderRequest) -> Answer:
        """Done says the order; it may have been rejected all the same."""

    async def look_up(self, request: OrderRequest) -> Answer:
        """Did an order arrive? Done: here it is. Refused: the server has none of that id. Unknown: it was not reached."""

    async def cancel(self, order_id: str) -> Answer:
        """Done when the server has taken the cancel."""

    async def close_position(self, symbol: str, client_order_id: str) -> Answer:
        """Close at market, by an order of this client id."""

    async def close_all(self) -> Answer:
        """Close every position at market."""

    async def reverse(self, symbol: str, client_order_id: str) -> Answer:
        """Turn the position round by one order of twice its size."""

    async def cancel_entries(self, symbol: str | None) -> Answer:
        """Of one symbol, or of all; what protects positions stays."""

    async def kill(self) -> Answer:
        """Cancel all, flatten all, halt."""

    async def resume(self) -> Answer:
        """End a halt."""

    async def set_alert(self, symbol: str, condition: AlertCondition, price: Decimal) -> Answer:
        """Have it told when the last price is at or past `price`."""

    async def delete_alert(self, alert_id: str) -> Answer:
        """Take one away that waits."""

    async def set_dead_man(self, seconds: int) -> Answer:
        """Have the entries cancelled after so long a silence of this console; 0 is never."""

    async def protect(self, symbol: str, stop: Decimal | None, target: Decimal | None) -> Answer:
        """A position's one pair of exits; both None takes it away."""

    async def amend(
        self, order_id: str, *, price: Decimal | None, quantity: Decimal | None, stop_price: Decimal | None = None
    ) -> Answer:
        """New totals; None leaves one as it is. `stop_price` is the trigger of one that waits."""


class Desk(DeskReads, DeskActions, Protocol):
    """The whole of it. No method raises for what the server or the line does."""

    def take_dirty(self) -> Dirty:
        """What changed since this was called last."""

    async def run(self) -> None:
        """Keep the line up until cancelled: the console's one worker."""

    def resync(self) -> None:
        """Have the server say everything anew; without a link, try it now instead of later."""

    def show(self, view: View) -> None:
        """From here on have what this screen shows, and no more."""
