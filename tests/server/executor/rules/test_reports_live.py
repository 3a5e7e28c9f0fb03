"""What only a venue that is real says: outcomes that nobody knows, orders from elsewhere, fees of its own, and doubt."""

from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import orjson
import pytest

from server.domain.commands import CancelAll, CreateOrder, OrderTerms
from server.domain.risk import CoreSettings
from server.executor.core import Core
from server.executor.recovery import recover
from server.ports import (
    AcceptedReport,
    AdoptedReport,
    AgreementReport,
    FillReport,
    Place,
    RejectedReport,
    Report,
    UnconfirmedReport,
)
from server.venues.paper import PaperVenue
from tests.builders import START, CountedIds, market
from tests.server.executor.rig import MemoryJournal
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import EventName, Liquidity, OrderType, Reason, Side, TimeInForce, TradingState

CASH = CoreSettings(cash_account=True, base_fees=True, liquidation=False, collar_pct=Decimal(0))
USER, SYMBOL, COIN = "ann", "BTC/USD", "BNB/USD"


class Away:
    """A venue that is some way off, as far as a restart is concerned: what it was given to find out about."""

    outlives_us = True

    def __init__(self) -> None:
        self.restored: list[Place] = []

    def restore(self, order: Place) -> None:
        self.restored.append(order)

    def keep(self) -> None: ...


class Floor:
    def __init__(self, **changes: Any) -> None:
        self.settings = replace(CASH, **changes)
        self.journal, self.ids = MemoryJournal(), CountedIds()
        self.start()

    def start(self) -> None:
        markets = {symbol: market(symbol) for symbol in (SYMBOL, COIN)}
        self.core = Core(self.settings, markets, PaperVenue(markets), self.ids, self.journal.find_order)
        self.away = Away()
        recover(self.core, self.away, self.journal.load())  # type: ignore[arg-type]

    def do(self, *steps: Report | CreateOrder | CancelAll) -> list[tuple[str, dict[str, Any]]]:
        """Have each step taken and all of it committed; the events."""
        with localcontext(MONEY):
            self.core.ledger.at(START)
            for step in steps:
                if isinstance(step, CreateOrder | CancelAll):
                    self.core.handle(step, START)
                else:
                    self.core.reports.take(step)
            self.core.settle()
            batch, _ = self.core.take_batch()
            self.core.keep()
        self.journal.commit(batch)
        return [(event.event, orjson.loads(event.data)) for event in batch.events]

    def buy(self, quantity: str = "1", price: str | None = "100", symbol: str = SYMBOL) -> str:
        limit = None if price is None else Decimal(price)
        terms = OrderTerms(symbol, Side.BUY, OrderType.LIMIT, Decimal(quantity), limit)
        self.do(CreateOrder(USER, terms, f"f{symbol}"))
        place = self.core.requests.popleft()
        assert isinstance(place, Place)
        self.core.last_look(place)
        return place.order_id


def filled(order_id: str, trade_id: str, side: Side = Side.BUY, quantity: str = "1", **fee: Any) -> FillReport:
    return FillReport(
        *(order_id, USER, SYMBOL, side, Decimal(quantity), Decimal(100), Liquidity.TAKER, trade_id), **fee
    )


def orders(events: list[tuple[str, dict[str, Any]]], name: EventName) -> list[dict[str, Any]]:
    return [data["order"] for event, data in events if event == name]


def test_an_unknown_outcome_is_told_once_and_keeps_its_reservation() -> None:
    """Until the venue says something of it."""
    floor = Floor()
    order_id = floor.buy()
    events = floor.do(UnconfirmedReport(order_id, "no answer"), UnconfirmedReport(order_id, "no answer"))
    (told,) = orders(events, EventName.ORDER_UNCONFIRMED)
    assert (told["unconfirmed"], told["status"]) == (True, "submitted")
    account = floor.core.ledger.accounts[USER]
    assert floor.core.ledger.valuation.margin(account).reserved == Decimal("100.26")
    (told,) = orders(floor.do(AcceptedReport(order_id, "77")), EventName.ORDER_ACCEPTED)
    assert "unconfirmed" not in told


def test_an_order_shown_absent_is_rejected_and_frees_its_money() -> None:
    """By the venue, with the reason that it never arrived."""
    floor = Floor()
    order_id = floor.buy()
    floor.do(UnconfirmedReport(order_id, "no answer"))
    (told,) = orders(floor.do(RejectedReport(order_id, Reason.NEVER_ARRIVED, "shown absent")), EventName.ORDER_REJECTED)
    assert (told["rejectReason"], told["rejectedBy"]) == ("NEVER_ARRIVED", "venue")
    assert floor.core.ledger.valuation.margin(floor.core.ledger.accounts[USER]).reserved == 0


def test_what_was_under_way_is_not_sent_again_to_a_venue_that_outlives_us() -> None:
    """It is given to the venue to find out about, and stays unconfirmed over the restart."""
    floor = Floor()
    order_id = floor.buy()
    floor.do(UnconfirmedReport(order_id, "no answer"))
    floor.start()
    assert [one.order_id for one in floor.away.restored] == [order_id]
    assert not floor.core.requests
    assert floor.core.ledger.orders[order_id].unconfirmed


def test_a_late_arrival_is_an_order_of_ours_again() -> None:
    """It names the one that it is, reserves, and its fills count."""
    floor = Floor()
    lost = floor.buy()
    floor.do(RejectedReport(lost, Reason.NEVER_ARRIVED, "shown absent"))
    late = AdoptedReport("0" * 32, USER, SYMBOL, Side.BUY, Decimal(1), Decimal(100), "77", late_of=lost)
    (told,) = orders(floor.do(late), EventName.ORDER_ACCEPTED)
    assert (told["reason"], told["parentId"], told["venueOrderId"]) == ("LATE_ARRIVAL", lost, "77")
    account = floor.core.ledger.accounts[USER]
    assert floor.core.ledger.valuation.margin(account).reserved == Decimal("100.26")
    floor.do(filled("0" * 32, "t1"))
    assert account.held(SYMBOL) == Decimal("0.9974")


def test_an_order_made_elsewhere_is_shown_and_moves_no_money() -> None:
    """Nor does cancel-all end it."""
    floor = Floor()
    floor.buy()
    external = AdoptedReport("0" * 32, USER, SYMBOL, Side.SELL, Decimal(1), Decimal(100), "77")
    (told,) = orders(floor.do(external), EventName.ORDER_ACCEPTED)
    assert told["reason"] == "EXTERNAL"
    floor.do(CancelAll(USER, include_exits=True))
    assert floor.core.ledger.orders["0" * 32].cancel_reason is None
    (told,) = orders(floor.do(filled("0" * 32, "t1", Side.SELL)), EventName.ORDER_FILLED)
    assert told["filledQuantity"] == "1"
    account = floor.core.ledger.accounts[USER]
    assert (account.cash, account.positions) == (Decimal(100_000), {})


@pytest.mark.parametrize(
    ("currency", "cash", "held", "by_currency"),
    [
        ("USD", "99899.9", "1", {"USD": "0.10"}),
        ("BTC", "99900", "0.9", {"BTC": "0.10"}),
        ("BNB", "99900", "1", {"BNB": "0.10"}),
    ],
)
def test_a_fee_is_what_the_venue_says_it_took(currency: str, cash: str, held: str, by_currency: dict[str, str]) -> None:
    """In the quote currency, out of what was bought, or in a coin of its own: each where it was taken."""
    floor = Floor()
    order_id = floor.buy()
    events = floor.do(filled(order_id, "t1", fee=Decimal("0.1"), fee_currency=currency))
    (told,) = orders(events, EventName.ORDER_FILLED)
    assert told["feesByCurrency"] == by_currency
    (trade,) = [data["trade"] for event, data in events if event == EventName.TRADE_EXECUTED]
    assert (trade["fee"], trade["feeCurrency"]) == ("0.10", currency)
    account = floor.core.ledger.accounts[USER]
    assert (account.cash, account.held(SYMBOL)) == (Decimal(cash), Decimal(held))


def test_a_fee_in_a_coin_that_was_bought_here_is_taken_from_it() -> None:
    """As the exchange takes it: else more would stand here than is there, and entries would wait for ever. More than is
    held came from elsewhere."""
    floor = Floor()
    coins = floor.buy(symbol=COIN)
    floor.do(replace(filled(coins, "t1", fee=Decimal(0), fee_currency="USD"), symbol=COIN))
    order_id = floor.buy()
    fee: dict[str, Any] = {"fee_currency": "BNB", "fee": Decimal("0.1")}
    events = floor.do(filled(order_id, "t2", quantity="0.5", **fee))
    updated = [data["position"] for event, data in events if event == EventName.POSITION_UPDATED]
    assert [(one["symbol"], one["quantity"]) for one in updated] == [(COIN, "0.9")]
    floor.do(filled(order_id, "t3", quantity="0.5", **{**fee, "fee": Decimal(2)}))
    held = {"USD": Decimal(99_800), "BNB": Decimal("0.9"), "BTC": Decimal(1)}
    assert floor.core.holdings(USER) == held
    floor.start()
    assert floor.core.holdings(USER) == held


def test_entries_wait_until_the_venue_and_we_agree() -> None:
    """The differences are named, each once; what else holds the account goes on holding it."""
    floor = Floor()
    floor.buy()
    events = floor.do(AgreementReport(USER, False, ("BTC: 1 here, 0.5 there",)))
    states = [data["trading"] for event, data in events if event == EventName.TRADING_STATE]
    assert states == [{"state": "reducing", "reason": "RECONCILING"}]
    (account,) = [data["account"] for event, data in events if event == EventName.ACCOUNT_UPDATED]
    assert account["differences"] == ["BTC: 1 here, 0.5 there"]
    terms = OrderTerms(SYMBOL, Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(100), time_in_force=TimeInForce.GTC)
    (told,) = orders(floor.do(CreateOrder(USER, terms, "g")), EventName.ORDER_REJECTED)
    assert told["rejectReason"] == "TRADING_REDUCING"
    floor.do(AgreementReport(USER, True))
    assert floor.core.ledger.accounts[USER].trading_state is TradingState.ACTIVE


def test_a_difference_that_stays_is_told_once() -> None:
    """Reconciling says it again every time; the account is told when it changes."""
    floor = Floor()
    floor.buy()
    report = AgreementReport(USER, False, ("BTC: 1 here, 2 there",))
    assert EventName.ACCOUNT_UPDATED in [event for event, _ in floor.do(report)]
    assert floor.do(report) == []
