"""The desk that most rules are tried on."""

import pytest

from tests.builders import Desk
from tests.server.executor.desks import FREE


@pytest.fixture
def desk() -> Desk:
    """ann trades, bob is whom ann trades with; no collar, nothing liquidates, money is no matter."""
    made = Desk(FREE)
    made.open("ann", "bob")
    return made
