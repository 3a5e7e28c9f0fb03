"""What is hidden is hidden for as long as it was asked, and from nobody who has it already."""

import importlib
import sys

import pytest

from tradeterm.lean_imports import without


def test_what_is_hidden_is_not_found_and_is_found_afterwards() -> None:
    with without("antigravity"), pytest.raises(ImportError):
        importlib.import_module("antigravity")
    assert "antigravity" not in sys.modules


def test_who_has_imported_it_before_keeps_it() -> None:
    before = sys.modules["json"]
    with without("json"):
        assert importlib.import_module("json") is before
    assert sys.modules["json"] is before


def test_it_is_not_hidden_for_ever_when_the_import_fails() -> None:
    with pytest.raises(ZeroDivisionError), without("antigravity"):
        raise ZeroDivisionError
    assert "antigravity" not in sys.modules
