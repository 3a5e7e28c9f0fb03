"""The gateway as one ASGI application on one port: `/ws` native, `/socket.io`, and all else REST."""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from server.gateway.limits import SessionLimits
from server.gateway.native.endpoint import SocketEndpoint
from server.gateway.native.session import Session
from server.gateway.rest.app import SIGN_IN_PATHS
from server.gateway.rest.order_entry import OrderEntry
from server.gateway.rest.services import Services
from server.gateway.socketio.endpoint import PATH as SOCKETIO_PATH
from server.gateway.socketio.endpoint import SocketIoEndpoint
from server.gateway.streams.hub import Hub
from server.gateway.transport.asgi import NOT_FOUND, Application, Receive, Scope, Send, bearer_token, refuse
from server.gateway.transport.connections import Connections
from server.gateway.transport.front import Front
from server.gateway.transport.http_protocol import GatewayHttp
from server.gateway.transport.proxies import TrustedProxies
from server.gateway.transport.strangers import Strangers
from server.gateway.transport.tls_handshake import TlsHandshake
from server.gateway.transport.websocket_protocol import EXTENSION, GatewaySocket
from server.identity.authenticator import Identity
from server.ports import DatabaseAway, Ids
from tradeterm.protocol.vocabulary import CloseCode

NATIVE_PATH: Final = "/ws"
SOMEBODY: Final = ":somebody"  # who has signed in, while nobody can say who it is


class Gateway:
    """The application, and what the server must do for it while it runs and when it stops."""

    def __init__(
        self,
        api: Application,
        services: Services,
        ids: Ids,
        hub: Hub,
        *,
        session_limits: SessionLimits | None = None,
    ) -> None:
        """`hub` is what listens to the bus and to the market data."""
        limits = session_limits or _session_limits(services)
        self.hub = hub
        self._api = api
        self._frame_bytes = limits.frame_bytes
        self._proxies = TrustedProxies(services.trusted_proxies)
        self._authenticator, self._limits = services.authenticator, services.limits
        self._door = Strangers(
            Front(self._inside, services.hosts),
            services.limits,
            self._budget_of,
            never_refused=SIGN_IN_PATHS,
            count=services.metrics.refused,
        )
        self._connections = _connections(services, self._proxies)
        self._order_entry = OrderEntry(services)
        self._native = _native(services, ids, hub, limits)
        self._socketio = SocketIoEndpoint(
            hub=hub,
            check=services.authenticator.check,
            limits=services.limits,
            session_limits=limits,
            allow_origins=services.allow_origins,
        )

    def uvicorn_options(self, tls: ssl.SSLContext | None = None) -> dict[str, Any]:
        """What uvicorn must be told: no pings of its own, no compression, our protocol classes, our bounds."""
        http: Callable[..., asyncio.Protocol] = partial(
            GatewayHttp, connections=self._connections, short_way=self._order_entry
        )
        if tls is not None:
            http = partial(
                TlsHandshake, inside=http, context=tls, connections=self._connections, turn=self._handshake_turn
            )
        return {
            "http": http,
            "ws": partial(GatewaySocket, connections=self._connections),
            "ws_ping_interval": None,
            "ws_ping_timeout": None,
            "ws_per_message_deflate": False,
            "ws_max_size": self._frame_bytes,
        }

    def _handshake_turn(self, address: str) -> float:
        """Many speak through a proxy: it is not held up for one of them."""
        return 0.0 if self._proxies.trusts(address) else self._limits.handshake(address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._proxies.see_through(scope)
        if scope["type"] == "websocket":
            scope["extensions"][EXTENSION]["wire"].client = scope["client"]
        await self._door(scope, receive, send)

    def _budget_of(self, scope: Scope) -> str | None:
        """Under what a request of somebody who has signed in is counted; None for a stranger's."""
        if _is_socketio(scope):
            return self._socketio.budget_of(scope)
        token = bearer_token(scope)
        try:
            found = None if token is None else self._authenticator.check(token)
        except DatabaseAway:  # it was signed here: strangers' do not get so far
            return SOMEBODY
        return found.budget if isinstance(found, Identity) else None

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if _is_socketio(scope):
            await self._socketio(scope, receive, send)
        elif scope["type"] != "websocket":
            await self._api(scope, receive, send)
        elif path == NATIVE_PATH:
            await self._native(scope, receive, send)
        else:
            await receive()
            await refuse(send, NOT_FOUND)

    async def run(self) -> None:
        """Keep the sockets' time: for the server's task group."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.hub.run())
            tasks.create_task(self._socketio.run())

    def drain(self) -> None:
        """The server is stopping: everything committed goes out, then every socket is closed with 4000."""
        self.hub.close_all(CloseCode.STOPPING, "the server is stopping")
        self._socketio.drain()


def _is_socketio(scope: Scope) -> bool:
    path: str = scope.get("path", "")
    return path == SOCKETIO_PATH or path.startswith(f"{SOCKETIO_PATH}/")


def _session_limits(services: Services) -> SessionLimits:
    configured = services.limits.configured
    return SessionLimits(
        subscriptions=configured.subscriptions,
        frame_bytes=configured.frame_bytes,
        commands_per_s=configured.commands_per_s,
    )


def _connections(services: Services, proxies: TrustedProxies) -> Connections:
    configured = services.limits.configured
    return Connections(
        configured.connections_per_address,
        configured.connections,
        configured.descriptors,
        services.metrics.turned_away,
        is_proxy=proxies.trusts,
        opened=services.metrics.connections_open,
    )


def _native(services: Services, ids: Ids, hub: Hub, limits: SessionLimits) -> SocketEndpoint:
    def session(socket_id: str, now: float) -> Session:
        return Session(socket_id, services.authenticator.check, services.view.markets, limits, now)

    return SocketEndpoint(
        hub=hub,
        orders=services.orders,
        limits=services.limits,
        ids=ids,
        session=session,
        allow_origins=services.allow_origins,
    )
