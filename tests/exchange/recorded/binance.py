"""Binance spot's: eight decimals, a cancel that goes by a name of its own, ends that are called expired, and fees in whatever
coin the account pays them in."""

from typing import Any

from server.venues.exchange.seen import Ending
from tests.exchange.recorded.form import CLIENT_ID, Order, Recorded, Terms, Trade

ORDER_ID, TRADE_ID = "28457", "9960"


def order(**changed: Any) -> dict[str, Any]:
    base = {
        "symbol": "BTCUSDT",
        "orderId": int(ORDER_ID),
        "orderListId": -1,
        "clientOrderId": CLIENT_ID,
        "price": "100.00000000",
        "origQty": "1.00000000",
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": 1499827319559,
        "updateTime": 1499827319559,
        "isWorking": True,
        "workingTime": 1499827319559,
        "selfTradePreventionMode": "NONE",
    }
    return {**base, **changed}


def trade(**changed: Any) -> dict[str, Any]:
    base = {
        "symbol": "BTCUSDT",
        "id": int(TRADE_ID),
        "orderId": int(ORDER_ID),
        "orderListId": -1,
        "price": "100.00000000",
        "qty": "0.40000000",
        "quoteQty": "40.00000000",
        "commission": "0.00040000",
        "commissionAsset": "BTC",
        "time": 1499865549590,
        "isBuyer": True,
        "isMaker": False,
        "isBestMatch": True,
    }
    return {**base, **changed}


def told(**changed: Any) -> dict[str, Any]:
    base = {
        "e": "executionReport",
        "E": 1499405658658,
        "s": "BTCUSDT",
        "c": CLIENT_ID,
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "1.00000000",
        "p": "100.00000000",
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": "NEW",
        "X": "NEW",
        "r": "NONE",
        "i": int(ORDER_ID),
        "l": "0.00000000",
        "z": "0.00000000",
        "L": "0.00000000",
        "n": "0",
        "N": None,
        "T": 1499405658657,
        "t": -1,
        "I": 8641984,
        "w": True,
        "m": False,
        "M": False,
        "O": 1499405658657,
        "Z": "0.00000000",
        "Y": "0.00000000",
        "Q": "0.00000000",
        "W": 1499405658657,
        "V": "NONE",
    }
    return {"subscriptionId": 0, "event": {**base, **changed}}


def executed(**changed: Any) -> dict[str, Any]:
    fill = {
        "x": "TRADE",
        "X": "PARTIALLY_FILLED",
        "l": "0.40000000",
        "z": "0.40000000",
        "L": "100.00000000",
        "n": "0.00040000",
        "N": "BTC",
        "t": int(TRADE_ID),
        "Z": "40.00000000",
        "Y": "40.00000000",
    }
    return told(**{**fill, **changed})


FEELESS = {name: value for name, value in executed()["event"].items() if name not in ("n", "N")}
RECORDED = Recorded(
    name="binance",
    order_id=ORDER_ID,
    answers={
        "exchangeInfo": {
            "timezone": "UTC",
            "serverTime": 1565246363776,
            "rateLimits": [],
            "exchangeFilters": [],
            "symbols": [
                {
                    "symbol": "BTCUSDT",
                    "status": "TRADING",
                    "baseAsset": "BTC",
                    "baseAssetPrecision": 8,
                    "quoteAsset": "USDT",
                    "quotePrecision": 8,
                    "quoteAssetPrecision": 8,
                    "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
                    "icebergAllowed": True,
                    "ocoAllowed": True,
                    "isSpotTradingAllowed": True,
                    "isMarginTradingAllowed": True,
                    "filters": [
                        {
                            "filterType": "PRICE_FILTER",
                            "minPrice": "0.01000000",
                            "maxPrice": "1000000.00000000",
                            "tickSize": "0.01000000",
                        },
                        {
                            "filterType": "LOT_SIZE",
                            "minQty": "0.00001000",
                            "maxQty": "9000.00000000",
                            "stepSize": "0.00001000",
                        },
                        {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True},
                    ],
                    "permissions": [],
                    "permissionSets": [["SPOT", "MARGIN"]],
                }
            ],
        },
    },
    terms=Terms("0.01", "0.00001", "0.00001", "5", "0.001", "0.001"),
    created=order(transactTime=1507725176595, fills=[]),
    order_route="api/v3/order",
    order_answer=lambda raw: raw,
    orders=[
        Order("new", order()),
        Order("partly filled", order(status="PARTIALLY_FILLED", executedQty="0.40000000"), filled="0.4"),
        Order("filled", order(status="FILLED", executedQty="1.00000000"), Ending.FILLED, "1"),
        Order("cancelled, partly filled", order(status="CANCELED", executedQty="0.40000000"), Ending.CANCELLED, "0.4"),
        Order(
            "what is left of an immediate one",
            order(status="EXPIRED", executedQty="0.40000000", timeInForce="IOC"),
            *(Ending.EXPIRED, "0.4"),
        ),
        Order("against an order of one's own", order(status="EXPIRED_IN_MATCH"), Ending.EXPIRED),
        Order("refused after it was taken", order(status="REJECTED"), Ending.REJECTED),
        Order("our id in capitals", order(clientOrderId=CLIENT_ID.upper())),
        Order(
            "in numbers, and with more than is known",
            order(price=100.0, origQty=1, executedQty=4e-05, status="PARTIALLY_FILLED", orderId=ORDER_ID, news=[{}]),
            filled="0.00004",
        ),
        Order("about to be cancelled", order(status="PENDING_CANCEL")),
        Order("a word that nobody knows", order(status="SOMETHING_NEW")),
        Order(
            "at market for an amount of money",
            order(
                status="FILLED",
                type="MARKET",
                price="0.00000000",
                origQty="0.40000000",
                executedQty="0.40000000",
                origQuoteOrderQty="40.00000000",
                cummulativeQuoteQty="40.00000000",
            ),
            *(Ending.FILLED, "0.4"),
            quantity="0.4",
            price=None,
        ),
    ],
    trade_routes={"myTrades": lambda raw: [raw]},
    trades=[
        Trade("taken", trade(), TRADE_ID, "0.0004", "BTC"),
        Trade("made", trade(isMaker=True), TRADE_ID, "0.0004", "BTC", liquidity="maker"),
        Trade(
            "paid in another coin", trade(commission="0.00012345", commissionAsset="BNB"), TRADE_ID, "0.00012345", "BNB"
        ),
        Trade(
            "sold",
            trade(isBuyer=False, commission="0.04000000", commissionAsset="USDT"),
            *(TRADE_ID, "0.04", "USDT"),
            side="sell",
        ),
    ],
    balance_route="api/v3/account",
    balance={
        "makerCommission": 10,
        "takerCommission": 10,
        "canTrade": True,
        "accountType": "SPOT",
        "updateTime": 1499405658658,
        "balances": [
            {"asset": "BTC", "free": "4723846.89208129", "locked": "0.00000001"},
            {"asset": "USDT", "free": "1.00000000", "locked": "2.50000000"},
            {"asset": "LDETH", "free": "0.00000000", "locked": "0.00000000"},
            {"asset": "SOL", "free": 1.5},
            {"asset": "1000SATS", "free": 1e-08, "locked": None},
        ],
        "permissions": ["SPOT"],
    },
    holds={"BTC": "4723846.8920813", "USDT": "3.5", "SOL": "1.5", "1000SATS": "0.00000001"},
    streamed_orders=[
        Order("new", told()),
        Order("partly filled", executed(), filled="0.4"),
        Order("without its envelope", executed()["event"], filled="0.4"),
        Order("our id in capitals", told(c=CLIENT_ID.upper())),
        Order(
            "cancelled: by a name of the cancel's own",
            told(c="web_4f1", C=CLIENT_ID, x="CANCELED", X="CANCELED"),
            Ending.CANCELLED,
        ),
        Order("what is left of an immediate one", told(x="EXPIRED", X="EXPIRED", f="IOC"), Ending.EXPIRED),
        Order(
            "refused",
            told(x="REJECTED", X="REJECTED", r="INSUFFICIENT_BALANCES"),
            Ending.REJECTED,
            why="INSUFFICIENT_BALANCES",
        ),
    ],
    streamed_trades=[
        Trade("taken", executed(), TRADE_ID, "0.0004", "BTC"),
        Trade(
            "made, and paid in another coin",
            executed(m=True, n="0.00012345", N="BNB"),
            TRADE_ID,
            "0.00012345",
            "BNB",
            liquidity="maker",
        ),
        Trade("for nothing", executed(n="0", N=None), TRADE_ID, "0", ""),
        Trade("without a word of its fee", {**executed(), "event": FEELESS}, TRADE_ID, None, ""),
        Trade("in numbers", executed(l=0.4, z=0.4, L=100.0, n=0.0004), TRADE_ID, "0.0004", "BTC"),
    ],
)
