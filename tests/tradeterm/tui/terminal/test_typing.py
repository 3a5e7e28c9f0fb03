"""Keys through a real terminal, all in one packet: what a slow line or a macro delivers."""

import pytest

from tests.eventually import PATIENCE_S
from tests.rawterm import RawTerminal

START_S = ANSWER_S = PATIENCE_S
MOVING = "tests.tradeterm.tui.moving"


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        ("b0.5\x14\x1544000.5\r", ("BUY LIMIT  0.5 BTC/USD", "@ 44,000.50")),
        ("s1,5\r", ("SELL MARKET  1.5 BTC/USD",)),
        ("b12\x7f5\r", ("BUY MARKET  15 BTC/USD",)),
        ("/xrp\rb777\r", ("BUY MARKET  777 XRP/USD",)),
    ],
    ids=["size, type, price", "a decimal comma", "a correction", "a search and an order"],
)
def test_a_packet_of_keys_reviews_what_was_typed(packet: str, words: tuple[str, ...]) -> None:
    """On a desk on which everything moves."""
    with RawTerminal([MOVING]) as terminal:
        assert terminal.run(START_S, lambda: "Positions 6" in terminal.seen.text)
        terminal.type(packet)
        assert terminal.run(ANSWER_S, lambda: all(word in terminal.seen.text for word in words)), terminal.seen.text


def test_a_pasted_number_with_brackets_is_one_number() -> None:
    """As a terminal sends it."""
    with RawTerminal([MOVING]) as terminal:
        assert terminal.run(START_S, lambda: "Positions 6" in terminal.seen.text)
        terminal.type("b\x1b[200~1,000.5\n\x1b[201~\r")
        assert terminal.run(ANSWER_S, lambda: "BUY MARKET  1,000.5 BTC/USD" in terminal.seen.text), terminal.seen.text
