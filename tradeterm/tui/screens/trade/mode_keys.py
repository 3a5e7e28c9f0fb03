"""The keys that change how freely orders go out: arming and disarming, looking only, and the way out of a lock."""

from decimal import Decimal

from tradeterm.protocol.vocabulary import TradingState
from tradeterm.tui.desk.port import EVERYTHING, Done
from tradeterm.tui.orders.mode import Arming, Mode
from tradeterm.tui.screens.arm import UNLOCK, ArmDialog, WordDialog
from tradeterm.tui.screens.help import HelpScreen
from tradeterm.tui.screens.trade.order_flow import OrderFlow
from tradeterm.tui.screens.trade.order_keys import OrderKeys
from tradeterm.tui.screens.trade.working_order_flow import WorkingOrderFlow

MINUTES = 10
CAP_SHARE = Decimal("0.1")  # of equity, where nothing was said


class ModeKeys(OrderKeys):
    """The part of the Trade screen that knows the mode."""

    def action_arm(self) -> None:
        """Arm, after a dialog; disarm at once."""
        if self._trading.modes.disarm():
            self.say("Disarmed: every order is reviewed.")
            self.repaint(EVERYTHING)
        else:
            self.ask_to_arm()

    def ask_to_arm(self, minutes: int | None = None, cap: Decimal | None = None) -> None:
        """The dialog, with what was said, else with what it was last."""
        modes = self._trading.modes
        refusal = modes.cannot_arm(self._trading.surroundings(self.symbol))
        if refusal is not None:
            self.say(refusal, True)
            return
        last = modes.arming or Arming(MINUTES, self._default_cap())
        wanted = Arming(minutes or last.minutes, cap or last.cap)
        self.app.push_screen(ArmDialog(self._ctx, wanted, self.symbol), self._armed)

    def _default_cap(self) -> Decimal:
        equity = self._trading.equity or Decimal(0)
        return max(Decimal(1), (equity * CAP_SHARE).quantize(Decimal(1)))

    def _armed(self, arming: Arming | None) -> None:
        if arming is not None:
            self.say(f"ARMED for {arming.minutes} minutes, orders worth up to {arming.cap:,.2f} go at one press.", True)
            self.repaint(EVERYTHING)

    def look_around(self) -> None:
        """Called by the timer: what is no longer so ends ARMED, and says why."""
        if (reason := self._trading.look_around(self.symbol)) is not None:
            self.say(f"DISARMED: {reason}.", True)

    def disarm(self, reason: str) -> None:
        """End ARMED, if it is on, for something that was heard."""
        if self._trading.modes.disarm():
            self.say(f"DISARMED: {reason}.", True)

    def change_mode(self, verb: str) -> None:
        """`view` and `trade`, as the order line has them."""
        modes = self._trading.modes
        refusal = modes.view() if verb == "view" else modes.trade()
        self.say(refusal or f"{modes.mode.value} from now on.", refusal is not None)

    def unlock(self) -> None:
        """End a lock: the word is typed, the server resumes, and SAFE is back."""
        if self._trading.modes.mode is not Mode.LOCKED:
            self.say("Nothing is locked.")
            return
        text = "The account trades again, and every order is reviewed."
        self.app.push_screen(WordDialog(self._ctx, UNLOCK, text), self._unlocked)

    def _unlocked(self, is_meant: bool | None) -> None:
        if is_meant:
            self._flow.start(self._resume())

    async def _resume(self) -> None:
        account = self._ctx.desk.account()
        is_halted = account is not None and account.trading_state is TradingState.HALTED
        answer = await self._ctx.desk.resume() if is_halted else Done()
        if isinstance(answer, Done):
            self._trading.modes.unlock()
            self.say("SAFE: orders are taken again, each is reviewed.")
        else:
            self.say(f"Still LOCKED: {answer.text}", True)
        self.repaint(EVERYTHING)

    # -- what the order line asks for besides -------------------------------------------------------------------------

    @property
    def flow(self) -> OrderFlow:
        """The one way to a review."""
        return self._flow

    @property
    def working(self) -> WorkingOrderFlow:
        """What is done to orders that work."""
        return self._working

    def show_tape_from(self, least: Decimal) -> None:
        """Show prints of at least this size."""
        self._painter.sift_tape(least)
        self.repaint(EVERYTHING)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self._ctx, self.focused_pane.capitalize()))
