"""Where the signing secret of a database's server is found: the environment, else a file beside the database."""

from pathlib import Path

import platformdirs

from server.identity.signing_secret import checked_secret, kept_secret
from server.storage.backends.sqlite_file import SqliteFile
from server.storage.database import backend_of


def signing_secret_of(db_url: str, given: str | None) -> bytes:
    """`given` is `TRADETERM_JWT_SECRET`. Raises SecretUnavailable."""
    if given is not None:
        return checked_secret(given.encode(), "TRADETERM_JWT_SECRET")
    return kept_secret(_secret_file(db_url))


def _secret_file(db_url: str) -> Path:
    """Beside a SQLite file; for a database elsewhere in the platform's data folder."""
    place = backend_of(db_url)
    if isinstance(place, SqliteFile):
        return Path(f"{place.path}.secret")
    return Path(platformdirs.user_data_dir("tradeterm", appauthor=False)) / "signing.secret"
