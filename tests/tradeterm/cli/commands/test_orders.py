"""Orders from the command line: what is refused before anything is sent, and what the last word is."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.tradeterm.cli.commands.test_flatten_and_kill import on
from tests.tradeterm.cli.commands.test_outcomes import an_order
from tests.tradeterm.tui.desks import market
from tradeterm.cli.commands import orders
from tradeterm.cli.commands.command_client import CommandClient
from tradeterm.cli.exit_codes import DONE, REFUSED, USAGE, Ending
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.standard_streams import output

WHOLE = "0192f0c0-0000-7000-8000-00000000abcd"


class OpenDesk(CommandClient):
    """Has some open orders, by id; cancels and amends what it is told to, and says what an order would do."""

    def __init__(self, *ids: str, ends: str = "cancelled") -> None:
        super().__init__("http://127.0.0.1:9", "token")
        self.ids, self.ends = ids, ends
        self.named: list[str] = []
        self.asked_all: list[tuple[str | None, bool]] = []
        self.preview_answer: dict[str, Any] = {"accepted": True, "fee": "0.10"}
        self.placed: list[OrderRequest] = []

    async def markets(self) -> list[Market]:
        return [market("BTC", "0.5", "0.00001", 2)]

    async def orders(self, **filters: str) -> AsyncGenerator[Order, None]:
        for one in self.ids:
            yield an_order(id=one)

    async def order(self, order_id: str) -> Order:
        return an_order(self.ends, id=order_id)

    async def cancel(self, order_id: str) -> Order:
        self.named.append(order_id)
        return an_order(self.ends, id=order_id)

    async def amend(self, order_id: str, **totals: Any) -> Order:
        self.named.append(order_id)
        return an_order(id=order_id, **{name: str(value) for name, value in totals.items()})

    async def cancel_all(self, symbol: str | None = None, *, include_exits: bool = False) -> dict[str, Any]:
        self.asked_all.append((symbol, include_exits))
        return {"cancelled": list(self.ids)}

    async def place(self, request: OrderRequest) -> Order:
        self.placed.append(request)
        return an_order("filled", filledQuantity="2")

    async def preview(self, request: OrderRequest) -> dict[str, Any]:
        return self.preview_answer


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"order_id": "a", "everything": True},
        {"order_id": "a", "symbol": "btc"},
        {"order_id": "a", "include_exits": True},
        {"symbol": "btc"},
    ],
)
def test_what_is_about_one_order_never_becomes_about_all(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent where both or neither was said."""
    client = OpenDesk("o1")
    on(client, monkeypatch)
    words = [said.pop("order_id")] if "order_id" in said else []
    with pytest.raises(Ending, match="cancel takes") as refused:
        orders.cancel_order(*words, **said)
    assert refused.value.code == USAGE
    assert (client.named, client.asked_all) == ([], [])


@pytest.mark.parametrize("text", ["", "a/b", "..%2f", "o\n1", "ö1", "x" * 65, "a b"])
def test_what_could_be_another_path_is_no_id(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = OpenDesk()
    on(client, monkeypatch)
    for command in (orders.cancel_order, lambda one: orders.amend_order(one, price="10")):
        with pytest.raises(Ending) as refused:
            command(text)
        assert refused.value.code == USAGE
    assert client.named == []


def test_the_end_of_an_id_names_the_one_open_order_that_ends_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are none; a whole id, and one that no open order ends in, go as they are."""
    client = OpenDesk("o-77", "p-77", "q-5")
    options = on(client, monkeypatch)
    assert orders.cancel_order("5", options=options) == DONE
    with pytest.raises(Ending, match="2 open orders end in 77"):
        orders.cancel_order("77", options=options)
    orders.cancel_order("gone", options=options)
    orders.amend_order(WHOLE, quantity="3", options=options)
    assert client.named == ["q-5", "gone", WHOLE]


def test_the_worst_of_several_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that had filled before refuses the cancel; every one is shown."""
    client = OpenDesk("o1", "o2")
    options = on(client, monkeypatch)
    assert orders.cancel_order(everything=True, symbol="btc", include_exits=True, options=options) == DONE
    assert client.asked_all == [("BTC/USD", True)]
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["o1", "o2"]
    client.ends = "filled"
    assert orders.cancel_order(everything=True, options=options) == REFUSED


def test_nothing_to_cancel_is_done(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert orders.cancel_order(everything=True, options=on(OpenDesk(), monkeypatch)) == DONE
    assert capsys.readouterr().out == ""


def test_a_dry_run_places_nothing_and_ends_as_the_order_would(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = OpenDesk()
    options = on(client, monkeypatch)
    assert orders.buy("btc", "2", dry_run=True, options=options) == DONE
    client.preview_answer = {"accepted": False, "rejectText": "too dear", "rejectReason": "INSUFFICIENT_FUNDS"}
    assert orders.sell("btc", "2", dry_run=True, options=options) == REFUSED
    assert "would be rejected: too dear (INSUFFICIENT_FUNDS)" in capsys.readouterr().err
    assert client.placed == []


def test_buy_and_sell_differ_in_the_side_and_a_price_makes_a_limit_order(monkeypatch: pytest.MonkeyPatch) -> None:
    client = OpenDesk()
    options = on(client, monkeypatch)
    assert orders.buy("btc", "2", options=options) == orders.sell("BTC/USD", "1", price="10", options=options) == DONE
    assert [(one.symbol, one.side, one.type, str(one.quantity)) for one in client.placed] == [
        ("BTC/USD", "buy", "market", "2"),
        ("BTC/USD", "sell", "limit", "1"),
    ]


def test_an_order_that_could_not_be_printed_is_told_on_the_other_stream(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was made: whoever missed it would make it again."""
    monkeypatch.setattr(output, "is_unprinted", True)
    orders.buy("btc", "2", options=on(OpenDesk(), monkeypatch))
    assert "the order o1 was made and is filled" in capsys.readouterr().err
