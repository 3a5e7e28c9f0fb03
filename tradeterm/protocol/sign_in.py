"""Sign-ins on the wire: the tokens, the sessions that have not ended, and a change of password."""

from datetime import datetime

from pydantic import Field

from tradeterm.protocol.vocabulary import Scope
from tradeterm.protocol.wire import WireIn, WireOut


class SignInSession(WireOut):
    """A sign-in that has not ended."""

    id: str
    """As `DELETE /auth/sessions/{id}` takes it."""
    scope: Scope
    """`read` may look, `trade` may trade."""
    address: str
    """From where it was opened."""
    opened_at: datetime
    """When the sign-in was, UTC."""
    renewed_at: datetime | None
    """When its tokens were refreshed last, UTC."""
    expires_at: datetime
    """When it ends, however often it is refreshed, UTC."""
    current: bool
    """Whether it is the one that asks."""


class PasswordRequest(WireIn):
    """A new password, and the one that it takes the place of."""

    old_password: str = Field(min_length=1, max_length=1024)
    """The one that is good now."""
    new_password: str = Field(min_length=1, max_length=1024)
    """The one that is good from now on; easy ones are refused."""
