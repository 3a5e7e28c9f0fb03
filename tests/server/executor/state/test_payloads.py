"""Domain state as wire objects: the models read them, texts are quoted, and what is rarely there comes when it is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, localcontext
from typing import Any

import orjson
import pytest

from server.domain.accounts import Account, Margin
from server.domain.alerts import Alert
from server.domain.commands import BracketLeg, OrderTerms
from server.domain.orders import Order, Step, order_from
from server.domain.positions import Position
from server.executor.state import payloads
from server.ports import FillReport
from tests.builders import START, market
from tradeterm.protocol import balances
from tradeterm.protocol.alerts import Alert as AlertOnWire
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.orders import Order as OrderOnWire
from tradeterm.protocol.positions import Position as PositionOnWire
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import (
    AlertCondition,
    AlertStatus,
    Liquidity,
    OrderStatus,
    OrderType,
    Reason,
    RejectedBy,
    SelfTrade,
    Side,
    TimeInForce,
)

D = Decimal
LATER = START + timedelta(minutes=1)
ODD = 'a "quoted\\ name\n→'
MARKET = market()


def an_order(**terms: Any) -> Order:
    asked = {"symbol": "BTC/USD", "side": Side.BUY, "type": OrderType.LIMIT, "quantity": D("2.50"), "price": D(100)}
    return order_from(OrderTerms(**{**asked, **terms}), "o-1", "ann", "", START)


def shown(order: Order) -> dict[str, Any]:
    """As it stands on the wire, read by its model on the way."""
    data = payloads.order_bytes(order, MARKET)
    OrderOnWire.model_validate_json(data)
    found: dict[str, Any] = orjson.loads(data)
    return found


# ---------------------------------------------------------------- orders


def test_a_plain_order_says_what_every_order_says_and_no_more() -> None:
    """What is not there yet is null, what is no part of it is no key."""
    assert shown(an_order()) == {
        "id": "o-1",
        "clientOrderId": "o1",
        "symbol": "BTC/USD",
        "side": "buy",
        "type": "limit",
        "quantity": "2.5",
        "price": "100.00",
        "timeInForce": "gtc",
        "createdAt": "2026-01-05T12:00:00.000Z",
        "status": "pending",
        "filledQuantity": "0",
        "averagePrice": None,
        "filledAt": None,
        "updatedAt": "2026-01-05T12:00:00.000Z",
        "leavesQuantity": "2.5",
        "held": "venue",
    }
    assert shown(an_order(type=OrderType.MARKET, price=None))["price"] is None


def test_all_that_an_order_can_ask_for_is_in_its_object() -> None:
    asked = {
        "stop_price": D("99.5"),
        "trail_amount": D("1.5"),
        "trail_percent": D("0.50"),
        "expire_at": LATER,
        "time_in_force": TimeInForce.GTD,
        "post_only": True,
        "reduce_only": True,
        "self_trade": SelfTrade.CANCEL_BOTH,
        "take_profit": BracketLeg(D(110)),
        "stop_loss": BracketLeg(D(90), D("89.5")),
    }
    order = an_order(**asked)
    order.cut(D(1))
    order.origin, order.parent_id, order.oco_id = Reason.PROTECTION, "o-0", "oco-1"
    found = shown(order)
    assert {key: found[key] for key in found if key not in shown(an_order())} == {
        "stopPrice": "99.50",
        "trailAmount": "1.50",
        "trailPercent": "0.5",
        "expireAt": "2026-01-05T12:01:00.000Z",
        "postOnly": True,
        "reduceOnly": True,
        "selfTrade": "cancel_both",
        "requestedQuantity": "2.5",
        "reason": "PROTECTION",
        "parentId": "o-0",
        "ocoId": "oco-1",
        "takeProfit": {"price": "110.00"},
        "stopLoss": {"stopPrice": "90.00", "price": "89.50"},
    }
    assert "price" not in shown(an_order(stop_loss=BracketLeg(D(90))))["stopLoss"]


def test_texts_of_others_are_quoted_wherever_they_stand() -> None:
    """Ids of a client and of a venue, and a venue's words."""
    order = an_order(client_order_id=ODD)
    order.venue_order_id = order.reject_text = ODD
    order.reject_reason, order.rejected_by = Reason.VENUE_REFUSED, RejectedBy.VENUE
    found = shown(order)
    assert [found[key] for key in ("clientOrderId", "venueOrderId", "rejectText")] == [ODD] * 3
    assert (found["rejectReason"], found["rejectedBy"]) == ("VENUE_REFUSED", "venue")


def test_what_filled_has_its_average_its_time_and_its_fees() -> None:
    """By coin as well, those that were paid alone; the venue's own coin may be one of the two."""
    order = an_order()
    order.status = OrderStatus.SUBMITTED
    with localcontext(MONEY):
        order.fill(D(1), D(100), LATER)
        order.fees = D("0.26")
        found = shown(order)
        assert (found["averagePrice"], found["filledAt"], found["leavesQuantity"]) == ("100.00", None, "1.5")
        assert (found["fees"], found["feeCurrency"], found["feesByCurrency"]) == ("0.26", "USD", {"USD": "0.26"})
        order.fill(D("1.5"), D("151.5"), LATER)
        order.base_fees, order.other_fees = D("0.001"), {"BNB": D("0.5"), "USD": D("0.04"), "ETH": D(0)}
        order.encoded = None
        found = shown(order)
    assert (found["averagePrice"], found["filledAt"]) == ("100.60", "2026-01-05T12:01:00.000Z")
    assert found["feesByCurrency"] == {"USD": "0.30", "BTC": "0.001", "BNB": "0.50"} | {}
    assert (found["status"], found["leavesQuantity"]) == ("filled", "0")
    assert "held" not in found


def test_only_an_open_order_says_what_it_waits_for() -> None:
    """A cancel that was asked for is over when the order is."""
    order = an_order(type=OrderType.STOP, stop_price=D(110), price=None)
    order.ask_end(Reason.KILL)
    order.ask_change(D(1), closes_only=False)
    order.doubt()
    found = shown(order)
    waiting = ("pendingCancel", "pendingReplace", "unconfirmed")
    assert [found[key] for key in waiting] == [True] * 3
    assert (found["held"], "triggered" in found) == ("server", False)
    order.take(Step.ACCEPT, START)
    order.fire(LATER)
    assert (shown(order)["held"], shown(order)["triggered"]) == ("venue", True)
    order.status, order.encoded = OrderStatus.CANCELLED, None
    found = shown(order)
    assert not {*waiting, "held"} & set(found)
    assert found["leavesQuantity"] == "0"


def test_an_order_is_written_once_and_its_terms_until_they_change() -> None:
    """The same bytes while nothing happened; a step writes the state alone anew."""
    order = an_order()
    first = payloads.order_bytes(order, MARKET)
    assert payloads.order_bytes(order, MARKET) is first
    terms = order.encoded_terms
    order.doubt()
    assert payloads.order_bytes(order, MARKET) != first
    assert order.encoded_terms is terms
    order.resize(D(1))
    assert shown(order)["quantity"] == "1"


# ---------------------------------------------------------------- positions and trades


def a_position(quantity: str, side: Side = Side.BUY) -> Position:
    held = D(quantity)
    return Position("p-1", "ann", "BTC/USD", START, START, side, held, held * 100, D(5), D("0.60"), entry=D(100))


def position_shown(position: Position, liquidation: Decimal | None = None) -> dict[str, Any]:
    with localcontext(MONEY):
        data = payloads.position_bytes(position, MARKET, D(110), liquidation)
    PositionOnWire.model_validate_json(data)
    found: dict[str, Any] = orjson.loads(data)
    return found


def test_a_position_is_held_against_the_mark_gross_and_net() -> None:
    """A short is of positive size too, and loses what a long makes."""
    long, short = position_shown(a_position("2")), position_shown(a_position("-2", Side.SELL), D("150.25"))
    numbers = ("side", "quantity", "unrealizedPnL", "unrealizedPnLPercent", "totalPnL", "netRealizedPnL", "netTotalPnL")
    assert [long[key] for key in numbers] == ["long", "2", "20.00", "10.00", "25.00", "4.40", "24.40"]
    assert [short[key] for key in numbers] == ["short", "2", "-20.00", "-10.00", "-15.00", "4.40", "-15.60"]
    assert (long["liquidationPrice"], short["liquidationPrice"]) == (None, "150.25")
    assert D(long["breakEvenPrice"]) < 100 < D(short["breakEvenPrice"])


def test_a_closed_position_keeps_its_side_and_entry_and_has_no_price_to_reach() -> None:
    """Long or short for ever, of quantity 0."""
    position = a_position("0", Side.SELL)
    position.closed_at = LATER
    found = position_shown(position)
    assert (found["status"], found["side"], found["quantity"], found["entryPrice"]) == (
        "closed",
        "short",
        "0",
        "100.00",
    )
    assert found["closedAt"] == "2026-01-05T12:01:00.000Z"
    assert not {"breakEvenPrice", "liquidationPrice"} & set(found)


@pytest.mark.parametrize(("is_entry", "profit"), [(True, None), (False, D("-1.50"))])
def test_only_an_exit_says_what_it_realised(is_entry: bool, profit: Decimal | None) -> None:
    report = FillReport("o-1", "ann", "BTC/USD", Side.BUY, D(1), D(101), Liquidity.TAKER, ODD)
    data = payloads.trade_bytes(
        *("t-1", an_order(), "p-1", MARKET, report),
        quantity=D("0.50"),
        fee=D("0.13"),
        fee_currency="USD",
        profit=profit,
        execution_id="e-1",
        stamp="2026-01-05T12:00:00.000Z",
    )
    Trade.model_validate_json(data)
    found = orjson.loads(data)
    assert (found["type"], found["quantity"], found["value"]) == ("entry" if is_entry else "exit", "0.5", "50.50")
    assert found["venueTradeId"] == ODD
    assert found.get("realizedPnL") == (None if profit is None else "-1.50")


# ---------------------------------------------------------------- money, alerts, events


def test_an_account_says_only_of_troubles_that_it_has() -> None:
    """Its limits, and what of the day's loss is left to lose, where there are any."""
    account = Account("ann", cash=D(1000), deposits=D(1000), day_start=D(990), day_capital=D(1000))
    margin = Margin(*[D(0)] * len(Margin.__dataclass_fields__))
    margin = replace(margin, equity=D(1000), available=D(900), reserved=D(100))
    with localcontext(MONEY):
        balance, calm = (orjson.loads(one) for one in payloads.figures(account, margin, "USD", {}))
        account.hold(Reason.KILL)
        account.dead_man_s, account.warnings, account.differences = 30, (Reason.MARGIN_CALL,), (ODD,)
        limits: dict[str, Decimal | int | None] = {
            "maxOpenOrders": 5,
            "dayLossPct": D("2.50"),
            "maxOrderQuantity": None,
        }
        data = payloads.figures(account, margin, "USD", limits)[1]
    balances.Balance.model_validate(balance)
    assert balance == {"asset": "USD", "total": "1000.00", "available": "900.00", "reserved": "100.00"}
    assert (calm["limits"], calm["dayPnL"], calm["tradingState"]) == ({}, "10.00", "active")
    balances.Account.model_validate_json(data)
    troubled = orjson.loads(data)
    assert {key: troubled[key] for key in troubled if key not in calm} == {
        "dayLossLimit": "25.00",
        "tradingStateReason": "KILL",
        "deadManSeconds": 30,
        "warnings": ["MARGIN_CALL"],
        "differences": [ODD],
    }
    assert troubled["limits"] == {"maxOpenOrders": 5, "dayLossPct": "2.5", "maxOrderQuantity": None}


def test_an_alert_that_rang_says_when_and_at_what() -> None:
    alert = Alert("a-1", "BTC/USD", AlertCondition.ABOVE, D(120), START)
    waiting = payloads.alert_bytes(alert, 2)
    rang = payloads.alert_bytes(alert, 2, AlertStatus.TRIGGERED, D("120.5"), LATER)
    for data in (waiting, rang):
        AlertOnWire.model_validate_json(data)
    more = {**orjson.loads(rang), "status": "waiting"}
    assert {key: more[key] for key in more if key not in orjson.loads(waiting)} == {
        "lastPrice": "120.50",
        "triggeredAt": "2026-01-05T12:01:00.000Z",
    }


def test_an_event_is_its_noun_and_its_time_and_more_stands_beside() -> None:
    """What is no part of the object is behind it; without any nothing is."""
    value, end = b'{"id":"o"}', payloads.event_end("T")
    assert payloads.ORDER + value + end == b'{"order":{"id":"o"},"timestamp":"T"}'
    more = orjson.loads(payloads.ORDER + value + payloads.beside({"reason": ODD, "causeId": None}) + end)
    assert more == {"order": {"id": "o"}, "reason": ODD, "causeId": None, "timestamp": "T"}
    cause = payloads.cause_bytes("deposit", "x-1")
    assert orjson.loads(b'{"a":1' + cause + b"}") == {"a": 1, "reason": "deposit", "causeId": "x-1"}
