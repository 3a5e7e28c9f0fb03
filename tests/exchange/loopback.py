"""The loopback exchange as a server, and the ways by which unmodified ccxt gets to it and nowhere else.

`overridden` points ccxt's addresses at it in plain text. `production` leaves them as they are: a throw-away certificate
authority vouches for the exchange's host names, and a resolver finds them here and refuses every other.
"""

import asyncio
import datetime
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.exchange.faults import Faults
from tests.exchange.matching import Account, Exchange, Rules
from tests.exchange.rest import Rest
from tests.exchange.streams import Streams

HOSTS = (
    *("api.binance.com", "stream.binance.com", "ws-api.binance.com"),
    *("api.kraken.com", "ws.kraken.com", "ws-auth.kraken.com"),
)
BTC = Rules("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
ETH = Rules("ETHUSDT", "ETH", "USDT", Decimal("0.01"), Decimal("0.0001"), Decimal(5))
KEY, SECRET = "loopback-key", "loopback-secret"
MAKER = "loopback-maker"


class Loopback:
    """One running exchange. Two accounts: ours, `KEY`, and a maker's who trades without any socket.

    `skew_ms` sets its clock against ours.
    """

    def __init__(self) -> None:
        self.skew_ms, self.port = 0, 0
        self.restrictions_status = 200  # anything else is answered without a word: 404 where there is no such question
        self.faults = Faults()
        self.exchange = Exchange([BTC, ETH], self.now_ms)
        self.account = self.exchange.open_account(KEY, SECRET, USDT="100000", BTC="1")
        self.maker: Account = self.exchange.open_account(MAKER, "", USDT="10000000", BTC="1000", ETH="1000")
        self.rest = Rest(self.exchange, self.faults, self.now_ms)
        self.streams = Streams(self.exchange, self.rest, self.now_ms)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.skew_ms

    async def make(self, side: str, quantity: str, price: str, symbol: str = "BTCUSDT") -> int:
        """An order of the maker's; its number."""
        order = self.exchange.place(
            *(MAKER, symbol, side, "LIMIT"),
            client_id=f"maker-{len(self.exchange.orders)}",
            quantity=Decimal(quantity),
            price=Decimal(price),
        )
        await self.streams.flush()
        return order.order_id

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/ws-api/v3", self.streams.user)
        app.router.add_route("*", "/api/v3/{path:.*}", self._handle)
        app.router.add_get("/sapi/v1/account/apiRestrictions", self._restrictions)
        app.router.add_get("/{path:.*}", self.streams.market)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        response = await self.rest.handle(request)
        await self.streams.flush()
        return response

    async def _restrictions(self, request: web.Request) -> web.StreamResponse:
        if self.restrictions_status != 200:
            return web.Response(status=self.restrictions_status)
        status, body = self.rest.restrictions(request.query_string, request.headers.get("X-MBX-APIKEY"))
        return web.Response(status=status, body=body, content_type="application/json")

    def overridden(self) -> dict[str, Any]:
        """ccxt's constructor arguments that lead here."""
        rest, ws = f"http://127.0.0.1:{self.port}/api/v3", f"ws://127.0.0.1:{self.port}"
        streams = {"spot": f"{ws}/stream/ws", "margin": f"{ws}/stream/ws", "ws-api": {"spot": f"{ws}/ws-api/v3"}}
        sapi = f"http://127.0.0.1:{self.port}/sapi/v1"
        return {
            **TRADING,
            "urls": {"api": {"public": rest, "private": rest, "v1": rest, "sapi": sapi, "ws": streams}},
        }


TRADING: dict[str, Any] = {
    "apiKey": KEY,
    "secret": SECRET,
    "enableRateLimit": False,
    "timeout": 20_000,
    # Without these ccxt asks other hosts for markets of other kinds.
    "options": {
        "defaultType": "spot",
        "fetchCurrencies": False,
        "fetchMargins": False,
        "fetchMarkets": {"types": ["spot"]},
    },
}


@asynccontextmanager
async def loopback(*, with_tls: bool = False) -> AsyncIterator[Loopback]:
    """A running exchange on a free port, in plain text or with the certificate of its hosts."""
    one = Loopback()
    async with served(one.app(), one.streams.cut, with_tls=with_tls) as one.port:
        yield one


@asynccontextmanager
async def served(app: web.Application, cut: Callable[[], Awaitable[None]], *, with_tls: bool) -> AsyncIterator[int]:
    """An exchange's application on a free port, which it gives; `cut` closes its sockets at the end."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_context() if with_tls else None)
    await site.start()
    try:
        yield site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    finally:
        await cut()
        await runner.cleanup()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another task brings about. The test's own limit ends it."""
    while not condition():  # noqa: ASYNC110 - there is nothing that could set an event
        await asyncio.sleep(0.01)


class LoopbackResolver(AbstractResolver):
    """Finds the exchange's hosts here. Nobody else is to be found: what asks for another host fails at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.refused: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in HOSTS:
            self.refused.append(host)
            raise OSError(f"{host} is outside")
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def production(one: Loopback) -> AsyncIterator[dict[str, Any]]:
    """ccxt's constructor arguments with a session that takes the production addresses to `one`, which speaks TLS."""
    async with session_to(one.port) as session:
        yield {**TRADING, "session": session}


@asynccontextmanager
async def session_to(port: int) -> AsyncIterator[aiohttp.ClientSession]:
    """A session that finds every exchange's hosts at that port, and nobody else."""
    connector = aiohttp.TCPConnector(ssl=client_context(), resolver=LoopbackResolver(port))
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session
    await asyncio.sleep(0)  # TLS transports close a turn later


# ---------------------------------------------------------------- a throw-away certificate


@cache
def _certificate() -> tuple[bytes, bytes]:
    """(certificate, key) in PEM: signed by itself, for an hour, for the exchange's hosts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback exchange")])
    now = datetime.datetime.now(datetime.UTC)
    names = [*(x509.DNSName(host) for host in HOSTS), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = _certificate()
    with TemporaryDirectory() as folder:
        pem = Path(folder) / "pair.pem"
        pem.write_bytes(certificate + key)
        context.load_cert_chain(pem)
    return context


def client_context() -> ssl.SSLContext:
    """Trusts that certificate and no other."""
    return ssl.create_default_context(cadata=_certificate()[0].decode())
