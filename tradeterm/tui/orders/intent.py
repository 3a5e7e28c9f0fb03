"""From intent to the server: what may be asked now in this mode, its review in words, and the one send. Knows no widget."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.positions import Position
from tradeterm.protocol.vocabulary import MarketState, Side, TradingState
from tradeterm.tui.desk.port import Desk, DeskLinkState
from tradeterm.tui.desk.valuation import is_stale, signed_quantity
from tradeterm.tui.orders.at_once import why_reviewed
from tradeterm.tui.orders.draft import Draft, FieldFault, checked
from tradeterm.tui.orders.expected import expected, means_of
from tradeterm.tui.orders.mode import Modes, Surroundings, refusal_in
from tradeterm.tui.orders.safe_mode import Gate
from tradeterm.tui.orders.sendable import Sendable
from tradeterm.tui.orders.sending import Sender
from tradeterm.tui.orders.sizing import Sizing
from tradeterm.tui.orders.soft_limits import SoftLimits


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time as arguments: the wall clock for what is shown, a steady one for keys, and new order ids."""

    now: Callable[[], datetime]
    steady: Callable[[], timedelta]
    new_id: Callable[[], str]


class Trading:
    """The console's intent. Every refusal is a sentence that says what would help."""

    def __init__(
        self, desk: Desk, clocks: Clocks, modes: Modes | None = None, limits: SoftLimits | None = None
    ) -> None:
        self.desk = desk
        self.clocks = clocks
        self.modes = modes or Modes()
        self.limits = limits or SoftLimits()
        self.gate = Gate()
        self.sender = Sender(desk, clocks.now)
        self.sizing = Sizing()
        self.heard_at: timedelta | None = None  # when the key that is being heard was typed

    # -- may it be asked at all? --------------------------------------------------------------------------------------

    def may_press(self, command: str) -> bool:
        return self.gate.pressed(command, self._pressed_at)

    def is_deaf(self) -> bool:
        """Was this key typed before the review could be read?"""
        return not self.gate.listens(self._pressed_at)

    @property
    def _pressed_at(self) -> timedelta:
        return self.clocks.steady() if self.heard_at is None else self.heard_at

    def refusal(self, *, only_cancels: bool = False) -> str | None:
        """Why nothing of the kind can be sent now, by the mode or for want of a link; None where it can."""
        return refusal_in(self.modes.mode, only_cancels=only_cancels) or self.no_link()

    def surroundings(self, symbol: str) -> Surroundings:
        """What ARMED depends on, for this market."""
        account, ticker = self.desk.account(), self.desk.ticker(symbol)
        state = account.trading_state if account is not None else TradingState.ACTIVE
        return Surroundings(
            symbol,
            is_linked=self.desk.link().state is DeskLinkState.LIVE,
            is_fresh=ticker is not None and not is_stale(ticker, self.clocks.now()),
            is_unrestricted=state is TradingState.ACTIVE,
            is_halted=state is TradingState.HALTED,
        )

    def look_around(self, symbol: str) -> str | None:
        """Go on to the mode that is right now; why it is no longer ARMED, the first time."""
        return self.modes.look(self.surroundings(symbol), self.clocks.steady())

    def at_once(self, thing: Sendable, *, is_one_press: bool) -> Sendable | None:
        """What goes out at this press without a review: in ARMED alone, within its bounds; else None."""
        if self.modes.cap is None or not is_one_press or self.reason_to_review(thing) is not None:
            return None
        if self.look_around(thing.symbol) is not None:
            return None
        self.sender.take(thing)
        return thing

    def reason_to_review(self, thing: Sendable) -> str | None:
        """Why this is reviewed although it is armed; None where it is not, or nothing is armed."""
        cap = self.modes.cap
        if cap is None:
            return None
        if self.modes.armed_for != thing.symbol:
            return f"it is armed for {self.modes.armed_for}"
        ticker = self.desk.ticker(thing.symbol)
        why = why_reviewed(thing, self.market(thing.symbol), ticker, self.held(thing.symbol), cap)
        return why or self.asks_size(thing)

    def asks_size(self, thing: Sendable) -> str | None:
        """The console's own limit that this order is beyond, so that its size is typed before it goes; None where it is
        within all. What only makes a position smaller is never asked about."""
        market = self.market(thing.symbol) if isinstance(thing, OrderRequest) else None
        if not isinstance(thing, OrderRequest) or market is None:
            return None
        held = self.held(thing.symbol) * thing.side.sign
        if thing.reduce_only or (held < 0 and thing.quantity <= -held):
            return None
        ticker, known = self.desk.ticker(thing.symbol), expected(self.desk, market, thing)
        return self.limits.broken(thing, market, ticker, known, self.equity)

    def no_link(self) -> str | None:
        """Why nothing can be sent now, or None."""
        link = self.desk.link()
        if link.state is DeskLinkState.LIVE:
            return None
        if link.state is DeskLinkState.REFUSED:
            return f"Nothing can be sent: {link.reason or 'the server refused the sign-in'}."
        return "Nothing can be sent: there is no link to the server. It is tried again by itself."

    def market(self, symbol: str) -> Market | None:
        return self.desk.markets().get(symbol)

    @property
    def equity(self) -> Decimal | None:
        account = self.desk.account()
        return None if account is None else account.equity

    def ladder_size(self, market: Market, side: Side) -> str:
        """What the ladder's keys of this side send: what is said of them."""
        closes = max(Decimal(0), -self.held(market.symbol) * side.sign)
        return self.sizing.quantity(market, self.equity, self._price(market.symbol), closes)

    def describe_size(self, symbol: str, *, is_stop: bool = False) -> str:
        """What the ladder's keys send, with the keys: `B S i d I D  0.11100 (5%)`; of stops those that place them. Empty while
        the market is not known."""
        market = self.market(symbol)
        if market is None:
            return ""
        return self.sizing.describe(market, self.equity, self._price(symbol), self.held(symbol), is_stop=is_stop)

    def _price(self, symbol: str) -> Decimal | None:
        """The last one; where nothing has traded yet, about where it would."""
        ticker = self.desk.ticker(symbol)
        return None if ticker is None else ticker.last or ticker.bid or ticker.ask

    def resize(self, symbol: str, by: int, *, is_preset: bool) -> None:
        """The next preset, or the size one step larger; below 0 the other way."""
        market = self.market(symbol)
        if is_preset or market is None:
            self.sizing.next_preset(by)
        else:
            self.sizing.step(by, market, self.equity, self._price(symbol))

    def position(self, symbol: str) -> Position | None:
        return next((position for position in self.desk.positions() if position.symbol == symbol), None)

    # -- the ticket ---------------------------------------------------------------------------------------------------

    def not_now(self, symbol: str, side: Side) -> str | None:
        """Why the account or the market takes no such order now, and what it does take; None where it may."""
        market, account = self.market(symbol), self.desk.account()
        if market is not None and market.state is MarketState.PAUSED:
            return f"{symbol} is paused: only cancels are taken."
        if account is None or account.trading_state is TradingState.ACTIVE:
            return None
        if account.trading_state is TradingState.HALTED:
            return "HALTED: no order is taken but what closes. c cancels, f flattens a position."
        held = self.held(symbol)
        if held * side.sign >= 0:
            way = f"{'s' if held > 0 else 'b'} or f closes {symbol}." if held else "f flattens a position, c cancels."
            return f"REDUCING: only orders that reduce a position are taken. {way}"
        return None

    def review_order(self, draft: Draft) -> Sendable | FieldFault:
        """Put the draft under review, with its id made now; a second review is another order."""
        if refusal := self.refusal():
            return FieldFault("", refusal)
        market = self.market(draft.symbol)
        assert market is not None, "a draft was made for a market that is known"
        means = means_of(self.desk, draft, market)
        request = checked(draft, market, self.clocks.new_id(), means, self.clocks.now())
        if not isinstance(request, FieldFault):
            self.gate.review(request, self.clocks.steady())
        return request

    def review(self, thing: Sendable) -> None:
        """Put this under review, in place of what was."""
        self.gate.review(thing, self.clocks.steady())

    def review_shown(self) -> None:
        """It stands on the screen: now the time in which it can be read begins."""
        self.gate.shown(self.clocks.steady())

    def review_ends_in(self) -> timedelta | None:
        """How long `y` is still heard, where that ends by itself."""
        return self.gate.left(self.clocks.steady())

    # -- sending ------------------------------------------------------------------------------------------------------

    def confirm(self) -> Sendable | str | None:
        """`y` in a review: what is now to be sent, why it cannot be, or None while the review is still deaf."""
        if self.is_deaf():
            return None
        if refusal := self.refusal(only_cancels=self.gate.only_cancels):
            return refusal
        thing = self.gate.confirm(self._pressed_at)
        if thing is not None:
            self.sender.take(thing)
        return thing

    # -- figures for the ticket and the review ------------------------------------------------------------------------

    def held(self, symbol: str) -> Decimal:
        return signed_quantity(self.position(symbol))

    def working(self, symbol: str | None = None) -> list[Order]:
        return [order for order in self.desk.open_orders() if symbol in (None, order.symbol)]
