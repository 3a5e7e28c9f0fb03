"""ccxt's dicts as values of ours, with every oddity that was met in them."""

from decimal import Decimal
from typing import Any

import pytest

from server.venues.exchange.ccxt.values import number, seen_order, seen_trade
from server.venues.exchange.seen import Ending
from tradeterm.protocol.vocabulary import Liquidity, Side

ORDER: dict[str, Any] = {
    "id": "77",
    "clientOrderId": "a" * 32,
    "symbol": "BTC/USDT",
    "side": "buy",
    "type": "limit",
    "amount": "1",
    "price": "100.10",
    "filled": "0.5",
    "status": "open",
}
TRADE: dict[str, Any] = {
    "id": "t1",
    "order": "77",
    "symbol": "BTC/USDT",
    "side": "sell",
    "amount": "0.5",
    "price": "100.1",
    "takerOrMaker": "maker",
    "fee": {"cost": "0.0005", "currency": "BNB"},
}


@pytest.mark.parametrize(
    ("status", "filled", "ending"),
    [
        ("open", "0.5", None),
        (None, "0", None),
        ("canceling", "0", None),
        ("SOMETHING_NEW", "0", None),
        ("closed", "1", Ending.FILLED),
        ("closed", "0.5", Ending.CANCELLED),
        ("canceled", "0.5", Ending.CANCELLED),
        ("expired", "0.5", Ending.EXPIRED),
        ("rejected", "0.5", Ending.REJECTED),
    ],
)
def test_an_end_is_what_says_so(status: str | None, filled: str, ending: Ending | None) -> None:
    """Closed is not always full, and no status is no end."""
    seen = seen_order({**ORDER, "status": status, "filled": filled})
    assert seen is not None
    assert (seen.ending, seen.filled) == (ending, Decimal(filled))


def test_a_market_orders_average_is_no_limit() -> None:
    """ccxt writes it where the price is."""
    seen = seen_order({**ORDER, "type": "market"})
    assert seen is not None
    assert seen.price is None


@pytest.mark.parametrize("lack", ["id", "symbol", "side"])
def test_what_does_not_say_which_order_it_is_shows_nothing(lack: str) -> None:
    """ccxt makes an order of a broken answer too."""
    assert seen_order({**ORDER, lack: None}) is None


def test_an_order_that_does_not_say_how_large_it_is_is_there_all_the_same() -> None:
    """Fill-or-kill at Coinbase, or made at market for an amount of money."""
    for filled, ending in (("0", Ending.CANCELLED), ("0.5", Ending.FILLED)):
        seen = seen_order({**ORDER, "amount": None, "status": "closed", "filled": filled})
        assert seen is not None
        assert (seen.quantity, seen.ending) == (None, ending)


@pytest.mark.parametrize(
    ("info", "why"),
    [
        ({"rejectReason": "EC_PostOnlyWillTakeLiquidity"}, "EC_PostOnlyWillTakeLiquidity"),
        ({"rejectReason": "EC_NoError"}, ""),
        ({"reject_reason": "REJECT_REASON_UNSPECIFIED", "reject_message": "", "cancel_message": "User\n"}, "User "),
        ({"reason": None, "r": "NONE"}, ""),
        ({"reason": "Post only order"}, "Post only order"),
        ("no table", ""),
    ],
)
def test_an_end_is_told_in_the_exchanges_own_words(info: Any, why: str) -> None:
    """Printable, and none where it only says that there is none."""
    seen = seen_order({**ORDER, "status": "canceled", "info": info})
    assert seen is not None
    assert seen.why == why


def test_our_id_is_read_where_the_exchange_wrote_it() -> None:
    """Kraken's stream: ccxt takes another number for it."""
    seen = seen_order({**ORDER, "clientOrderId": "0", "info": {"cl_ord_id": "b" * 32}})
    assert seen is not None
    assert seen.client_id == "b" * 32


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("01890A5D-AC96-774B-BCCE-B302099A8057", "01890a5dac96774bbcceb302099a8057"),
        ("01890A5DAC96774BBCCEB302099A8057", "01890a5dac96774bbcceb302099a8057"),
        ("from-a-Telephone", "from-a-Telephone"),
        ("", None),
        (None, None),
    ],
)
def test_our_id_is_ours_however_it_is_written(said: str | None, read: str | None) -> None:
    """Others' are left as they are."""
    seen = seen_order({**ORDER, "clientOrderId": said})
    assert seen is not None
    assert seen.client_id == read


def test_a_trade_says_what_was_paid_for_it() -> None:
    """Exactly, in whatever coin; without a coin nobody knows."""
    seen = seen_trade(TRADE)
    assert seen is not None
    assert (seen.side, seen.liquidity, seen.fee, seen.fee_currency) == (
        *(Side.SELL, Liquidity.MAKER, Decimal("0.0005")),
        "BNB",
    )
    seen = seen_trade({**TRADE, "fee": {"cost": None, "currency": None}, "order": None}, "88")
    assert seen is not None
    assert (seen.fee, seen.venue_order_id) == (None, "88")
    seen = seen_trade({**TRADE, "fee": {"cost": "0", "currency": None}})
    assert seen is not None
    assert seen.fee == 0
    assert seen_trade({**TRADE, "amount": "0"}) is seen_trade({**TRADE, "order": None}) is None


@pytest.mark.parametrize("value", ["-0.5", "0", "NaN", "1e400", "-1e400", "1e-400", "0." + "1" * 40])
@pytest.mark.parametrize("name", ["amount", "price"])
def test_a_trade_of_what_cannot_be_is_none(name: str, value: str) -> None:
    """Booked it would turn money round, or could never be taken: the exchange is asked for it again."""
    assert seen_trade({**TRADE, name: value}) is None


@pytest.mark.parametrize("value", ["-0.5", "NaN", "1e400"])
def test_an_order_says_nothing_by_what_cannot_be(value: str) -> None:
    """It is there; how large it is and what of it has filled is not known."""
    seen = seen_order({**ORDER, "amount": value, "price": value, "filled": value})
    assert seen is not None
    assert (seen.quantity, seen.price, seen.filled) == (None, None, Decimal(0))


@pytest.mark.parametrize("value", [None, "", "?", "-1"])
@pytest.mark.parametrize("status", ["canceled", "expired"])
def test_an_ended_order_that_does_not_say_what_has_filled_leaves_that_to_its_trades(
    status: str, value: str | None
) -> None:
    seen = seen_order({**ORDER, "status": status, "filled": value})
    assert seen is not None
    assert seen.filled is None
    said = seen_order({**ORDER, "status": status, "filled": value, "info": {"cum_qty": "0.25"}})
    assert said is not None
    assert said.filled == Decimal("0.25")


def test_what_is_no_number_says_nothing_of_an_order_that_works_or_was_refused() -> None:
    for status in ("open", "rejected"):
        seen = seen_order({**ORDER, "status": status, "filled": None})
        assert seen is not None
        assert seen.filled == 0


@pytest.mark.parametrize("value", [None, "", "NaN", "-0.5"])
def test_a_closed_order_that_does_not_say_what_has_filled_may_have_filled_whole(value: str | None) -> None:
    """Its trades must show it; that it was cancelled nobody has said."""
    seen = seen_order({**ORDER, "status": "closed", "filled": value})
    assert seen is not None
    assert (seen.filled, seen.ending) == (Decimal(1), Ending.FILLED)


def test_numbers_are_exact_or_none() -> None:
    """Never a float's idea of one."""
    assert number("59000.129") == Decimal("59000.129")
    assert number(0.1) == Decimal("0.1")
    assert number(None) is number("") is number("NaN") is number("x") is number("Infinity") is None


NOTHING, IN_ITS_COIN, IN_POINTS = (
    {"currency": currency, "cost": cost} for currency, cost in (("BTC", "0"), ("GT", "0.001"), ("GATEPOINT", "1.5"))
)


@pytest.mark.parametrize(
    ("fees", "fee"),
    [
        ([NOTHING, IN_ITS_COIN], (Decimal("0.001"), "GT")),
        ([NOTHING, {"currency": "GT", "cost": None}, IN_POINTS], (Decimal("1.5"), "GATEPOINT")),
        ([IN_ITS_COIN, IN_POINTS], (None, "")),
        ([], (None, "")),
        (None, (None, "")),
    ],
)
def test_of_several_fees_the_one_that_was_charged_is_it(
    fees: list[dict[str, str | None]] | None, fee: tuple[Decimal | None, str]
) -> None:
    """Or what was paid in an exchange's own coin would be charged once more, at the market's rate."""
    seen = seen_trade({**TRADE, "fee": {"cost": None, "currency": None}, "fees": fees})
    assert seen is not None
    assert (seen.fee, seen.fee_currency) == fee
