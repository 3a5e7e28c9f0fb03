"""The comparison of an exchange with paper, as its model reads it."""

from decimal import Decimal

from tradeterm.protocol.shadow import ShadowOrder


def test_differences_have_signs_and_may_be_unknown() -> None:
    """Below zero the exchange was better."""
    traded = {"filledQuantity": "1", "averagePrice": "100.00", "fee": None, "filledAfterMs": 5}
    order = ShadowOrder.model_validate(
        {
            "orderId": "1",
            "symbol": "BTC/USDT",
            "side": "sell",
            "quantity": "1",
            "exchange": traded,
            "paper": traded,
            "priceDifference": "-0.50",
            "feeDifference": None,
            "timeDifferenceMs": -3,
        }
    )
    assert (order.price_difference, order.fee_difference, order.exchange.fee) == (Decimal("-0.50"), None, None)
