"""Prices from the command line, read from a server that has one market with a thin book."""

from decimal import Decimal

import pytest

from tests.tradeterm.cli.commands.test_flatten_and_kill import on
from tests.tradeterm.tui.desks import NOON, market, ticker
from tradeterm.cli.commands import market_data
from tradeterm.cli.commands.command_client import CommandClient
from tradeterm.cli.commands.options import Options
from tradeterm.cli.exit_codes import DONE
from tradeterm.protocol.market import Book, Market, Ticker

D = Decimal


class PricedDesk(CommandClient):
    """Two markets; `asked` is which prices were wanted."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "token")
        self.asked: list[str] = []

    async def markets(self) -> list[Market]:
        return [market("BTC", "0.5", "0.00001", 2), market("ETH", "0.01", "0.0001", 2)]

    async def ticker(self, symbol: str) -> Ticker:
        self.asked.append(symbol)
        return ticker(symbol, "100", "1", "0.5").model_copy(update={"stale": symbol == "ETH/USD"})

    async def book(self, symbol: str, depth: int = 20) -> Book:
        self.asked.append(symbol)
        bids = [(D(100), D(1)), (D(99), D(2))]
        return Book(symbol=symbol, type="snapshot", seq=1, bids=bids, asks=[(D(101), D(3))], time=NOON)


def plainly(client: CommandClient, monkeypatch: pytest.MonkeyPatch) -> Options:
    on(client, monkeypatch)
    return Options()


def test_a_book_shows_both_sides_beside_each_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The longer side goes on alone."""
    client = PricedDesk()
    assert market_data.depth("btc", options=plainly(client, monkeypatch)) == DONE
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:] == [["1", "100", "101", "3"], ["2", "99", "-", "-"]]
    assert client.asked == ["BTC/USD"]


def test_a_quote_without_a_name_is_of_all_and_says_what_is_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A market that is named twice is shown once."""
    client = PricedDesk()
    options = plainly(client, monkeypatch)
    assert market_data.quote(options=options) == DONE
    assert "nothing was heard for a while of ETH/USD" in capsys.readouterr().err
    assert market_data.quote("btc", "BTC/USD", options=options) == DONE
    assert capsys.readouterr().err == ""
    assert client.asked == ["BTC/USD", "ETH/USD", "BTC/USD"]
