"""The columns of the table panes at both widths."""

from collections.abc import Mapping

from tradeterm.tui.drawing.away import WIDTH as AWAY
from tradeterm.tui.drawing.cells import Column
from tradeterm.tui.drawing.panes import Pane


def columns(pane: Pane, *, is_wide: bool) -> tuple[Column, ...]:
    """The columns of a table pane; fixed, so that nothing moves when numbers do."""
    return _COLUMNS[pane, is_wide]


def _titled(*columns: tuple[str, int]) -> tuple[Column, ...]:
    """A title that starts with `>` is aligned right."""
    return tuple(Column(title.removeprefix(">"), width, title.startswith(">")) for title, width in columns)


SPARK = 6
_WATCH = _titled(("Sym", 5), (">Last", 10), (">24h", 7), ("", SPARK))
_TAPE = _titled(("Time", 8), ("", 4), (">Price", 10), (">Qty", 9))
# The last column is for panes that are wide enough: in a narrow one it is cut off whole.
_ALERTS = _titled(("Sym", 5), ("", 1), (">Price", 10), (">Away", 11), ("Set", 8))
_EVENTS = _titled(("Time", 8), ("What happened", 200))
_COLUMNS: Mapping[tuple[Pane, bool], tuple[Column, ...]] = {
    (Pane.WATCH, True): _WATCH,
    (Pane.WATCH, False): _titled(("Sym", 5), (">Last", 10), (">24h", 7), ("", SPARK), (">Spread", 7)),
    (Pane.ORDERS, True): _titled(
        ("Time", 8),
        ("Sym", 4),
        ("Side", 4),
        ("Type", 4),
        (">Qty", 8),
        (">Price", 9),
        (">Fill", 4),
        ("St", 9),
        ("TIF", 3),
        ("RO", 2),
        (">Away", AWAY),
        ("Id", 6),
    ),
    (Pane.ORDERS, False): _titled(("Sym", 4), ("Side", 4), (">Qty", 7), (">Price", 9), ("St", 7), (">Away", AWAY)),
    (Pane.POSITIONS, True): _titled(
        ("Sym", 4),
        ("Side", 5),
        (">Qty", 8),
        (">Entry", 9),
        (">B/E", 9),
        (">Mark", 9),
        (">Net", 9),
        (">%", 6),
        (">Stop", 9),
    ),
    (Pane.POSITIONS, False): _titled(("Sym", 4), (">Qty", 8), (">Entry", 9), (">Net", 8), (">Stop", 8)),
    (Pane.FILLS, True): _titled(
        ("Time", 8),
        ("Sym", 5),
        ("Side", 4),
        ("Type", 5),
        (">Qty", 9),
        (">Price", 10),
        (">Value", 11),
        (">Fee", 7),
        (">Realised", 9),
    ),
    (Pane.FILLS, False): _titled(("Time", 5), ("Sym", 4), ("Side", 4), (">Qty", 8), (">Price", 9), (">Fee", 6)),
    (Pane.TAPE, True): _TAPE,
    (Pane.TAPE, False): _TAPE,
    (Pane.ALERTS, True): _ALERTS,
    (Pane.ALERTS, False): _ALERTS,
    (Pane.EVENTS, True): _EVENTS,
    (Pane.EVENTS, False): _EVENTS,
}
