"""Coinbase's: sizes hidden in a configuration that differs by kind of order, statuses in capitals of which some are no end,
sizes in money, and a stream whose size is what has filled."""

from typing import Any

from server.venues.exchange.seen import Ending
from tests.exchange.recorded.form import CLIENT_ID, Order, Recorded, Terms, Trade

ORDER_ID, TRADE_ID = "813a53c5-3e39-47bb-863d-2faf685d22d8", "cdc39e45-bbd3-44ec-bf02-61742dfb16a1"
LIMIT = {"limit_limit_gtc": {"base_size": "1", "limit_price": "100", "post_only": False}}


def order(**changed: Any) -> dict[str, Any]:
    base = {
        "order_id": ORDER_ID,
        "product_id": "BTC-USDT",
        "user_id": "1111111-1111-1111-1111-111111111111",
        "order_configuration": LIMIT,
        "side": "BUY",
        "client_order_id": CLIENT_ID,
        "status": "OPEN",
        "time_in_force": "GOOD_UNTIL_CANCELLED",
        "created_time": "2023-01-16T23:37:23.947030Z",
        "completion_percentage": "0",
        "filled_size": "0",
        "average_filled_price": "0",
        "fee": "",
        "number_of_fills": "0",
        "filled_value": "0",
        "pending_cancel": False,
        "size_in_quote": False,
        "total_fees": "0",
        "size_inclusive_of_fees": False,
        "total_value_after_fees": "0",
        "trigger_status": "INVALID_ORDER_TYPE",
        "order_type": "LIMIT",
        "reject_reason": "REJECT_REASON_UNSPECIFIED",
        "settled": False,
        "product_type": "SPOT",
        "reject_message": "",
        "cancel_message": "",
    }
    return {**base, **changed}


def trade(**changed: Any) -> dict[str, Any]:
    base = {
        "entry_id": "b88b82cc89e326a2778874795102cbafd08dd979a2a7a3c69603fc4c23c2e010",
        "trade_id": TRADE_ID,
        "order_id": ORDER_ID,
        "trade_time": "2023-01-18T01:37:38.091377090Z",
        "trade_type": "FILL",
        "price": "100",
        "size": "0.4",
        "commission": "0.24",
        "product_id": "BTC-USDT",
        "sequence_timestamp": "2023-01-18T01:37:38.092520Z",
        "liquidity_indicator": "TAKER",
        "size_in_quote": False,
        "user_id": "1111111-1111-1111-1111-111111111111",
        "side": "BUY",
    }
    return {**base, **changed}


def told(**changed: Any) -> dict[str, Any]:
    base = {
        "order_id": ORDER_ID,
        "client_order_id": CLIENT_ID,
        "cumulative_quantity": "0",
        "leaves_quantity": "1",
        "avg_price": "0",
        "total_fees": "0",
        "status": "OPEN",
        "product_id": "BTC-USDT",
        "creation_time": "2022-12-07T19:42:18.719312Z",
        "limit_price": "100",
        "order_side": "BUY",
        "order_type": "Limit",
    }
    events = [{"type": "update", "orders": [{**base, **changed}]}]
    return {
        "channel": "user",
        "client_id": "",
        "timestamp": "2023-02-09T20:33:57Z",
        "sequence_num": 0,
        "events": events,
    }


RECORDED = Recorded(
    name="coinbase",
    order_id=ORDER_ID,
    answers={
        "v2/currencies/crypto": {"data": []},
        "v2/currencies": {"data": []},
        "v2/exchange-rates": {"data": {"currency": "USD", "rates": {}}},
        "market/products?product_type=FUTURE": {"products": [], "num_products": 0},
        "brokerage/products?product_type=FUTURE": {"products": [], "num_products": 0},
        "transaction_summary": {"fee_tier": {"taker_fee_rate": "0.006", "maker_fee_rate": "0.004"}},
        "brokerage/market/products": {
            "products": [
                {
                    "product_id": "BTC-USDT",
                    "price": "100.5",
                    "base_increment": "0.00000001",
                    "quote_increment": "0.01",
                    "price_increment": "0.01",
                    "quote_min_size": "1",
                    "quote_max_size": "10000000",
                    "base_min_size": "0.00000001",
                    "base_max_size": "3400",
                    "base_name": "Bitcoin",
                    "quote_name": "Tether",
                    "is_disabled": False,
                    "status": "online",
                    "cancel_only": False,
                    "limit_only": False,
                    "post_only": False,
                    "trading_disabled": False,
                    "auction_mode": False,
                    "product_type": "SPOT",
                    "quote_currency_id": "USDT",
                    "base_currency_id": "BTC",
                    "mid_market_price": "",
                }
            ],
            "num_products": 1,
        },
    },
    terms=Terms("0.01", "0.00000001", "0.00000001", "1", "0.004", "0.006"),
    created={
        "success": True,
        "failure_reason": "UNKNOWN_FAILURE_REASON",
        "order_id": ORDER_ID,
        "success_response": {
            "order_id": ORDER_ID,
            "product_id": "BTC-USDT",
            "side": "BUY",
            "client_order_id": CLIENT_ID,
        },
        "order_configuration": None,
    },
    order_route=f"orders/historical/{ORDER_ID}",
    order_answer=lambda raw: {"order": raw},
    orders=[
        Order("open", order()),
        Order("waiting to be taken in", order(status="PENDING")),
        Order("about to be cancelled", order(status="CANCEL_QUEUED", filled_size="0.4"), filled="0.4"),
        Order("no status that it knows", order(status="UNKNOWN_ORDER_STATUS")),
        Order("filled", order(status="FILLED", filled_size="1"), Ending.FILLED, "1"),
        Order(
            "cancelled, partly filled",
            order(status="CANCELLED", filled_size="0.4", cancel_message="User requested cancel"),
            *(Ending.CANCELLED, "0.4"),
            why="User requested cancel",
        ),
        Order(
            "failed after it was taken",
            order(status="FAILED", reject_reason="REJECT_REASON_INSUFFICIENT_FUND"),
            Ending.CANCELLED,
            why="REJECT_REASON_INSUFFICIENT_FUND",
        ),
        Order(
            "immediate, whose size stands elsewhere",
            order(
                order_configuration={"sor_limit_ioc": {"base_size": "1", "limit_price": "100"}},
                status="CANCELLED",
                filled_size="0.4",
            ),
            *(Ending.CANCELLED, "0.4"),
        ),
        Order(
            "fill or kill, whose size ccxt does not find",
            order(order_configuration={"limit_limit_fok": {"base_size": "1", "limit_price": "100"}}),
            quantity=None,
            price=None,
        ),
        Order(
            "at market for an amount of money",
            order(
                order_configuration={"market_market_ioc": {"quote_size": "6.36"}},
                status="FILLED",
                order_type="MARKET",
                filled_size="0.000297920684505",
                average_filled_price="21220.6399999973697697",
                size_in_quote=True,
            ),
            *(Ending.FILLED, "0.000297920684505"),
            quantity="0.000297920684505",
            price=None,
        ),
    ],
    trade_routes={"orders/historical/fills": lambda raw: {"fills": [raw], "cursor": ""}},
    trades=[
        Trade("taken", trade(), TRADE_ID, "0.24", "USDT"),
        Trade("made", trade(liquidity_indicator="MAKER"), TRADE_ID, "0.24", "USDT", liquidity="maker"),
        Trade("nobody knows", trade(liquidity_indicator="UNKNOWN_LIQUIDITY_INDICATOR"), TRADE_ID, "0.24", "USDT"),
        Trade("its size in money", trade(size="40", size_in_quote=True), TRADE_ID, "0.24", "USDT"),
    ],
    balance_route="brokerage/accounts",
    balance={
        "accounts": [
            {
                "uuid": uuid,
                "name": f"{currency} Wallet",
                "currency": currency,
                "available_balance": {"value": free, "currency": currency},
                "default": True,
                "active": True,
                "type": kind,
                "ready": True,
                "hold": {"value": hold, "currency": currency},
            }
            for uuid, currency, free, hold, kind in (
                ("a", "BTC", "1", "0.25", "ACCOUNT_TYPE_CRYPTO"),
                ("b", "USDT", "100", "0", "ACCOUNT_TYPE_CRYPTO"),
                ("c", "USDT", "50", "5.5", "ACCOUNT_TYPE_CRYPTO"),
                ("d", "ETH", "0", "0", "ACCOUNT_TYPE_CRYPTO"),
            )
        ],
        "has_next": False,
        "cursor": "",
        "size": 4,
    },
    holds={"BTC": "1.25", "USDT": "155.5"},
    streamed_orders=[
        Order("open: its size is what has filled", told(), quantity="1"),
        Order(
            "filled",
            told(status="FILLED", cumulative_quantity="1", leaves_quantity="0", avg_price="100"),
            *(Ending.FILLED, "1"),
        ),
        Order(
            "cancelled, partly filled",
            told(status="CANCELLED", cumulative_quantity="0.4", leaves_quantity="0"),
            *(Ending.CANCELLED, "0.4"),
            quantity="0.4",
        ),
    ],
)
