"""What the contract suites run on: every place that a database can be in, and tables that have not followed yet."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from server.storage.database import Database, open_database
from server.storage.projection.projector import ProjectorThread
from tests.contracts.databases import NoPostgres, fresh_database, postgres_server
from tests.contracts.journals import Asleep
from tests.memory_history import MemoryHistory

PLACES = ["sqlite", "postgresql"]
BEHIND = "sqlite, tables behind"  # whatever is asked, the answer is in the journal alone
MEMORY = "memory"


class InMemory:
    """As much of a database as a test of its history asks for."""

    def __init__(self) -> None:
        self.history = self.journal = MemoryHistory()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        name = metafunc.module.__name__.rpartition(".")[2]
        more = {"test_journal": [BEHIND], "test_history": [BEHIND, MEMORY], "test_own_orders": [MEMORY]}.get(name, [])
        metafunc.parametrize("database", [*PLACES, *more], indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server, or a skip with the reason."""
    with ExitStack() as ends:
        try:
            url = ends.enter_context(postgres_server())
        except NoPostgres as missing:
            pytest.skip(str(missing))
        yield url


@pytest.fixture(params=PLACES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    with _address(request, tmp_path) as address:
        yield address


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database | InMemory]:
    """An opened, new database."""
    if request.param == MEMORY:
        yield InMemory()
        return
    with _address(request, tmp_path) as address:
        opened = open_database(address, "paper", start_projector=Asleep if request.param == BEHIND else ProjectorThread)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def _address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param != "postgresql":
        yield f"sqlite:///{tmp_path / 'tradeterm.db'}"
        return
    server: str = request.getfixturevalue("postgres")
    with fresh_database(server) as address:
        yield address
