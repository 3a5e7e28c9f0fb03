"""A fresh application for every test."""

import pytest

from tests.server.gateway.rest.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()
