"""What each line does once it is meant: a review, a dialog, a question to the server. Nothing here sends an order."""

from collections.abc import Callable, Mapping
from typing import Any

from tradeterm.protocol.money import price_text, quantity_text
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.context import Context
from tradeterm.tui.desk.port import EVERYTHING, Done
from tradeterm.tui.news_kinds import Kinds
from tradeterm.tui.orders.amending import amended
from tradeterm.tui.orders.closing import cancel_entries, close, close_all, reverse
from tradeterm.tui.orders.draft import FieldFault
from tradeterm.tui.orders.order_line import commands as said
from tradeterm.tui.orders.order_line.parsing import Parsed
from tradeterm.tui.orders.order_line.resolving import Unfit, exit_price, market_of, price_at, request_of
from tradeterm.tui.orders.protecting import exits_of, protection, trailing
from tradeterm.tui.orders.sendable import Sendable
from tradeterm.tui.orders.typed_level import Unit
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.screens.trade.mode_keys import ModeKeys

ALL = "all"


class LineActs:
    """One for a screen, whose keys it presses where a key does the same. `again` opens the last line as it was."""

    def __init__(self, screen: ModeKeys, context: Context, again: Callable[[], None]) -> None:
        self._screen, self._again = screen, again
        self._ctx = context
        self._trading = context.trading
        self._makers: Mapping[type, Callable[[Any], Callable[[], None]]] = {
            said.OrderWords: self._order,
            said.CancelWords: self._cancel,
            said.MoveWords: self._move,
            said.LeaveWords: self._leave,
            said.ProtectWords: self._protect,
            said.AlertWords: self._set_alert,
            said.UnalertWords: self._delete_alerts,
            said.ArmWords: lambda words: lambda: screen.ask_to_arm(words.minutes, words.cap),
            said.QuantityWords: self._size,
            said.TapeWords: lambda words: lambda: screen.show_tape_from(words.least),
            said.DeadManWords: lambda words: lambda: screen.flow.start(self._dead_man(words.seconds)),
            said.NameWords: self._name,
            said.BareWords: self._bare,
        }

    def act_of(self, parsed: Parsed) -> Callable[[], None]:
        """What is to be done once the line is away. Raises Unfit."""
        return self._makers[type(parsed.command)](parsed.command)

    def _bare(self, words: said.BareWords) -> Callable[[], None]:
        screen = self._screen
        acts: Mapping[str, Callable[[], None]] = {
            "disarm": self._disarm,
            "unlock": screen.unlock,
            "view": lambda: screen.change_mode("view"),
            "trade": lambda: screen.change_mode("trade"),
            "help": screen.action_help,
            "kill": screen.action_kill,
            "quit": lambda: screen.flow.start(screen.app.action_quit()),
        }
        return acts[words.verb]

    def _reviewing(self, thing: Sendable | FieldFault | str, part: str) -> Callable[[], None]:
        if isinstance(thing, FieldFault | str):
            raise Unfit(part, thing.text if isinstance(thing, FieldFault) else thing)
        return lambda: self._screen.flow.review(thing, self._again)

    def _order(self, words: said.OrderWords) -> Callable[[], None]:
        return self._reviewing(request_of(words, self._trading, self._screen.symbol), "")

    def _cancel(self, words: said.CancelWords) -> Callable[[], None]:
        if words.what is None:
            return self._screen.action_cancel_order
        if words.what == ALL:
            return self._reviewing(cancel_entries(self._trading, None), "what")
        order = self._order_called(words.what)
        if order is not None:
            row = order.client_order_id or order.id
            return lambda: self._screen.working.cancel_row(row)
        try:
            symbol = market_of(self._trading, words.what, self._screen.symbol).symbol
        except Unfit:
            raise Unfit("what", f"No order and no market is called {words.what}.") from None
        return self._reviewing(cancel_entries(self._trading, symbol), "what")

    def _order_called(self, ending: str, part: str = "what") -> Order | None:
        """The one working order whose id ends so. Raises Unfit where there are several."""
        found = [order for order in self._trading.working() if order.id.lower().endswith(ending)]
        if len(found) > 1:
            raise Unfit(part, f"{len(found)} orders end in {ending}: write more of it.")
        return found[0] if found else None

    def _move(self, words: said.MoveWords) -> Callable[[], None]:
        order = self._order_called(words.order, "order")
        market = self._trading.market(order.symbol) if order is not None else None
        if order is None or market is None:
            raise Unfit("order", f"No working order ends in {words.order}.")
        price = price_at(words.price, order.side, market, self._trading)
        quantity = words.quantity or order.quantity
        texts = quantity_text(quantity), price_text(price, market.price_decimals)
        return self._reviewing(amended(self._trading, order, *texts), "price")

    def _leave(self, words: said.LeaveWords) -> Callable[[], None]:
        if words.symbol == ALL and words.verb == "flat":
            return self._reviewing(close_all(self._trading), "symbol")
        symbol = market_of(self._trading, words.symbol, self._screen.symbol).symbol
        if words.verb == "rev":
            return self._reviewing(reverse(self._trading, symbol), "symbol")
        return self._reviewing(close(self._trading, symbol), "symbol")

    def _protect(self, words: said.ProtectWords) -> Callable[[], None]:
        market = market_of(self._trading, words.symbol, self._screen.symbol)
        position = self._trading.position(market.symbol)
        if position is None:
            raise Unfit("symbol", f"There is no position in {market.symbol} to protect.")
        if words.trail is not None:
            away = abs(words.trail.value)
            text = f"{away}%" if words.trail.unit is Unit.PERCENT else quantity_text(away * market.tick)
            made = trailing(self._trading, market.symbol, text)
            return self._reviewing(made, "trail")
        side = Side.BUY if position.side is PositionSide.LONG else Side.SELL
        stop, target = exits_of(self._trading, market.symbol)  # what is not said stays
        if words.stop is not None:
            stop = exit_price(words.stop, "stop", side, position.entry_price, market)
        if words.target is not None:
            target = exit_price(words.target, "target", side, position.entry_price, market, stop)
        texts = ("" if level is None else price_text(level, market.price_decimals) for level in (stop, target))
        made = protection(self._trading, market.symbol, *texts)
        return self._reviewing(made, made.field if isinstance(made, FieldFault) else "")

    def _set_alert(self, words: said.AlertWords) -> Callable[[], None]:
        market = market_of(self._trading, words.symbol, self._screen.symbol)
        alerts = self._screen.alerts
        return lambda: self._screen.flow.start(alerts.set(market.symbol, words.condition, words.price))

    def _delete_alerts(self, words: said.UnalertWords) -> Callable[[], None]:
        symbol = None if words.what == ALL else market_of(self._trading, words.what, self._screen.symbol).symbol
        found = [alert for alert in self._ctx.desk.alerts() if symbol in (None, alert.symbol)]
        if not found:
            raise Unfit("what", "No alert waits there.")
        return lambda: self._screen.flow.start(self._screen.alerts.delete(found))

    def _size(self, words: said.QuantityWords) -> Callable[[], None]:
        market = market_of(self._trading, None, self._screen.symbol)
        fault = self._trading.sizing.fix(words.quantity, market)
        if fault is not None:
            raise Unfit("size", fault)
        return lambda: self._screen.repaint(EVERYTHING)

    def _name(self, words: said.NameWords) -> Callable[[], None]:
        match words.verb:
            case "sym":
                try:
                    symbol = market_of(self._trading, words.name, self._screen.symbol).symbol
                except Unfit as unfit:
                    raise Unfit("name", unfit.text) from None
                return lambda: self._screen.choose(symbol)
            case "tf":
                return lambda: self._screen.choose_interval(words.name)
            case "theme":
                return lambda: self._wear(PaletteName(words.name))
            case "notify":
                return lambda: self._switch("notify", self._ctx.habits.desktop, words.name)
        return lambda: self._switch("bell", self._ctx.habits.bells, words.name)

    def _disarm(self) -> None:
        if not self._trading.modes.disarm():
            self._screen.say("Nothing is armed.")
        self._screen.repaint(EVERYTHING)

    async def _dead_man(self, seconds: int) -> None:
        answer = await self._ctx.desk.set_dead_man(seconds)
        if not isinstance(answer, Done):
            self._screen.say(answer.text, True)
        elif seconds:
            self._screen.say(f"Dead-man's switch: entries go when this console is silent for {seconds} s; exits stay.")
        else:
            self._screen.say("Dead-man's switch: off.")

    def _wear(self, name: PaletteName) -> None:
        """Another palette, now and at the next start."""
        self._ctx.change_palette(name)
        self._keep("ui", {"palette": name.value}, f"{name} from now on.")

    def _switch(self, section: str, kinds: Kinds, name: str) -> None:
        """A kind of news, or all of them; kept for the next start."""
        changed = {kind.value: kind in kinds for kind in kinds.switch(name)}
        self._keep(section, changed, kinds.words)

    def _keep(self, section: str, values: Mapping[str, object], words: str) -> None:
        try:
            for key, value in values.items():
                self._ctx.habits.keep(section, key, value)
        except OSError as error:
            self._screen.say(f"{words} It could not be kept for the next start: {error}", True)
        else:
            self._screen.say(words)
