"""The paper venue's books, and what binds an order in them: the band of its symbol, and what its owner holds."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from server.domain.book import Book, Resting
from server.domain.markets import Market
from server.ports import Coverage, Place, Positions
from server.venues.band import Band
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Side

INFINITE = Decimal("Infinity")


class PaperBooks:
    """One book a symbol. What was done since `keep` can be undone."""

    def __init__(
        self,
        markets: Mapping[str, Market],
        last_trade: int,
        positions: Positions | None,
        coverage: Coverage | None = None,
    ) -> None:
        """Without `positions` reduce-only binds nothing, without `coverage` no entry is cut while one order trades."""
        self.markets, self.positions, self.coverage = markets, positions, coverage
        self.by_symbol = {symbol: Book() for symbol in markets}
        self.users_hold = dict.fromkeys(markets, ZERO)
        self.bands: dict[str, Band] = {}
        self._next_trade = self._kept_trade = last_trade + 1
        self._touched: set[str] = set()
        self._unkept: set[str] = set()  # symbols whose books changed since `keep`
        self._users_held = self.users_hold.copy()  # at the last `keep`
        self._moved_bands: set[str] = set()
        self._followed_bands: set[str] = set()  # of those that moved, what went on since `keep`
        self._held_back: dict[str, dict[str, Resting]] = {}  # by symbol, what rests at the band's edge

    # ------------------------------------------------------------ keeping and undoing

    def touch(self, symbol: str) -> None:
        """Something is about to happen there."""
        self._touched.add(symbol)
        self._unkept.add(symbol)

    def take_touched(self) -> set[str]:
        touched, self._touched = self._touched, set()
        return touched

    def keep(self) -> None:
        for symbol in self._unkept:
            self.by_symbol[symbol].keep()
        self._unkept.clear()
        self._followed_bands.clear()
        self._kept_trade, self._users_held = self._next_trade, self.users_hold.copy()

    def undo(self) -> None:
        for symbol in self._unkept:
            book = self.by_symbol[symbol]
            book.undo()
            self._held_back.pop(symbol, None)
            for rest in book:
                if rest.limit is not None:
                    self._held_back.setdefault(symbol, {})[rest.order_id] = rest
        self._unkept.clear()
        self._moved_bands |= self._followed_bands
        self._next_trade, self.users_hold = self._kept_trade, self._users_held.copy()

    def next_trade(self) -> str:
        """A number of the venue's own."""
        number = self._next_trade
        self._next_trade += 1
        return str(number)

    # ------------------------------------------------------------ what rests

    def rest(self, order: Place, leaves: Decimal, at: Decimal) -> Resting:
        # In the order of the fields: to find seven names costs more than all the rest of making it.
        rest = Resting(
            order.order_id,
            order.account,
            order.side,
            at,
            leaves,
            order.filled + order.quantity - leaves,
            order.post_only,
            order.reduce_only,
            order.pair,
            order.self_trade,
            None if at == order.price else order.price,
            order.place,
        )
        self.by_symbol[order.symbol].add(rest)
        if rest.limit is not None:
            self._held_back.setdefault(order.symbol, {})[rest.order_id] = rest
        return rest

    def take_out(self, symbol: str, order_id: str) -> bool:
        """Whether it was there."""
        self._held_back.get(symbol, {}).pop(order_id, None)
        return self.by_symbol[symbol].cancel(order_id) is not None

    # ------------------------------------------------------------ what binds an order

    def set_band(self, symbol: str, low: Decimal, high: Decimal) -> None:
        self.bands[symbol] = Band(low, high)
        self._moved_bands.add(symbol)

    def within_band(self, symbol: str, side: Side, price: Decimal) -> Decimal:
        band = self.bands.get(symbol)
        return price if band is None else band.within(side, price, self.markets[symbol].tick)

    def take_freed(self) -> Iterable[tuple[str, Resting]]:
        """What rests at the edge of a band that has moved, and belongs elsewhere by now."""
        moved, self._moved_bands = self._moved_bands, set()
        self._followed_bands |= moved
        for symbol in sorted(moved & self._held_back.keys()):
            for rest in list(self._held_back[symbol].values()):
                if rest.leaves and rest.price != self.within_band(symbol, rest.side, rest.limit or rest.price):
                    yield symbol, rest

    def room(self, symbol: str, account: str, side: Side, opens: Decimal = ZERO) -> Decimal:
        """How much an order that only reduces may trade of the account's position, as it is now; a reverse may open
        `opens` beyond it."""
        held = self.positions(account, symbol, ()) if self.positions is not None else -INFINITE * side.sign
        return max(ZERO, opens - held * side.sign)

    def bound(self, order: Place, rest: Resting) -> Decimal:
        """The most that the two may trade, as far as either only reduces."""
        symbol, most = order.symbol, INFINITE
        if order.reduce_only:
            most = self.room(symbol, order.account, order.side, order.opens)
        if rest.reduce_only:
            most = min(most, self.room(symbol, rest.account, rest.side))
        return most


def limit_of(rest: Resting) -> Decimal:
    """How far it may go."""
    return rest.price if rest.limit is None else rest.limit
