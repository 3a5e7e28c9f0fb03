"""What the adapter asks of an exchange, and that both of those that answer it are one."""

import inspect

from server.venues.exchange.ccxt.exchange import CcxtExchange
from server.venues.exchange.seen import ExchangeApi
from tests.server.venues.exchange.fake_exchange import FakeExchange


def test_the_exchange_of_the_tests_answers_as_the_real_one_does() -> None:
    """Same questions, same parameters: else nothing that is shown by one says anything of the other."""
    asked = [name for name in vars(ExchangeApi) if not name.startswith("_")]
    assert {"submit", "find", "cancel", "trades_of", "open_orders", "balances", "listen"} <= {*asked}
    for name in asked:
        wanted = list(inspect.signature(getattr(ExchangeApi, name)).parameters)
        for made in (CcxtExchange, FakeExchange):
            assert list(inspect.signature(getattr(made, name)).parameters) == wanted, (made, name)
