"""The REST half of the SDK: one method a route, typed answers, errors as exceptions, orders that are safe to retry."""

import asyncio
import contextlib
import ssl
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel

from tradeterm.client.errors import (
    CodeWanted,
    ContractBroken,
    OutcomeUnknown,
    RequestRefused,
    SignInFailed,
    Unreachable,
)
from tradeterm.protocol.alerts import Alert, DeadMan
from tradeterm.protocol.balances import Account, Balance
from tradeterm.protocol.foreign_text import LONGEST, all_printable, printable
from tradeterm.protocol.market import Book, Candle, Market, Print, Ticker
from tradeterm.protocol.orders import Order, OrderRequest, QueuePlace
from tradeterm.protocol.positions import Position
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import AlertCondition, ErrorCode, OrderType, Side

TIMEOUT_S = 10.0
PAGE = 500
TOKEN_LIFE_S = 900.0  # as long as nobody has said otherwise
RENEW_AFTER = 0.7  # of a token's life
UNAUTHENTICATED = 401
SERVER_FAULT = 500
INSIST_S = 10.0
ASK_AGAIN_S = 0.2

Otp = str | Callable[[], str | Awaitable[str]]

Model = TypeVar("Model", bound=BaseModel)


def new_client_order_id() -> str:
    """32 hex digits: the one form that every exchange takes. Made before the send, so that a retry is the same order."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens a session. `otp` is the second factor's code, or what gives one when it is wanted."""

    user: str
    password: str = field(repr=False)
    otp: Otp | None = field(default=None, repr=False)


class Rest:
    """A signed-in HTTP client. `token` may be set anew at any time.

    A request that is refused because the token has expired is sent again with a fresh one: by the session's refresh
    token, else by `credentials` where there are any. A 401 says that nothing was done, so that is safe for orders too.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.renew_at = (
            time.monotonic() + TOKEN_LIFE_S * RENEW_AFTER
        )  # monotonic seconds: when the token is to be renewed
        self._refresh_token: str | None = None
        self._credentials = credentials
        self._renewing = asyncio.Lock()
        # Proxies of the environment are for the web, not for a server that is mostly on this machine.
        self._http = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            timeout=TIMEOUT_S,
            trust_env=False,
            transport=transport,
            verify=trusted_by(self.url),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. The session stays open until `sign_out`, or until its tokens run out."""
        await self._http.aclose()

    # ------------------------------------------------------------ sign-in

    async def sign_in(self, user: str, password: str, otp: Otp | None = None) -> str:
        """Open a session; the access token. What opened it is kept in memory, to open another when this one has ended.

        Raises SignInFailed, CodeWanted where there is a second factor and no `otp`, Unreachable, RequestRefused.
        """
        # A code works once: only what gives codes can open another session.
        self._credentials = Credentials(user, password, None if isinstance(otp, str) else otp)
        form = {"username": user, "password": password}
        if isinstance(otp, str):
            return await self._sign("/auth/token", data={**form, "otp": otp})
        try:
            return await self._sign("/auth/token", data=form)
        except CodeWanted:
            if otp is None:
                raise
        return await self._sign("/auth/token", data={**form, "otp": await _code_of(otp)})

    async def renew(self, refused: str | None = None) -> str:
        """A fresh access token; with `refused`, the token that was not taken, only where nobody has renewed it meanwhile.

        Raises SignInFailed when there is no way to one any more.
        """
        async with self._renewing:
            if refused is not None and self.token is not None and self.token != refused:
                return self.token
            try:
                return await self._refreshed()
            except SignInFailed:
                if self._credentials is None:
                    raise
            known = self._credentials
            return await self.sign_in(known.user, known.password, known.otp)

    async def _refreshed(self) -> str:
        """A fresh access token of the same session. Raises SignInFailed when it has ended."""
        if self._refresh_token is None:
            raise SignInFailed("the token is not taken any more, and there is nothing to sign in with")
        return await self._sign("/auth/refresh", json={"refreshToken": self._refresh_token})

    async def _sign(self, path: str, **body: Any) -> str:
        try:
            answer = await self._http.post(path, **body)
        except httpx.HTTPError as error:
            raise Unreachable(f"{self.url} cannot be reached: {_why(error)}") from None
        if answer.status_code == UNAUTHENTICATED:
            refused = _error(answer)
            raise (CodeWanted if refused.code == ErrorCode.OTP_REQUIRED else SignInFailed)(str(refused))
        if answer.status_code != 200:
            raise _error(answer)
        tokens = answer.json()
        self.token, self._refresh_token = tokens["accessToken"], tokens["refreshToken"]
        self.renew_at = time.monotonic() + float(tokens["expiresIn"]) * RENEW_AFTER
        return str(tokens["accessToken"])

    async def me(self) -> dict[str, Any]:
        """Whose token this is: user, role, scope, sessionId, expiresAt."""
        found: dict[str, Any] = await self._get("/auth/me")
        return found

    async def sign_out(self) -> None:
        """End the session: its tokens are worth nothing from here on, and its sockets are closed."""
        await self._command("POST", "/auth/logout")

    # ------------------------------------------------------------ orders

    async def place(self, request: OrderRequest) -> Order:
        """Place an order; without a client order id it is given one first.

        A server that cannot say what became of it is asked again under the same id, for up to ten seconds. Raises
        RequestRefused, Unreachable (it was not sent) or OutcomeUnknown: then place the same request again, the server
        makes one order of one id.
        """
        if request.client_order_id is None:
            request = request.model_copy(update={"client_order_id": new_client_order_id()})
        body = request.model_dump(mode="json", by_alias=True, exclude_none=True)
        return _read(Order, await self._insist("/orders", body, request.client_order_id))

    async def buy(self, symbol: str, quantity: str | Decimal, price: str | Decimal | None = None, **more: Any) -> Order:
        """A market order, or with a price a limit order. `more` are further keys of OrderRequest."""
        return await self.place(_request(Side.BUY, symbol, quantity, price, more))

    async def sell(
        self, symbol: str, quantity: str | Decimal, price: str | Decimal | None = None, **more: Any
    ) -> Order:
        """A market order, or with a price a limit order; see `buy`."""
        return await self.place(_request(Side.SELL, symbol, quantity, price, more))

    async def preview(self, request: OrderRequest) -> dict[str, Any]:
        """What an order would cost and do, without placing it: fees, margin, the position after it, as decimal strings."""
        body = request.model_dump(mode="json", by_alias=True, exclude_none=True)
        found: dict[str, Any] = await self._command("POST", "/orders/preview", body)
        return found

    async def amend(self, order_id: str, **totals: str | Decimal) -> Order:
        """New totals: quantity, price, stopPrice."""
        body = {name: _text(value) for name, value in totals.items()}
        return _read(Order, await self._command("PATCH", f"/orders/{order_id}", body))

    async def cancel(self, order_id: str) -> Order:
        """Cancel an open order; the order as it is then. Raises RequestRefused (404) when it is not open."""
        return _read(Order, await self._command("DELETE", f"/orders/{order_id}"))

    async def cancel_all(self, symbol: str | None = None, *, include_exits: bool = False) -> dict[str, Any]:
        """Cancel open entries, of one symbol or of all; with `include_exits` what protects positions goes too."""
        asked = {"include": "all" if include_exits else "entries"} | ({"symbol": symbol} if symbol else {})
        found: dict[str, Any] = await self._command("DELETE", "/orders", parameters=asked)
        return found

    async def order(self, order_id: str) -> Order:
        """One order of the account, open or ended. Raises RequestRefused (404)."""
        return _read(Order, await self._get(f"/orders/{order_id}"))

    async def queue(self) -> list[QueuePlace]:
        """What stands before each resting order at its price, where the venue knows."""
        return [_read(QueuePlace, item) for item in _items(await self._get("/orders/queue"))]

    def orders(self, **filters: str) -> AsyncGenerator[Order, None]:
        """Newest first, as far back as is asked for."""
        return self._all("/orders", Order, filters)

    # ------------------------------------------------------------ positions and money

    async def positions(self) -> list[Position]:
        """The open positions."""
        return [_read(Position, item) for item in _items(await self._get("/positions"))]

    async def close_position(self, symbol: str, client_order_id: str | None = None) -> Order:
        """Close a position at market, its entries cancelled first; the order that closes it. Safe to retry with the same id."""
        client_order_id = client_order_id or new_client_order_id()
        path = f"/positions/{_dashed(symbol)}/close"
        return _read(Order, await self._insist(path, {"clientOrderId": client_order_id}, client_order_id))

    async def reverse_position(self, symbol: str, client_order_id: str | None = None) -> Order:
        """Turn a position round with one order of twice its quantity; that order. Safe to retry with the same id."""
        client_order_id = client_order_id or new_client_order_id()
        path = f"/positions/{_dashed(symbol)}/reverse"
        return Order.model_validate(await self._insist(path, {"clientOrderId": client_order_id}, client_order_id))

    async def close_all(self) -> list[Order]:
        """Close every position at market; the closing orders."""
        return [Order.model_validate(one) for one in (await self._command("POST", "/positions/close"))["orders"]]

    async def protect(
        self, symbol: str, stop: str | Decimal | None = None, target: str | Decimal | None = None
    ) -> dict[str, Any]:
        """Give a position its one pair of exits; without both it has none."""
        body: dict[str, Any] = {"stopLoss": {"stopPrice": _text(stop)}} if stop is not None else {}
        body |= {"takeProfit": {"price": _text(target)}} if target is not None else {}
        found: dict[str, Any] = await self._command("PUT", f"/positions/{_dashed(symbol)}/protection", body)
        return found

    # ------------------------------------------------------------ while nobody looks

    async def alerts(self) -> list[Alert]:
        """The alerts that wait, oldest first."""
        return [_read(Alert, item) for item in _items(await self._get("/alerts"))]

    async def set_alert(self, symbol: str, condition: AlertCondition, price: str | Decimal) -> Alert:
        """Be told once, by the event `alert:triggered`, when a price is reached."""
        body = {"symbol": symbol, "condition": condition.value, "price": _text(price)}
        return _read(Alert, await self._command("POST", "/alerts", body))

    async def delete_alert(self, alert_id: str) -> Alert:
        """Take an alert away. Raises RequestRefused (404)."""
        return _read(Alert, await self._command("DELETE", f"/alerts/{alert_id}"))

    async def set_dead_man(self, seconds: int) -> DeadMan:
        """Have the entries cancelled when this is not said again for so many seconds; 0 switches it off."""
        return _read(DeadMan, await self._command("PUT", "/dead-man", {"seconds": seconds}))

    async def balances(self) -> list[Balance]:
        """What the account holds of each asset."""
        return [_read(Balance, item) for item in _items(await self._get("/balances"))]

    async def account(self) -> Account:
        """Equity, margin, profit, limits and the trading state."""
        return _read(Account, await self._get("/account"))

    def trades(self, **filters: str) -> AsyncGenerator[Trade, None]:
        """The own executions, newest first, as far back as is asked for."""
        return self._all("/trades", Trade, filters)

    async def events(self, after: int = 0, limit: int = PAGE) -> list[dict[str, Any]]:
        """The own journal after a seq, oldest first: items as on the socket."""
        found: list[dict[str, Any]] = _items(await self._get("/events", {"after": after, "limit": limit}))
        return found

    async def kill(self) -> dict[str, Any]:
        """Halt the account, cancel everything and close all positions; what was done."""
        found: dict[str, Any] = await self._command("POST", "/kill")
        return found

    async def resume(self) -> dict[str, Any]:
        """End a halt; the trading state after it."""
        found: dict[str, Any] = await self._command("POST", "/resume")
        return found

    # ------------------------------------------------------------ markets

    async def markets(self) -> list[Market]:
        """The markets there are, with tick and lot sizes and fee rates."""
        return [_read(Market, item) for item in _items(await self._get("/markets"))]

    async def ticker(self, symbol: str) -> Ticker:
        """The newest prices of a market."""
        return _read(Ticker, await self._get(f"/markets/{_dashed(symbol)}/ticker"))

    async def book(self, symbol: str, depth: int = 20) -> Book:
        """The best `depth` levels of both sides, best first."""
        return _read(Book, await self._get(f"/markets/{_dashed(symbol)}/book", {"depth": depth}))

    async def prints(self, symbol: str, limit: int = 100) -> list[Print]:
        """The newest trades of a market, newest first: everybody's, without names."""
        found = await self._get(f"/markets/{_dashed(symbol)}/trades", {"limit": limit})
        return [_read(Print, item) for item in _items(found)]

    async def candles(self, symbol: str, interval: str = "1m", limit: int = 500) -> list[Candle]:
        """The newest candles of an interval such as `1m`, oldest first; the last one is still moving."""
        asked = {"interval": interval, "limit": limit}
        found = await self._get(f"/markets/{_dashed(symbol)}/candles", asked)
        return [_read(Candle, item) for item in _items(found)]

    # ------------------------------------------------------------ the wire

    async def _get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        async def send() -> httpx.Response:
            try:
                return await self._http.get(path, params=parameters, headers=self._headers())
            except httpx.HTTPError as error:
                raise Unreachable(f"{self.url} cannot be reached: {_why(error)}") from None

        return await self._asked(send)

    async def _command(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        client_order_id: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Any:
        async def send() -> httpx.Response:
            try:
                return await self._http.request(method, path, json=body, params=parameters, headers=self._headers())
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                raise Unreachable(f"{self.url} cannot be reached, nothing was sent: {_why(error)}") from None
            except httpx.HTTPError as error:
                raise OutcomeUnknown(f"no answer came: {_why(error)}", client_order_id) from None

        try:
            return await self._asked(send)
        except RequestRefused as refused:
            if refused.code == ErrorCode.OUTCOME_UNKNOWN:
                raise OutcomeUnknown(str(refused), client_order_id, is_told=True) from None
            raise

    async def _insist(self, path: str, body: Mapping[str, Any], client_order_id: str | None) -> Any:
        """Ask until the server says what became of it. Once it is in doubt, a server that is busy, stopping or gone
        says nothing about the first try."""
        try:
            return await self._command("POST", path, body, client_order_id)
        except OutcomeUnknown as unknown:
            if not unknown.is_told:
                raise
            doubt = unknown
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(INSIST_S):
                while True:
                    await asyncio.sleep(ASK_AGAIN_S)
                    try:
                        return await self._command("POST", path, body, client_order_id)
                    except (OutcomeUnknown, Unreachable):
                        continue
                    except RequestRefused as refused:
                        if refused.status < SERVER_FAULT and refused.code != ErrorCode.RATE_LIMITED:
                            raise
        raise doubt

    async def _asked(self, send: Callable[[], Awaitable[httpx.Response]]) -> Any:
        """The answer's value; asked once more with a fresh token where the one it was asked with is not taken."""
        token = self.token
        answer = await send()
        if answer.status_code == UNAUTHENTICATED:
            await self.renew(token)
            answer = await send()
        return _value(answer)

    async def _all(self, path: str, model: Any, filters: Mapping[str, str]) -> AsyncGenerator[Any, None]:
        asked: dict[str, Any] = {"limit": PAGE, **filters}
        while True:
            page = await self._get(path, asked)
            for item in _items(page):
                yield _read(model, item)
            if page.get("nextCursor") is None:
                return
            asked["cursor"] = page["nextCursor"]

    def _headers(self) -> dict[str, str]:
        """Raises SignInFailed for a token that no header can hold: whoever refuses it later tells what is in it."""
        if self.token and not (self.token.isascii() and self.token.isprintable()):
            raise SignInFailed("the token is none: it has characters that no token has")
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def trusted_by(url: str) -> ssl.SSLContext | bool:
    """What a server's certificate is held against: what this machine trusts, SSL_CERT_FILE among it, as for the socket.
    Without TLS nothing is read for it."""
    return ssl.create_default_context() if url.startswith("https:") else False


def _request(
    side: Side, symbol: str, quantity: str | Decimal, price: str | Decimal | None, more: Mapping[str, Any]
) -> OrderRequest:
    kind = more.get("type") or (OrderType.MARKET if price is None else OrderType.LIMIT)
    given = {"symbol": symbol, "side": side, "quantity": _text(quantity), **more, "type": kind}
    if price is not None:
        given["price"] = _text(price)
    return OrderRequest.model_validate(given)


def _text(number: str | Decimal) -> str:
    """As the wire writes it: `str` of a small Decimal has an exponent."""
    return f"{number:f}" if isinstance(number, Decimal) else number


def _dashed(symbol: str) -> str:
    return symbol.replace("/", "-")


async def _code_of(otp: Callable[[], str | Awaitable[str]]) -> str:
    code = otp()
    return code if isinstance(code, str) else await code


def _value(answer: httpx.Response) -> Any:
    """What the server answered, safe to show. Raises RequestRefused, or ContractBroken for what cannot be read."""
    if answer.status_code == UNAUTHENTICATED:
        raise SignInFailed(str(_error(answer)))
    if answer.status_code == 204:
        return {}
    if not answer.is_success:
        raise _error(answer)
    try:
        return all_printable(answer.json())
    except (ValueError, RecursionError):
        raise ContractBroken("the server's answer cannot be read") from None


def _read(model: type[Model], value: Any) -> Model:
    """A value as the contract has it. Raises ContractBroken where it is something else."""
    try:
        return model.model_validate(value)
    except ValueError:
        raise ContractBroken("the server's answer is not what the contract says") from None


def _items(page: Any) -> list[Any]:
    found = page.get("items") if isinstance(page, dict) else None
    if not isinstance(found, list):
        raise ContractBroken("the server's answer is not what the contract says")
    return found


def _error(answer: httpx.Response) -> RequestRefused:
    try:
        error = all_printable(answer.json())["error"]
        code, message, details = str(error["code"]), str(error["message"]), error.get("details")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        code, message, details = "UNEXPECTED", f"the server answered {answer.status_code}", None
    after = answer.headers.get("retry-after", "")
    return RequestRefused(answer.status_code, code, message, details, float(after) if after.isdigit() else None)


def _why(error: Exception) -> str:
    return printable(str(error), LONGEST) or type(error).__name__
