"""What there is, from the command line: as much as was asked for, and nothing read that nobody shows."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.tradeterm.cli.commands.test_flatten_and_kill import on
from tests.tradeterm.tui.desks import account, market, order, position, trade
from tradeterm.cli.commands import queries
from tradeterm.cli.commands.command_client import CommandClient
from tradeterm.cli.commands.options import Options
from tradeterm.cli.exit_codes import DONE
from tradeterm.client.rest import PAGE
from tradeterm.protocol.balances import Account
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import Order
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import Side


class FullDesk(CommandClient):
    """Has more orders than anybody wants; `asked` is with which filters, `read` how many were looked at."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "token")
        self.asked: dict[str, Any] = {}
        self.read = 0

    async def markets(self) -> list[Market]:
        return [market("BTC", "0.5", "0.00001", 2)]

    async def orders(self, **filters: str) -> AsyncGenerator[Order, None]:
        self.asked = filters
        for number in range(1, 2_000):
            self.read += 1
            yield order(number, Side.BUY, "1", "100")

    async def trades(self, **filters: str) -> AsyncGenerator[Trade, None]:
        self.asked = filters
        yield trade(1)

    async def positions(self) -> list[Position]:
        return [position()]

    async def account(self) -> Account:
        return account()


def lines(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_as_many_are_read_as_are_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A page is no larger than what is wanted of it, and never larger than a page may be."""
    client = FullDesk()
    options = on(client, monkeypatch)
    assert queries.orders(limit=3, options=options) == DONE
    assert len(lines(capsys)) == client.read == 3
    assert client.asked == {"limit": "3"}
    assert queries.orders(limit=PAGE + 1, options=options) == DONE
    assert len(lines(capsys)) == PAGE + 1
    assert client.asked == {"limit": str(PAGE)}


def test_only_what_was_said_is_filtered_by(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A market may be named by its base alone."""
    client = FullDesk()
    options = on(client, monkeypatch)
    queries.orders(status="open", symbol="btc", side=Side.SELL, limit=1, options=options)
    assert client.asked == {"limit": "1", "status": "open", "symbol": "BTC/USD", "side": "sell"}
    queries.fills(symbol="btc", options=options)
    assert client.asked == {"limit": "100", "symbol": "BTC/USD"}
    assert lines(capsys)[-1]["id"] == "t-1"


def test_one_answer_is_a_table_for_people_and_an_object_for_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = FullDesk()
    on(client, monkeypatch)
    assert queries.positions(options=Options()) == queries.account(options=Options()) == DONE
    text = capsys.readouterr().out.splitlines()
    assert text[0].split()[:2] == ["SYMBOL", "SIDE"]
    assert ["equity", "100065.25"] in [line.split() for line in text]
    queries.account(options=Options(json=True))
    assert lines(capsys)[0]["equity"] == "100065.25"
