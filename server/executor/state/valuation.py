"""What accounts are worth, may use and can close, at the prices of now. Reads: nothing is changed by asking."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from server.domain.accounts import Account, Entries, Margin, MarksOf, available_of, cash_of, margin_of
from server.domain.markets import Market
from server.domain.positions import held_after
from server.domain.risk import CoreSettings
from server.ports import FillReport, Foresight
from tradeterm.protocol.arithmetic import ZERO, divide, liquidation_price, round_down, scaled
from tradeterm.protocol.vocabulary import Liquidity, Side

HALF = Decimal("0.5")  # maintenance margin is half the initial margin


@lru_cache(maxsize=256)
def _maintenance_rate(leverage: Decimal) -> Decimal:
    """The share of a position's value that is its maintenance margin."""
    return divide(HALF, leverage)


class Marks(dict[str, tuple[Decimal, Decimal]]):
    """By symbol the marks of one moment, what profit is told at and what margin is: each is looked up once."""

    def __init__(self, marks_of: MarksOf) -> None:
        self._marks_of = marks_of

    def __missing__(self, symbol: str) -> tuple[Decimal, Decimal]:
        marks = self[symbol] = self._marks_of(symbol)
        return marks


class Valuation:
    """`last` are the last prices, which the ledger goes on writing."""

    def __init__(
        self, settings: CoreSettings, markets: Mapping[str, Market], quotes: Foresight, last: Mapping[str, Decimal]
    ) -> None:
        self._settings, self._markets, self._quotes, self._last = settings, markets, quotes, last

    def margin_mark(self, symbol: str) -> Decimal | None:
        """The last trade clamped into [bid, ask]; None before the first trade."""
        mark = self._last.get(symbol)
        if mark is None:
            return None
        bid, ask = self._quotes.best_bid(symbol), self._quotes.best_ask(symbol)
        if bid is not None and mark < bid:
            return bid
        return ask if ask is not None and mark > ask else mark

    def marks(self) -> Marks:
        """All marks, as long as no price moves."""
        return Marks(self._marks)

    def margin(self, account: Account, marks: Marks | None = None) -> Margin:
        """What an account is worth and may use."""
        return self._margin(account, self._marks if marks is None else marks.__getitem__, account.entries)

    def collateral(self, account: Account) -> Decimal:
        """What it is worth at the margin marks: `collateral` of its `Margin`."""
        worth = account.cash
        for symbol, position in account.positions.items():
            worth += position.quantity * self._margin_mark(symbol)
        return worth

    def margin_with(self, account: Account, symbol: str, entries: Entries) -> Margin:
        """What that would be if its entries of `symbol` were these."""
        return self._margin(account, self._marks, {**account.entries, symbol: entries})

    def _margin(self, account: Account, marks_of: MarksOf, entries: Mapping[str, Entries]) -> Margin:
        value = cash_of if self._settings.cash_account else margin_of
        return value(account, self._settings.leverage_of(account), marks_of, self._markets, entries)

    def is_covered(self, account: Account, symbol: str, entries: Entries) -> bool:
        """Whether there is money for all that an account has open if its entries of `symbol` were these."""
        if self._settings.cash_account:
            return self.margin_with(account, symbol, entries).available >= ZERO
        tried = {**account.entries, symbol: entries}
        leverage = self._settings.leverage_of(account)
        return available_of(account, leverage, self._margin_mark, self._markets, tried) >= ZERO

    def _margin_mark(self, symbol: str) -> Decimal:
        return self.margin_mark(symbol) or ZERO

    def _marks(self, symbol: str) -> tuple[Decimal, Decimal]:
        return self._last.get(symbol, ZERO), self._margin_mark(symbol)

    def liquidation_price(self, account: Account, symbol: str) -> Decimal | None:
        """The mark of `symbol` at which equity equals the maintenance margin, all other marks unchanged."""
        position = account.positions.get(symbol)
        if position is None:
            return None
        rate = _maintenance_rate(self._settings.leverage_of(account))
        others, maintenance = ZERO, ZERO
        for other in account.positions.values():
            if other is not position:
                mark = self.margin_mark(other.symbol) or ZERO
                others += other.quantity * mark
                maintenance += scaled(abs(other.quantity) * mark, rate)
        return liquidation_price(position.quantity, account.cash, others, maintenance, rate)

    def closable(self, account: Account, symbol: str) -> Decimal:
        """How much of a position orders can close: whole lots. What fees in base currency leave below a lot is dust,
        and counts as flat."""
        held = abs(account.held(symbol))
        return round_down(held, self._markets[symbol].lot) if self._settings.base_fees else held

    def closable_after(self, account: Account, symbol: str, fills: Sequence[FillReport]) -> Decimal:
        """What orders could close of a position, signed, once fills that the venue has made but not told are booked."""
        market, base_fees = self._markets[symbol], self._settings.base_fees
        held = account.held(symbol)
        for fill in fills:
            rate = market.maker_fee if fill.liquidity is Liquidity.MAKER else market.taker_fee
            held = held_after(held, fill.side, fill.quantity, rate if base_fees and fill.side is Side.BUY else ZERO)
        return round_down(abs(held), market.lot).copy_sign(held) if base_fees else held
