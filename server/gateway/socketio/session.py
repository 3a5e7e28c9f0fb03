"""What is kept of one Engine.IO session while it lasts: the endpoint holds nothing of it anywhere else."""

from typing import Final

from server.gateway.limits import TokenBucket
from server.gateway.socketio.connection import SocketIoConnection
from server.gateway.socketio.recovery import Recovery
from server.gateway.socketio.transport_guard import TransportGuard
from server.identity.sign_in_guard import address_key

POSTS_PER_S: Final = 50
POSTS_BURST: Final = 200


class EngineSession:
    """Everything that is kept of one Engine.IO session; it goes as one when the session ends."""

    __slots__ = (
        "address",
        "engine_id",
        "is_ending",
        "opened_by",
        "peer",
        "posts",
        "start",
        "stranger_since",
        "upgrading_since",
        "watch",
    )

    def __init__(self, engine_id: str, address: str, now: float) -> None:
        """`address` is who opened it; `now` monotonic seconds."""
        self.engine_id, self.opened_by, self.address = engine_id, address, address_key(address)
        self.posts = TokenBucket(POSTS_PER_S, POSTS_BURST, now)
        self.watch: TransportGuard | None = None  # the WebSocket that it was upgraded to, or begun on
        self.upgrading_since: float | None = None
        self.stranger_since = now  # where nobody is signed in
        self.is_ending = False  # by us: what still comes in the same body is not heard
        self.peer: SocketIoConnection | None = None
        self.start: Recovery | None = None  # until the CONNECT is answered
