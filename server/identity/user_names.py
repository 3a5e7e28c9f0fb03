"""What a user may be called, held before any storage is asked."""

import re
from typing import Final

PRIVATE_USER: Final = "local"  # who the console signs in as on its own private server; nobody else's name
_USER = re.compile(r"[a-z0-9_.-]{1,32}", re.ASCII)


def is_user_name(text: str) -> bool:
    """Whether a user could be called so; a service account never can."""
    return _USER.fullmatch(text) is not None


def is_private_user(name: str) -> bool:
    """Whether it is the console's own user, whose password and rights are new at each start of its server."""
    return name == PRIVATE_USER
