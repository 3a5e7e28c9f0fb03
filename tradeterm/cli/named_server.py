"""What the caller names by flag or environment: a server's address, a token. Nothing that is secret is repeated."""

import os
from urllib.parse import urlsplit

from tradeterm.cli.desk_command import SERVER_VARIABLE
from tradeterm.cli.exit_codes import USAGE, Ending
from tradeterm.lean_httpx import httpx

EXAMPLE = "http://127.0.0.1:8787"


def checked_url(text: str) -> str:
    """A server's address without a slash at its end, the scheme in small letters. Raises Ending where it is none."""
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        is_address = url.isprintable() and " " not in url and parts.scheme in ("http", "https")
        is_address = is_address and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        is_address = is_address and bool(httpx.URL(url).host)
    except (ValueError, httpx.InvalidURL):
        is_address = False
    if not is_address:
        raise Ending(
            USAGE, f"{_without_password(text) or 'an empty text'} is no server's address; one looks like {EXAMPLE}"
        )
    return f"{parts.scheme}{url[len(parts.scheme) :]}"


def named_server(said: str | None) -> str | None:
    """The address that a flag or the environment names, None where neither does: an environment that is empty names none.
    An empty flag is a variable of a script that is empty; the server of the last sign-in is not what was meant by it. Raises
    Ending."""
    is_unset = said is None or said == os.environ.get(SERVER_VARIABLE) == ""
    return None if is_unset or said is None else checked_url(said)


def named_token() -> str | None:
    """`TRADETERM_TOKEN`, without the line end that files and shells leave. Raises Ending where it cannot be a token."""
    token = os.environ.get("TRADETERM_TOKEN", "").strip()
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise Ending(USAGE, "TRADETERM_TOKEN is no token: it has spaces or other signs in it that no token has")
    return token or None


def _without_password(text: str) -> str:
    before, at, host = text.rpartition("@")
    return f"{before.partition('://')[0]}://…@{host}" if at else text
