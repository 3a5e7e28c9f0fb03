"""The REST half of the SDK: one method a route, typed answers, errors as exceptions, orders that are safe to retry."""

from tradeterm.client.rest.account import AccountRoutes
from tradeterm.client.rest.alerts import AlertRoutes
from tradeterm.client.rest.markets import MarketRoutes
from tradeterm.client.rest.orders import OrderRoutes, new_client_order_id
from tradeterm.client.rest.positions import PositionRoutes
from tradeterm.client.rest.signed_in import PAGE, TIMEOUT_S, Credentials, Otp, trusted_by

__all__ = ["PAGE", "TIMEOUT_S", "Credentials", "Otp", "Rest", "new_client_order_id", "trusted_by"]


class Rest(OrderRoutes, PositionRoutes, AccountRoutes, AlertRoutes, MarketRoutes):
    """A signed-in HTTP client. `token` may be set anew at any time.

    A request that is refused because the token has expired is sent again with a fresh one: by the session's refresh
    token, else by `credentials` where there are any. A 401 says that nothing was done, so that is safe for orders too.
    """
