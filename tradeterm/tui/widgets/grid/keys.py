"""How far each key of a table moves its cursor."""

from typing import ClassVar

from textual.binding import BindingType

from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.widgets.grid.body import GridBody


class GridKeys(GridBody):
    """Keys turned into steps."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("grid")

    def step(self, by: int) -> None:
        """Move by rows from where the cursor is, or from where its row was."""
        raise NotImplementedError

    @property
    def _page(self) -> int:
        return max(2, self.size.height - 2)

    def action_down(self) -> None:
        self.step(1)

    def action_up(self) -> None:
        self.step(-1)

    def action_top(self) -> None:
        self.step(-len(self._rows))

    def action_bottom(self) -> None:
        self.step(len(self._rows))

    def action_page_down(self) -> None:
        self.step(self._page)

    def action_page_up(self) -> None:
        self.step(-self._page)

    def action_half_down(self) -> None:
        self.step(self._page // 2)

    def action_half_up(self) -> None:
        self.step(-(self._page // 2))
