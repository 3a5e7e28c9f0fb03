"""The words of the wire."""

from tradeterm.protocol.vocabulary import FINAL_STATUSES, CloseCode, OrderStatus, Side


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
