"""What a server on a real exchange is made of: whose account, by which rules, and from which settings."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import ccxt
import pytest

from server.clock_and_ids import SystemClock
from server.config import Settings, SettingsError, VenueSection, default_database_url
from server.live import LiveExchange, agree_on_time, reach, venue_section
from server.venues.exchange.ccxt.loading import Access
from server.venues.exchange.ccxt.weights import Budget
from tradeterm.protocol.vocabulary import Role


def settings(**section: Any) -> Settings:
    return Settings.model_validate({"server": {"venue": "binance"}, "venues": {"binance": section} if section else {}})


def reached(**section: Any) -> LiveExchange:
    access, clock = Access("binance", "k", "s"), SystemClock()
    made: Any = SimpleNamespace()
    venue = VenueSection(exchange="binance", **section)
    budget = Budget(clock, lambda _: made, 6_000)
    return LiveExchange("binance", venue, access, made, budget, made, Decimal(500), {}, clock, made)


def users(*names: str) -> Any:
    found = [SimpleNamespace(name=name, role=Role.TRADER, disabled=False) for name in names]
    return SimpleNamespace(list=lambda: [*found, SimpleNamespace(name="watch", role=Role.MONITOR, disabled=False)])


def test_the_account_is_who_is_named_or_the_only_trader() -> None:
    """Anything else is said at start."""
    assert reached().owner(settings(), users("ann")) == "ann"
    assert reached(user="bob").owner(settings(), users("ann", "bob")) == "bob"
    for live, known in ((reached(), users("ann", "bob")), (reached(), users()), (reached(user="eve"), users("ann"))):
        with pytest.raises(SettingsError, match="trader"):
            live.owner(settings(), known)


def test_the_rules_are_those_of_a_cash_account_in_one_currency() -> None:
    """It opens with what the exchange holds, and nothing is borrowed."""
    rules = reached(settle="USDC").rules(settings(), "ann")
    assert (rules.currency, rules.paper_cash, rules.only_account) == ("USDC", Decimal(500), "ann")
    assert (rules.cash_account, rules.base_fees, rules.answers_later, rules.liquidation) == (True, True, True, False)


def test_test_money_and_real_money_never_meet_in_a_database() -> None:
    """Nor does paper: each has a file of its own, and a name in it."""
    assert (reached().owns, reached().mode) == ("binance", "live")
    assert (reached(sandbox=True).owns, reached(sandbox=True).mode) == ("binance:test", "test")
    assert default_database_url({}).endswith("tradeterm.db")
    assert default_database_url({}, "binance").endswith("tradeterm-binance.db")


def test_a_venue_without_a_section_is_the_exchange_of_that_name() -> None:
    """One with a section is what that says."""
    assert venue_section(settings()).exchange == "binance"
    assert venue_section(settings(exchange="kraken", settle="EUR")).settle == "EUR"


async def test_what_cannot_be_reached_is_said_without_the_key() -> None:
    """In one sentence, at start."""
    wrong = {"exchange": "binance", "api_key": "the-key", "secret": "the-secret", "ccxt": {"timeout": 500}}
    nowhere = {"api": {"public": "http://127.0.0.1:9/api/v3", "private": "http://127.0.0.1:9/api/v3"}}
    wrong["ccxt"] = {"timeout": 500, "urls": nowhere}
    with pytest.raises(SettingsError, match="cannot be reached") as told:
        await reach(settings(**wrong), SystemClock(), lambda: None)
    assert "the-" not in str(told.value)


async def test_an_exchange_that_does_not_say_its_time_is_traded_on_all_the_same() -> None:
    """A request that it refuses for its time sets the clock; one that has no clock is not asked."""

    class Client:
        def __init__(self, says_time: bool) -> None:
            self.has, self.asked = {"fetchTime": says_time}, 0

        async def load_time_difference(self) -> None:
            self.asked += 1
            raise ccxt.ExchangeNotAvailable("gone")

    clients = Client(says_time=True), Client(says_time=False)
    await agree_on_time(*clients)
    assert [one.asked for one in clients] == [1, 0]


def test_what_nobody_counts_has_no_number() -> None:
    """An exchange whose weights are not kept here; and where no paper is kept beside, there is none."""
    venue: Any = SimpleNamespace(
        stream=SimpleNamespace(is_up=True), reconciliation=SimpleNamespace(agrees=True), shadow=None
    )
    live = reached()
    assert live.status(venue)["weightLimit"] == 6_000
    live.access = Access("kraken", "k", "c2VjcmV0")
    assert (live.status(venue)["weightLeft"], live.status(venue)["weightLimit"]) == (None, None)
    assert live.shadow(venue)["on"] is False
