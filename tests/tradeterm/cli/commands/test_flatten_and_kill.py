"""Kill and flatten over a line that breaks: what was sent is never said to be unsent."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from tradeterm.cli.commands import command_client
from tradeterm.cli.commands import flatten_and_kill as exits
from tradeterm.cli.commands.command_client import CommandClient
from tradeterm.cli.commands.options import Options
from tradeterm.cli.exit_codes import DONE, REFUSED, UNKNOWN, Ending
from tradeterm.client.errors import OutcomeUnknown, TradetermError, Unreachable
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position

LOST, DOWN = OutcomeUnknown("no answer came"), Unreachable("down")
UNDER_WAY = {"tradingState": "halted", "positions": [{}], "orders": [{"type": "market", "reduceOnly": True}]}
EXIT_LEFT = {"tradingState": "halted", "positions": [{}], "orders": [{"type": "stop", "reduceOnly": True}]}
CLEAN: dict[str, Any] = {"tradingState": "halted", "positions": [], "orders": []}


class BreakingDesk(CommandClient):
    """Answers kills from a list, of which the last stays; closes nothing, and fails to be looked at."""

    def __init__(self, kills: Sequence[dict[str, Any] | TradetermError] = ()) -> None:
        super().__init__("http://127.0.0.1:9", "token")
        self.kills = list(kills)

    async def kill(self) -> dict[str, Any]:
        answer = self.kills.pop(0) if len(self.kills) > 1 else self.kills[0]
        if isinstance(answer, TradetermError):
            raise answer
        return answer

    async def close_all(self) -> list[Order]:
        return []

    async def positions(self) -> list[Position]:
        raise DOWN


@pytest.fixture(autouse=True)
def quick_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock is a second later: the wait is over after as many, on any machine."""
    seconds = itertools.count()
    monkeypatch.setattr(exits, "_now", lambda: float(next(seconds)))
    monkeypatch.setattr(exits, "ASK_AGAIN_S", 0)


def on(client: CommandClient, monkeypatch: pytest.MonkeyPatch) -> Options:
    """Let the command find that client."""

    async def found(options: Options) -> CommandClient:
        return client

    monkeypatch.setattr(command_client, "open_client", found)
    return Options(json=True)


@pytest.mark.parametrize(
    ("kills", "code"),
    [
        ([CLEAN], DONE),
        ([LOST, DOWN, CLEAN], DONE),
        ([UNDER_WAY, LOST, DOWN, CLEAN], DONE),
        ([EXIT_LEFT], REFUSED),
        ([UNDER_WAY], UNKNOWN),
    ],
    ids=["at once", "answer lost", "later", "an exit rests", "never"],
)
def test_kill_asks_until_nothing_is_on_its_way(
    kills: list[dict[str, Any] | TradetermError], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking again is safe; what is left decides the exit code."""
    assert exits.kill(options=on(BreakingDesk(kills), monkeypatch)) == code


@pytest.mark.parametrize(("kills", "code"), [([LOST], UNKNOWN), ([LOST, DOWN], UNKNOWN), ([DOWN], 3)])
def test_a_kill_without_an_answer_is_unknown_unless_it_was_never_sent(
    kills: list[dict[str, Any] | TradetermError], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 4 or 3."""
    with pytest.raises(Ending) as ending:
        exits.kill(options=on(BreakingDesk(kills), monkeypatch))
    assert ending.value.code == code


def test_a_flatten_that_cannot_be_looked_at_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The closing orders were taken; nobody can say what is left."""
    with pytest.raises(Ending, match="what is left is not known") as ending:
        exits.flatten(options=on(BreakingDesk(), monkeypatch))
    assert ending.value.code == UNKNOWN
