"""The console as a Textual app: one worker for the line, one timer for the paint, screens for the rest."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import ClassVar

from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.events import Event, InputEvent, Key, MouseMove, Paste, Resize
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input

from tradeterm.tui.bells import BETWEEN
from tradeterm.tui.burst import MOST_WAITING, WINDOW, BurstGuard
from tradeterm.tui.context import Context
from tradeterm.tui.desk.announce import Announcer
from tradeterm.tui.desk.port import EVERYTHING, Desk, DeskLinkState, Label
from tradeterm.tui.drawing.keymap import ONE_PRESS, Keymap, bindings, default_keymap, keys_of, shown_keys
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.drawing.panes import ULTRA_FROM, WIDE_FROM
from tradeterm.tui.habits import Habits
from tradeterm.tui.key_queue import KeyQueue
from tradeterm.tui.key_table import KeyTable, listeners
from tradeterm.tui.orders.held_keys import WAIT, HeldKeys, Press
from tradeterm.tui.orders.intent import Clocks, Trading
from tradeterm.tui.orders.mode import Mode
from tradeterm.tui.orders.safe_mode import DEBOUNCE
from tradeterm.tui.paint_rate import REFRESH_HZ, Beat
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.screens.quit import QuitDialog, left_behind
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.screens.small import TooSmallScreen, is_too_small
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.strokes import Strokes
from tradeterm.tui.terminal.driver import PacedDriver
from tradeterm.tui.terminal.pieces import TakesPieces
from tradeterm.tui.terminal.signals import leave_on_signals
from tradeterm.tui.watchlist import Watchlist

RECONCILE_EVERY_S = 2.0
NOISE = "More keys at once than hands can type: they were dropped, and nothing was sent."


class TradeApp(App[int]):
    """`desk` is the only way out; time, ids and the palette come from outside, so that a picture can be repeated."""

    CSS_PATH = "tradeterm.tcss"
    TITLE = "tradeterm"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE_FROM, "-wide"), (ULTRA_FROM, "-ultra")]  # noqa: RUF012  (an instance variable of App)

    def __init__(
        self,
        desk: Desk,
        clocks: Clocks,
        label: Label,
        *,
        keymap: Keymap | None = None,
        palette_name: PaletteName = PaletteName.GREEN_RED,
        colour: bool = True,
        refresh_hz: float = REFRESH_HZ,
        watchlist: Watchlist | None = None,
        habits: Habits | None = None,
        when_live: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(ansi_color=None if colour else True)
        keys, own = keymap or default_keymap(), habits or Habits()
        chosen = palette(palette_name, colour=colour)
        self._ctx = Context(
            desk,
            Trading(desk, clocks, own.modes, own.limits),
            clocks,
            keys,
            chosen,
            label,
            watchlist or Watchlist(),
            habits=own,
            change_palette=self.change_palette,
            terminal_lag=self._terminal_lag,
        )
        self._trade, self._beat = TradeScreen(self._ctx), Beat(timedelta(seconds=1 / refresh_hz))
        self._strokes = Strokes(lambda: self.keys.is_busy, self._hold_frames, self._handle_exception)
        self._announcer = Announcer(desk, clocks.now())
        self.keys = KeyQueue(self._hear, self._pumps, self._lay_out)
        self._guard, self._held, self._last_pressed = BurstGuard(), HeldKeys(), ("", timedelta())
        self._one_press = {key for one in ONE_PRESS for key in keys_of(keys, one)}
        self.set_keymap(dict(keys))
        self._key_table = KeyTable(self._keymap)
        self._has_colours, self._wanted_palette, self._dead_man_s = colour, chosen, own.dead_man_s
        self._when_live: Callable[[], None] | None = when_live  # asked for once
        self._show_theme()

    def on_mount(self) -> None:
        if isinstance(self._driver, PacedDriver):
            leave_on_signals(lambda code: self.exit(code, return_code=code))
        self.push_screen(self._trade)
        self._say_if_too_small(self.size)
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.run_worker(self.keys.run(), group="keys", exclusive=True, exit_on_error=True)
        self.run_worker(self._ctx.desk.run(), group="line", exclusive=True, exit_on_error=True)
        self.run_worker(self._reconcile(), group="look-up", exclusive=True, exit_on_error=True)
        self.set_interval(self._beat.every.total_seconds(), self._on_beat)

    # -- keys ---------------------------------------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """What hands do waits for its turn; the pointer's way there does not."""
        if isinstance(event, InputEvent | Paste) and not isinstance(event, MouseMove) and not event.is_forwarded:
            if len(self.keys) >= MOST_WAITING:
                self.keys.drop()
                self._ctx.tell(NOISE, is_alert=True)
            self.keys.put(event)
        else:
            await super().on_event(event)

    async def _hear(self, event: Event) -> None:
        """A key counts as pressed when it was typed, however late it is heard; what was said before it has been read, but not
        by the repeats of the key that it was said to."""
        at = min(self._ctx.clocks.steady(), timedelta(seconds=event.time))
        self._ctx.trading.heard_at = at
        self._ctx.trading.modes.heard(self._ctx.clocks.steady())
        if isinstance(event, Paste) and not isinstance(self.focused, Input):
            self._ctx.tell("Nothing here takes what was pasted: open a field first.", is_alert=True)
            return
        is_command = isinstance(event, Key) and event.is_printable and not isinstance(self.focused, Input)
        if isinstance(event, Key) and is_command and not await self._is_meant(event, at):
            return
        if not self._is_repeat(event, at):
            self._ctx.notices.read()
        await super().on_event(event)

    def _is_repeat(self, event: Event, at: timedelta) -> bool:
        """Is it the last key again, so soon that a command would not hear it?"""
        pressed = (event.key if isinstance(event, Key) else "", at)
        before, self._last_pressed = self._last_pressed, pressed
        return bool(pressed[0]) and pressed[0] == before[0] and at - before[1] < DEBOUNCE

    async def _is_meant(self, key: Key, at: timedelta) -> bool:
        """Did a hand press this key, once? One that sends at once waits until that can be known, and the keys after it wait
        with it: none of them may move the cursor under an order."""
        is_one_press = self._is_one_press(key)
        if is_one_press:
            await asyncio.sleep(WINDOW.total_seconds())
        # Elsewhere what follows may be meant for the field that this key opens.
        if self._guard.is_noise(key.key, at, self._coming() if is_one_press else ()):
            self._drop_noise()
            return False
        if not is_one_press:
            return True
        pressed = self._held.press(key.key, at)
        if pressed is not Press.WAIT:
            return pressed is Press.ACT
        await asyncio.sleep(WAIT.total_seconds())
        is_repeated = any(name == key.key and typed_at - at < WAIT for name, typed_at in self._coming())
        return not is_repeated and self._held.acts(key.key, at) and self._is_one_press(key)

    def _coming(self) -> list[tuple[str, timedelta]]:
        """The keys that were typed meanwhile, and when."""
        keys = [event for event in self.keys.coming if isinstance(event, Key)]
        return [(key.key, timedelta(seconds=key.time)) for key in keys if key.is_printable]

    def _drop_noise(self) -> None:
        self._ctx.tell(NOISE, is_alert=True)
        self._trade.disarm("keys came faster than hands can type")

    def _is_one_press(self, event: Key) -> bool:
        """Is this key one that sends at once?"""
        return (
            self._ctx.trading.modes.mode is Mode.ARMED and event.key in self._one_press and self.screen is self._trade
        )

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """A key that does nothing on the desk says so."""
        is_heard = await self._run_bound(key, priority)
        if not is_heard and not priority and self.screen is self._trade:
            help_key = shown_keys(self._ctx.keymap, "app.help").split()[-1]
            self._ctx.tell(f"{key.replace('_', ' ')} does nothing here: {help_key} shows every key.", is_alert=True)
        return is_heard

    async def _run_bound(self, key: str, priority: bool) -> bool:
        """As Textual does, but with the map laid before; what has priority is heard from the app down, dialog or not."""
        heard = listeners(self.screen)
        nodes = [self, *reversed([node for node in heard if node is not self])] if priority else heard
        for node in nodes:
            for binding in self._key_table.bound(node, key):
                if binding.priority == priority and await self.run_action(binding.action, node):
                    return True
        return False

    def _pumps(self) -> Iterable[MessagePump]:
        return (self, *self._registry)

    def _lay_out(self) -> bool:
        """What Textual does with its next frame, which may be long in coming. A console that ends has no screen any more."""
        screen = next(reversed(self.screen_stack), None)
        if screen is None or self._batch_count or not screen._layout_required:
            return False
        with screen._context():
            screen._on_timer_update()
        return True

    def on_app_blur(self) -> None:
        self._ctx.trading.modes.blurred(self._ctx.clocks.steady())

    def on_app_focus(self) -> None:
        self._ctx.trading.modes.focused()

    def change_palette(self, name: PaletteName) -> None:
        """Look like this from now on: first the frames and grounds, then all that is drawn on them."""
        self._wanted_palette = palette(name, colour=self._has_colours)
        self._show_theme()

    def _show_theme(self) -> None:
        self.register_theme(self._wanted_palette.theme)
        self.theme = self._wanted_palette.theme.name

    def _theme_changed(self, _: Theme) -> None:
        self._ctx.palette.become(self._wanted_palette)
        for screen in self.screen_stack:
            screen.query("*").refresh()
        self._trade.repaint(EVERYTHING)

    # -- leaving ------------------------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """A console that is told to leave, or is cancelled, while a pane or a dialog is still being put in place never puts the
        rest of it there. That it is missed is no fault, and nothing for the terminal of whoever ended it."""
        is_leaving = self._exit or not self._running
        if not (is_leaving and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    # -- the terminal -------------------------------------------------------------------------------------------------

    def get_driver_class(self) -> type[Driver]:
        return super().get_driver_class() if sys.platform == "win32" else PacedDriver

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Hand what is drawn to the driver, which sends what differs; everything else goes Textual's way."""
        driver = self._driver
        if not isinstance(driver, TakesPieces) or not isinstance(renderable, CompositorUpdate):
            super()._display(screen, renderable)
        elif self._running and not self._closed and not self._batch_count:
            driver.show(renderable, *self.size)

    def _hold_frames(self, is_held: bool) -> None:
        if isinstance(self._driver, PacedDriver):
            self._driver.hold(is_held)

    def _terminal_lag(self) -> timedelta | None:
        lag = self._driver.pace.lag(time.monotonic()) if isinstance(self._driver, PacedDriver) else None
        return None if lag is None else timedelta(seconds=lag)

    # -- the line and the paint ---------------------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        """Orders without an answer are looked up until it is known what became of them."""
        while True:
            await asyncio.sleep(RECONCILE_EVERY_S)
            for words in await self._ctx.trading.sender.reconcile():
                self._ctx.tell(words, is_alert=True)

    def on_resize(self, event: Resize) -> None:
        if self._trade in self.screen_stack:  # before it is there, it would be laid over the notice
            self._say_if_too_small(event.size)

    def _say_if_too_small(self, size: Size) -> None:
        notice = next((one for one in self.screen_stack if isinstance(one, TooSmallScreen)), None)
        if is_too_small(size) and notice is None:
            self.push_screen(TooSmallScreen(self._ctx.palette))
        elif notice is self.screen and not is_too_small(size):
            self.pop_screen()

    def _on_beat(self) -> None:
        """The one timer."""
        is_due = self._beat.paints(self._ctx.clocks.steady(), has_keys=self.keys.is_busy)
        if is_due and not self._strokes.are_under_way:
            self._strokes.begin(self._ticked())

    def tick(self) -> None:
        """Take what is dirty, paint what is in front, tell what is news."""
        for _ in self._ticked():
            pass

    def _ticked(self) -> Iterator[None]:
        if not self.screen.is_mounted:
            return
        dirty = self._ctx.desk.take_dirty()
        if self.screen is self._trade or self._is_desk_seen:
            for _ in self._trade.strokes(dirty):
                yield
                if self._exit:
                    return
        if isinstance(self.screen, ReviewDialog) and self.screen.is_mounted:  # a key may have opened it just now
            self.screen.repaint()
        self._trade.look_around()
        if self._ctx.desk.link().state is DeskLinkState.LIVE:
            self._come_alive()
        for toast in self._announcer.news():
            self._ctx.tell(toast.text, is_alert=toast.is_alert, about=toast.about)
            self._ring(self._ctx.habits.bells.rings(toast.news))
            self._tell_desktop(self._ctx.habits.desktop.asks(toast.news, toast.text))

    @property
    def _is_desk_seen(self) -> bool:
        """Does the desk stand behind a dialog?"""
        return self._trade in self._background_screens and self.screen.styles.background.a < 1

    def _come_alive(self) -> None:
        """As soon as there is a line: the dead-man's switch, if the settings say so, and what whoever started it wants."""
        if self._when_live is not None:
            told, self._when_live = self._when_live, None
            told()
        if self._dead_man_s:
            seconds, self._dead_man_s = self._dead_man_s, 0
            self.run_worker(self._ctx.desk.set_dead_man(seconds), group="dead man", exit_on_error=False)

    def _ring(self, times: int) -> None:
        """A pattern of bells, for ears that do not look."""
        for n in range(times):
            self.set_timer(max(0.001, n * BETWEEN.total_seconds()), self.bell)

    def _tell_desktop(self, asked: str) -> None:
        if asked and self._driver is not None:
            self._driver.write(asked)

    async def action_quit(self) -> None:
        """Leave at once when nothing is at stake; the second press always leaves."""
        words = left_behind(self._ctx)
        if not words or isinstance(self.screen, QuitDialog):
            self._leave(True)
        else:
            self.push_screen(QuitDialog(self._ctx, words), self._leave)

    def _leave(self, is_sure: bool | None) -> None:
        if is_sure:
            words = left_behind(self._ctx)
            self.exit(0, message="\n".join(words) or None)
