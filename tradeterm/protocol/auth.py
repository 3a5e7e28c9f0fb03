"""What a sign-in answers with, and how a socket is signed in."""

from typing import Annotated, Literal

from pydantic import Field

from tradeterm.protocol.times import Time
from tradeterm.protocol.vocabulary import Role, Scope
from tradeterm.protocol.wire import WireIn, WireOut


class Tokens(WireOut):
    """The answer of `POST /auth/token` and `/auth/refresh`; `expiresIn` is the access token's, in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: int


class AuthMessage(WireIn):
    """The first message of a socket whose handshake carried no token; later a fresh token of the same user."""

    op: Literal["auth"]
    token: Annotated[str, Field(min_length=1, max_length=8192)]


class SocketLimits(WireOut):
    frame_bytes: int
    subscriptions: int
    commands_per_second: int


class Hello(WireOut):
    """The answer to a good sign-in. A client that hears nothing for `deadMs` takes the line for dead, and so does the server."""

    op: Literal["hello"]
    session_id: str
    user: str
    role: Role
    scope: Scope
    heartbeat_ms: int
    dead_ms: int
    auth_expires_at: Time
    limits: SocketLimits
