"""Kraken's, as its documentation and ccxt's show them: names of its own for coins and pairs, ids as keys, seconds with
fractions, our id in one field and another number in the next, and fees that it says in quote currency alone."""

from typing import Any

from server.venues.exchange.seen import Ending
from tests.exchange.recorded.form import CLIENT_ID, Order, Recorded, Terms, Trade

ORDER_ID, TRADE_ID = "OTLAS3-RRHUF-NDWH5A", "TT5UC3-GOIRW-6AZZ6R"


def order(**changed: Any) -> dict[str, Any]:
    """A limit buy of 1 at 100, open."""
    descr = {
        "pair": "XBTUSD",
        "type": "buy",
        "ordertype": "limit",
        "price": "100",
        "price2": "0",
        "leverage": "none",
        "order": "buy 1.00000000 XBTUSD @ limit 100",
        "close": "",
    }
    base: dict[str, Any] = {
        "refid": None,
        "userref": 0,
        "cl_ord_id": CLIENT_ID,
        "status": "open",
        "reason": None,
        "opentm": 1586822919.3342,
        "starttm": 0,
        "expiretm": 0,
        "descr": {**descr, **changed.pop("descr", {})},
        "vol": "1.00000000",
        "vol_exec": "0.00000000",
        "cost": "0.00000",
        "fee": "0.00000",
        "price": "0.00000",
        "stopprice": "0.00000",
        "limitprice": "0.00000",
        "misc": "",
        "oflags": "fciq",
        "trades": [TRADE_ID],
    }
    return {**base, **changed}


def trade(**changed: Any) -> dict[str, Any]:
    base = {
        "ordertxid": ORDER_ID,
        "postxid": "TKH2SE-M7IF5-CFI7LT",
        "pair": "XXBTZUSD",
        "time": 1586340086.457,
        "type": "buy",
        "ordertype": "limit",
        "price": "100.00000",
        "cost": "40.00000",
        "fee": "0.10400",
        "vol": "0.40000000",
        "margin": "0.00000",
        "misc": "",
        "trade_id": 68230622,
        "maker": False,
    }
    return {**base, **changed}


def told(**changed: Any) -> dict[str, Any]:
    """An order in the stream of executions: numbers are floats, and our id has a field that ccxt does not read."""
    base = {
        "order_id": ORDER_ID,
        "cl_ord_id": CLIENT_ID,
        "order_userref": 0,
        "symbol": "BTC/USD",
        "order_qty": 1.0,
        "cum_qty": 0.0,
        "cum_cost": 0.0,
        "time_in_force": "GTC",
        "exec_type": "new",
        "side": "buy",
        "order_type": "limit",
        "limit_price_type": "static",
        "limit_price": 100.0,
        "stop_price": 0.0,
        "order_status": "new",
        "fee_usd_equiv": 0.0,
        "fee_ccy_pref": "fciq",
        "timestamp": "2023-09-22T10:33:05.709950Z",
    }
    return frame({**base, **changed})


def executed(**changed: Any) -> dict[str, Any]:
    base = {
        "order_id": ORDER_ID,
        "cl_ord_id": CLIENT_ID,
        "exec_id": TRADE_ID,
        "exec_type": "trade",
        "trade_id": 8253473,
        "symbol": "BTC/USD",
        "side": "buy",
        "last_qty": 0.4,
        "last_price": 100.0,
        "liquidity_ind": "t",
        "cost": 40.0,
        "order_userref": 0,
        "order_status": "partially_filled",
        "order_type": "limit",
        "fee_usd_equiv": 0.104,
        "fees": [{"asset": "USD", "qty": 0.104}],
        "timestamp": "2023-09-22T10:33:05.709950Z",
    }
    return frame({**base, **changed})


def frame(data: dict[str, Any]) -> dict[str, Any]:
    return {"channel": "executions", "type": "update", "data": [data], "sequence": 8}


RECORDED = Recorded(
    name="kraken",
    quote="USD",
    order_id=ORDER_ID,
    answers={
        "public/Assets": {
            "error": [],
            "result": {
                "XXBT": {"aclass": "currency", "altname": "XBT", "decimals": 10, "display_decimals": 5},
                "ZUSD": {"aclass": "currency", "altname": "USD", "decimals": 4, "display_decimals": 2},
            },
        },
        "public/AssetPairs": {
            "error": [],
            "result": {
                "XXBTZUSD": {
                    "altname": "XBTUSD",
                    "wsname": "XBT/USD",
                    "aclass_base": "currency",
                    "base": "XXBT",
                    "aclass_quote": "currency",
                    "quote": "ZUSD",
                    "lot": "unit",
                    "pair_decimals": 1,
                    "lot_decimals": 8,
                    "lot_multiplier": 1,
                    "leverage_buy": [],
                    "leverage_sell": [],
                    "fees": [[0, 0.26], [50000, 0.24]],
                    "fees_maker": [[0, 0.16], [50000, 0.14]],
                    "fee_volume_currency": "ZUSD",
                    "margin_call": 80,
                    "margin_stop": 40,
                    "ordermin": "0.00005",
                    "costmin": "0.5",
                    "tick_size": "0.1",
                    "status": "online",
                }
            },
        },
    },
    terms=Terms("0.1", "0.00000001", "0.00005", "0.5", "0.0016", "0.0026"),
    created={"error": [], "result": {"descr": {"order": "buy 1.00000000 XBTUSD @ limit 100"}, "txid": [ORDER_ID]}},
    order_route="private/QueryOrders",
    order_answer=lambda raw: {"error": [], "result": {ORDER_ID: raw}},
    orders=[
        Order("pending", order(status="pending")),
        Order("open", order()),
        Order("open and partly filled", order(vol_exec="0.40000000"), filled="0.4"),
        Order("closed", order(status="closed", vol_exec="1.00000000", price="99.9"), Ending.FILLED, "1"),
        Order(
            "cancelled, partly filled",
            order(status="canceled", vol_exec="0.40000000", reason="User requested"),
            *(Ending.CANCELLED, "0.4"),
            why="User requested",
        ),
        Order(
            "post-only that would have crossed",
            order(status="canceled", reason="Post only order", oflags="fciq,post"),
            Ending.CANCELLED,
            why="Post only order",
        ),
        Order("expired", order(status="expired"), Ending.EXPIRED),
        Order("a word that nobody knows", order(status="resting")),
        Order(
            "at market, whose average is no limit",
            order(
                status="closed",
                vol_exec="1.00000000",
                price="101.5",
                descr={"ordertype": "market", "price": "0", "order": "buy 1.00000000 XBTUSD @ market"},
            ),
            *(Ending.FILLED, "1"),
            price=None,
        ),
        Order(
            "made elsewhere, under a number",
            order(cl_ord_id=None, userref=4711),
            client_id="4711",
        ),
    ],
    trade_routes={
        "private/QueryOrders": lambda raw: {"error": [], "result": {ORDER_ID: order(trades=[TRADE_ID])}},
        "private/QueryTrades": lambda raw: {"error": [], "result": {TRADE_ID: raw}},
    },
    trades=[
        Trade("taken", trade(), TRADE_ID, "0.10400", "USD"),
        Trade("made", trade(maker=True, fee="0.06400"), TRADE_ID, "0.06400", "USD", liquidity="maker"),
        Trade("sold", trade(type="sell"), TRADE_ID, "0.10400", "USD", side="sell"),
    ],
    balance_route="private/BalanceEx",
    balance={
        "error": [],
        "result": {
            "ZUSD": {"balance": "25435.21", "hold_trade": "8249.76"},
            "XXBT": {"balance": "1.2435", "hold_trade": "0.8423"},
            "XETH": {"balance": "0.0000000000", "hold_trade": "0.0"},
        },
    },
    holds={"USD": "25435.21", "BTC": "1.2435"},
    streamed_orders=[
        Order("new", told()),
        Order("pending", told(exec_type="pending_new", order_status="pending_new")),
        Order(
            "cancelled, partly filled",
            told(exec_type="canceled", order_status="canceled", cum_qty=0.4, reason="User requested"),
            *(Ending.CANCELLED, "0.4"),
            why="User requested",
        ),
        Order("small", told(order_qty=0.00001), quantity="0.00001"),
    ],
    streamed_trades=[
        Trade("taken", executed(), TRADE_ID, "0.104", "USD"),
        Trade("made", executed(liquidity_ind="m"), TRADE_ID, "0.104", "USD", liquidity="maker"),
        Trade(
            "fee in what was bought",
            executed(fees=[{"asset": "BTC", "qty": 0.00104}]),
            *(TRADE_ID, "0.00104", "BTC"),
        ),
    ],
    untold=[
        # So a cancel looks: neither pair nor side nor size.
        frame(
            {
                "timestamp": "2025-10-11T15:11:47.695226Z",
                "order_status": "canceled",
                "exec_type": "canceled",
                "order_userref": 0,
                "order_id": ORDER_ID,
                "cum_qty": 0,
                "cum_cost": 0,
                "fee_usd_equiv": 0,
                "avg_price": 0,
                "cancel_reason": "User requested",
                "reason": "User requested",
            }
        )
    ],
)
