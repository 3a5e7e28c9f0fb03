"""The words of the wire."""

import ast
from enum import Enum

import pytest

from tests.imports import modules
from tradeterm.protocol.vocabulary import (
    FINAL_STATUSES,
    BalanceReason,
    CloseCode,
    ErrorCode,
    OrderStatus,
    Reason,
    Side,
    status_of,
)


def test_side_opposite_is_an_involution() -> None:
    """The opposite of the opposite is the side itself, and signs differ."""
    for side in Side:
        assert side.opposite.opposite is side
        assert side.sign == -side.opposite.sign


def test_final_statuses_are_the_four_that_end_an_order() -> None:
    """Nothing follows filled, cancelled, rejected or expired."""
    assert {str(status) for status in FINAL_STATUSES} == {"filled", "cancelled", "rejected", "expired"}
    assert len(OrderStatus) == 8


def test_close_codes_say_whether_to_come_back() -> None:
    """Codes below 4500 invite a reconnect; the others do not."""
    assert {code.name for code in CloseCode if code >= 4500} == {
        "BAD_TOKEN",
        "MALFORMED",
        "FORBIDDEN",
        "SESSION_REVOKED",
        "TOO_MANY_CONNECTIONS",
    }


@pytest.mark.parametrize("words", [Reason, ErrorCode, CloseCode, BalanceReason])
def test_every_word_is_said(words: type[Enum]) -> None:
    """A code that no server sends is one that programs prepare for in vain."""
    said = {
        ast.unparse(node)
        for module in modules()
        if module.name != ErrorCode.__module__  # there each of them has its status
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    assert not [word.name for word in words if f"{words.__name__}.{word.name}" not in said]


def test_a_code_has_one_status_and_whatever_else_is_about_what_was_sent() -> None:
    """Also the reason for which an order was refused, and no code at all."""
    assert (status_of(ErrorCode.EXPIRED), status_of("CONFLICT"), status_of(ErrorCode.BUSY)) == (409, 409, 503)
    assert status_of(ErrorCode.OFF_TICK) == status_of(Reason.INSUFFICIENT_FUNDS) == status_of(None) == 422
