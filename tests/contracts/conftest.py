"""What the contract suites run on: every place that a database can be in."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from server.storage.database import Database, open_database
from tests.contracts.databases import NoPostgres, fresh_database, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server, or a skip with the reason."""
    with ExitStack() as ends:
        try:
            url = ends.enter_context(postgres_server())
        except NoPostgres as missing:
            pytest.skip(str(missing))
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tradeterm.db'}"
        return
    server: str = request.getfixturevalue("postgres")
    with fresh_database(server) as address:
        yield address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An opened, new database."""
    opened = open_database(url, "paper")
    try:
        yield opened
    finally:
        opened.close()
