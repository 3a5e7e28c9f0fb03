"""Why a balance is another one: every way in which money or reservations move, and the id of what moved them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.domain.commands import CancelOrder, Deposit, ResetAccount, SetLimits
from server.domain.risk import CoreSettings
from tests.builders import Desk
from tests.server.executor.desks import body, go_long, opened
from tradeterm.protocol.events import BalancePayload
from tradeterm.protocol.vocabulary import BalanceReason


def told(desk: Desk, user: str = "ann") -> dict[str, Any]:
    """The newest balance event, as its model reads it too."""
    event = next(one for one in reversed(desk.events) if (one.account, one.event) == (user, "balance:updated"))
    BalancePayload.model_validate_json(event.data)
    found: dict[str, Any] = orjson.loads(event.data)
    return found


def cause(desk: Desk) -> tuple[str, str]:
    event = told(desk)
    return event["reason"], event["causeId"]


def test_a_trade_moves_it_whatever_was_reserved_beside() -> None:
    """Its id is the trade's; both of a flip are in one commit, and the last is told."""
    desk = opened()
    go_long(desk)
    assert cause(desk) == ("trade", desk.last("ann", "trade:executed")["trade"]["id"])
    desk.flow("buy", "3", "101.0")
    desk.order("ann", "sell", "2", "101.0")
    assert cause(desk) == ("trade", desk.last("ann", "trade:executed")["trade"]["id"])


def test_an_order_that_only_reserves_is_its_own_cause() -> None:
    """When it comes and when it goes."""
    desk = opened()
    order = body(desk.order("ann", "buy", "1", "90.0"))
    assert cause(desk) == ("order", order["id"])
    desk.events.clear()
    desk.do(CancelOrder("ann", order["id"]))
    assert cause(desk) == ("order", order["id"])


@pytest.mark.parametrize(("amount", "reason"), [(5, "deposit"), (-5, "withdrawal")])
def test_a_transfer_says_which(amount: int, reason: str) -> None:
    desk = opened()
    desk.do(Deposit("ann", Decimal(amount)))
    found, cause_id = cause(desk)
    assert found == reason
    assert cause_id


def test_a_reset_goes_before_what_it_cancelled_and_closed() -> None:
    desk = opened()
    go_long(desk)
    desk.order("ann", "buy", "1", "90.0")
    desk.do(ResetAccount("ann"))
    assert cause(desk)[0] == "reset"


def test_the_terms_of_an_account_have_no_cause() -> None:
    """Nothing moved: with other leverage the same money goes further."""
    desk = opened()
    desk.do(SetLimits("ann", {"leverage": 2}))
    assert not {"reason", "causeId"} & told(desk).keys()


def test_funding_is_told() -> None:
    """Eight hours later, as a transfer to the house."""
    desk = Desk(CoreSettings(paper_cash=Decimal(1_000_000), funding_rate=Decimal("0.01"), liquidation=False))
    desk.open("ann")
    go_long(desk)
    desk.beat()
    desk.events.clear()
    desk.beat(seconds=timedelta(hours=8).total_seconds())
    assert cause(desk)[0] == "funding"


@pytest.mark.parametrize(("price", "reason"), [("77.0", "liquidation"), ("50.0", "insurance")])
def test_a_liquidation_and_the_insurance_after_it_are_told(price: str, reason: str) -> None:
    """Closed because the margin is gone; below what the account can pay the insurance makes it whole, in the same commit."""
    desk = Desk(CoreSettings(paper_cash=Decimal(30), collar_pct=Decimal(0)))
    desk.open("ann")
    go_long(desk)
    desk.flow("buy", "1", price)
    desk.trade_at(price)
    desk.beat()
    assert desk.account("ann").held("BTC/USD") < 1
    assert cause(desk)[0] == reason


def test_every_word_is_in_the_model_s_description() -> None:
    """What a client reads at `/asyncapi.json`."""
    text = BalancePayload.model_json_schema()["properties"]["reason"]["description"]
    assert all(f"`{word}`" in text for word in BalanceReason)
