"""Orders on their way: shown at once, unknown after two seconds, gone when seen."""

from datetime import timedelta

from tests.tradeterm.tui.desks import NOON, order
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.orders.in_flight import Fate, Outbox
from tradeterm.tui.orders.safe_mode import ANSWER_TIMEOUT


def request(number: int = 1) -> OrderRequest:
    return OrderRequest.model_validate(
        {
            "symbol": "BTC/USD",
            "side": Side.BUY,
            "type": OrderType.MARKET,
            "quantity": "1",
            "clientOrderId": f"{number:032x}",
        }
    )


def unseen(_: str) -> Order | None:
    return None


def test_a_sent_order_is_unknown_when_no_answer_came_in_time() -> None:
    """It stays on the screen as `? unknown`; it is never dropped by itself."""
    outbox = Outbox()
    outbox.add(request(), NOON)
    assert not outbox.sweep(NOON + ANSWER_TIMEOUT - timedelta(milliseconds=1), unseen)
    assert outbox.sweep(NOON + ANSWER_TIMEOUT, unseen)
    assert [sent.fate for sent in outbox] == [Fate.UNKNOWN]


def test_an_event_of_the_order_ends_the_doubt() -> None:
    """Also after it was called unknown."""
    outbox = Outbox()
    outbox.add(request(), NOON)
    outbox.lost(request().client_order_id or "")
    assert outbox.sweep(NOON, lambda id_: order(1, Side.BUY, "1", "45000"))
    assert list(outbox) == []


def test_an_answer_takes_only_its_own_order_away() -> None:
    """Two on their way are two."""
    outbox = Outbox()
    outbox.add(request(1), NOON)
    outbox.add(request(2), NOON)
    outbox.answered(f"{1:032x}")
    assert [sent.id for sent in outbox] == [f"{2:032x}"]
