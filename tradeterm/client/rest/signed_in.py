"""A signed-in HTTP client: one session, its tokens renewed when they run out, and questions that are safe to repeat.

What may be asked is in the files beside this one; here is how.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tradeterm.client.errors import (
    CodeWanted,
    ContractBroken,
    OutcomeUnknown,
    RequestRefused,
    SignInFailed,
    Unreachable,
)
from tradeterm.client.rest.answers import UNEXPECTED, items_of, read, reason_of, refusal_of, tokens_of, value_of
from tradeterm.lean_httpx import httpx
from tradeterm.protocol.vocabulary import ErrorCode

TIMEOUT_S = 10.0
PAGE = 500
TOKEN_LIFE_S = 900.0  # as long as nobody has said otherwise
RENEW_AFTER = 0.7  # of a token's life
UNAUTHENTICATED = 401
SERVER_FAULT = 500
INSIST_S = 10.0
ASK_AGAIN_S = 0.2

Otp = str | Callable[[], str | Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens a session. `otp` is the second factor's code, or what gives one when it is wanted."""

    user: str
    password: str = field(repr=False)
    otp: Otp | None = field(default=None, repr=False)


class SignedIn:
    """One session over HTTP: how it is opened, kept and ended, and how anything is asked in it."""

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

        Raises SignInFailed when there is no way to one any more. Whoever is cancelled meanwhile leaves it to its end: a
        refresh token works once, and with its answer the session would be lost.
        """
        renewing = asyncio.ensure_future(self._renewed(refused))
        renewing.add_done_callback(_heard)
        return await asyncio.shield(renewing)

    async def _renewed(self, refused: str | None) -> str:
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
            raise Unreachable(f"{self.url} cannot be reached: {reason_of(error)}") from None
        if answer.status_code == UNAUTHENTICATED:
            refused = refusal_of(answer)
            raise (CodeWanted if refused.code == ErrorCode.OTP_REQUIRED else SignInFailed)(str(refused))
        if answer.status_code != 200:
            raise refusal_of(answer)
        self.token, self._refresh_token, life_s = tokens_of(answer)
        self.renew_at = time.monotonic() + life_s * RENEW_AFTER
        return self.token

    async def me(self) -> dict[str, Any]:
        """Whose token this is: user, role, scope, sessionId, expiresAt."""
        found: dict[str, Any] = await self._get("/auth/me")
        return found

    async def sign_out(self) -> None:
        """End the session: its tokens are worth nothing from here on, and its sockets are closed."""
        await self._command("POST", "/auth/logout")

    # ------------------------------------------------------------ the wire

    async def _get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        async def send() -> httpx.Response:
            try:
                return await self._http.get(path, params=parameters, headers=self._headers())
            except httpx.HTTPError as error:
                raise Unreachable(f"{self.url} cannot be reached: {reason_of(error)}") from None

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
                raise Unreachable(f"{self.url} cannot be reached, nothing was sent: {reason_of(error)}") from None
            except httpx.HTTPError as error:
                raise OutcomeUnknown(f"no answer came: {reason_of(error)}", client_order_id) from None

        try:
            return await self._asked(send)
        except ContractBroken as broken:
            broken.client_order_id = client_order_id
            raise
        except RequestRefused as refused:
            if refused.code == ErrorCode.OUTCOME_UNKNOWN:
                raise OutcomeUnknown(str(refused), client_order_id, is_told=True) from None
            if refused.code == UNEXPECTED and refused.status >= SERVER_FAULT:
                # Somebody between us and the server says so, who does not know what it has done.
                raise OutcomeUnknown(str(refused), client_order_id) from None
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
                    except SignInFailed:
                        break
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
        return value_of(answer)

    async def _all(self, path: str, model: Any, filters: Mapping[str, str]) -> AsyncGenerator[Any, None]:
        asked: dict[str, Any] = {"limit": PAGE, **filters}
        while True:
            page = await self._get(path, asked)
            for item in items_of(page):
                yield read(model, item)
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


def _heard(renewing: asyncio.Future[str]) -> None:
    """Look at how it ended, where nobody waits for it any more."""
    if not renewing.cancelled():
        renewing.exception()


async def _code_of(otp: Callable[[], str | Awaitable[str]]) -> str:
    code = otp()
    return code if isinstance(code, str) else await code
