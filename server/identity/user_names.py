"""What a user may be called, held before any storage is asked."""

import re

_USER = re.compile(r"[a-z0-9_.-]{1,32}", re.ASCII)


def is_user_name(text: str) -> bool:
    """Whether a user could be called so; a service account never can."""
    return _USER.fullmatch(text) is not None
