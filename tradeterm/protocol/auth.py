"""What a sign-in answers with, and how a socket is signed in."""

from typing import Annotated, Literal

from pydantic import Field

from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import Role, Scope
from tradeterm.protocol.wire import WireIn, WireOut


class Tokens(WireOut):
    """The answer of `POST /auth/token` and `/auth/refresh`; `expiresIn` is the access token's, in seconds."""

    access_token: str
    """For `Authorization: Bearer`, and for sockets."""
    refresh_token: str
    """Works once, for `POST /auth/refresh`."""
    token_type: Literal["bearer"]
    """Always `bearer`."""
    expires_in: int
    """How long the access token is good, in seconds."""


class AuthMessage(WireIn):
    """The first message of a socket whose handshake carried no token; later a fresh token of the same user."""

    op: Literal["auth"]
    """Which message this is."""
    token: Annotated[str, Field(min_length=1, max_length=8192)]
    """An access token."""


class SocketLimits(WireOut):
    """What one socket may do."""

    frame_bytes: int
    """The largest message that is read, in bytes."""
    subscriptions: int
    """How many channels at once."""
    commands_per_second: int
    """Commands a second of the user, on every way in together; 0 is no limit."""


class Hello(WireOut):
    """The answer to a good sign-in. A client that hears nothing for `deadMs` takes the line for dead, and so does the server."""

    op: Literal["hello"]
    """Which message this is."""
    session_id: str
    """The socket's id, for talking about it with an operator."""
    user: str
    """Who is signed in."""
    role: Role
    """What the user is."""
    scope: Scope
    """`read` when the token may not trade."""
    heartbeat_ms: int
    """How often the server sends a heartbeat, in milliseconds."""
    dead_ms: int
    """After this silence the line counts as dead, in milliseconds."""
    auth_expires_at: Time
    """When the token ends, UTC; send a fresh one before."""
    limits: SocketLimits
    """What this socket may do."""
