"""Bybit's: a partly filled order that was cancelled is a state of its own, fees are in what was received, and a spot order
looks like a contract's."""

from typing import Any

from server.venues.exchange.seen import Ending
from tests.exchange.recorded.form import CLIENT_ID, Order, Recorded, Terms, Trade

ORDER_ID, TRADE_ID = "1321052653536515584", "2210000000101610464"


def order(**changed: Any) -> dict[str, Any]:
    base = {
        "symbol": "BTCUSDT",
        "orderType": "Limit",
        "orderLinkId": CLIENT_ID,
        "orderId": ORDER_ID,
        "cancelType": "UNKNOWN",
        "avgPrice": "",
        "stopOrderType": "",
        "lastPriceOnCreated": "",
        "orderStatus": "New",
        "takeProfit": "",
        "cumExecValue": "0",
        "triggerDirection": 0,
        "isLeverage": "0",
        "rejectReason": "EC_NoError",
        "price": "100",
        "orderIv": "",
        "createdTime": "1672217748287",
        "tpTriggerBy": "",
        "positionIdx": 0,
        "timeInForce": "GTC",
        "leavesValue": "100",
        "updatedTime": "1672217748287",
        "side": "Buy",
        "triggerPrice": "",
        "cumExecFee": "0",
        "leavesQty": "1",
        "slTriggerBy": "",
        "closeOnTrigger": False,
        "cumExecQty": "0",
        "reduceOnly": False,
        "qty": "1",
        "stopLoss": "",
        "triggerBy": "",
        "marketUnit": "",
        "tpslMode": "",
    }
    return {**base, **changed}


def trade(**changed: Any) -> dict[str, Any]:
    base = {
        "symbol": "BTCUSDT",
        "orderType": "Limit",
        "underlyingPrice": "",
        "orderLinkId": CLIENT_ID,
        "orderId": ORDER_ID,
        "stopOrderType": "",
        "execTime": "1699445151998",
        "feeRate": "0.001",
        "tradeIv": "",
        "blockTradeId": "",
        "markPrice": "",
        "execPrice": "100",
        "markIv": "",
        "orderQty": "1",
        "orderPrice": "100",
        "execValue": "40",
        "closedSize": "",
        "execType": "Trade",
        "seq": "19157444346",
        "side": "Buy",
        "indexPrice": "",
        "leavesQty": "0.6",
        "isMaker": False,
        "execFee": "0.0004",
        "execId": TRADE_ID,
        "execQty": "0.4",
    }
    return {**base, **changed}


def told(**changed: Any) -> dict[str, Any]:
    return {
        "id": "5923240c6880ab-c59f-420b-9adb-3639adc9dd90",
        "topic": "order",
        "creationTime": 1672364262474,
        "data": [{"category": "spot", **order(**changed)}],
    }


def executed(**changed: Any) -> dict[str, Any]:
    return {
        "id": "592324803b2785-26fa-4214-9963-bdd4727f07be",
        "topic": "execution",
        "creationTime": 1672364174455,
        "data": [{"category": "spot", "feeCoin": "BTC", **trade(**changed)}],
    }


RECORDED = Recorded(
    name="bybit",
    order_id=ORDER_ID,
    answers={
        "asset/coin/query-info": {"retCode": 0, "retMsg": "", "result": {"rows": []}, "time": 1672712468011},
        "user/query-api": {"retCode": 0, "retMsg": "", "result": {"uta": 1, "unified": 0}, "time": 1672712468011},
        "account/info": {"retCode": 0, "retMsg": "", "result": {"unifiedMarginStatus": 5}, "time": 1672712468011},
        "market/instruments-info": {
            "retCode": 0,
            "retMsg": "OK",
            "result": {
                "category": "spot",
                "list": [
                    {
                        "symbol": "BTCUSDT",
                        "baseCoin": "BTC",
                        "quoteCoin": "USDT",
                        "innovation": "0",
                        "status": "Trading",
                        "marginTrading": "both",
                        "lotSizeFilter": {
                            "basePrecision": "0.000001",
                            "quotePrecision": "0.00000001",
                            "minOrderQty": "0.00004",
                            "maxOrderQty": "63.01197227",
                            "minOrderAmt": "1",
                            "maxOrderAmt": "100000",
                        },
                        "priceFilter": {"tickSize": "0.01"},
                    }
                ],
            },
            "retExtInfo": {},
            "time": 1672712468011,
        },
    },
    terms=Terms("0.01", "0.000001", "0.00004", "1", "0.001", "0.001"),
    created={
        "retCode": 0,
        "retMsg": "OK",
        "result": {"orderId": ORDER_ID, "orderLinkId": CLIENT_ID},
        "retExtInfo": {},
        "time": 1672211918471,
    },
    order_route="order/realtime",
    order_answer=lambda raw: {"retCode": 0, "retMsg": "OK", "result": {"category": "spot", "list": [raw]}, "time": 1},
    orders=[
        Order("new", order()),
        Order("partly filled", order(orderStatus="PartiallyFilled", cumExecQty="0.4", leavesQty="0.6"), filled="0.4"),
        Order("filled", order(orderStatus="Filled", cumExecQty="1", leavesQty="0"), Ending.FILLED, "1"),
        Order(
            "partly filled and cancelled, which is a word of its own",
            order(
                orderStatus="PartiallyFilledCanceled",
                cumExecQty="0.4",
                leavesQty="0",
                rejectReason="EC_PerCancelRequest",
            ),
            *(Ending.CANCELLED, "0.4"),
            why="EC_PerCancelRequest",
        ),
        Order("cancelled", order(orderStatus="Cancelled", leavesQty="0"), Ending.CANCELLED),
        Order(
            "post-only that would have crossed",
            order(
                orderStatus="Cancelled",
                leavesQty="0",
                timeInForce="PostOnly",
                rejectReason="EC_PostOnlyWillTakeLiquidity",
            ),
            Ending.CANCELLED,
            why="EC_PostOnlyWillTakeLiquidity",
        ),
        Order(
            "refused after it was taken",
            order(orderStatus="Rejected", leavesQty="0", rejectReason="EC_NoEnoughQtyToFill"),
            Ending.REJECTED,
            why="EC_NoEnoughQtyToFill",
        ),
        Order("a word that nobody knows", order(orderStatus="Frozen")),
        Order("made elsewhere, without a name", order(orderLinkId=""), client_id=None),
        Order(
            "at market for an amount of money",
            order(
                orderType="Market",
                qty="40",
                price="0",
                orderStatus="Filled",
                cumExecQty="0.4",
                cumExecValue="40",
                leavesQty="0",
                avgPrice="100",
            ),
            *(Ending.FILLED, "0.4"),
            quantity="0.4",
            price=None,
        ),
    ],
    trade_routes={
        "execution/list": lambda raw: {
            "retCode": 0,
            "retMsg": "OK",
            "result": {"category": "spot", "list": [raw]},
            "time": 1,
        }
    },
    trades=[
        Trade("taken: the fee is in what was bought", trade(), TRADE_ID, "0.0004", "BTC"),
        Trade("made", trade(isMaker=True), TRADE_ID, "0.0004", "BTC", liquidity="maker"),
        Trade("sold", trade(side="Sell", execFee="0.04"), TRADE_ID, "0.04", "USDT", side="sell"),
        Trade(
            "given something for it",
            trade(isMaker=True, execFee="-0.004"),
            TRADE_ID,
            "-0.004",
            "USDT",
            liquidity="maker",
        ),
    ],
    balance_route="account/wallet-balance",
    balance={
        "retCode": 0,
        "retMsg": "OK",
        "result": {
            "list": [
                {
                    "accountType": "UNIFIED",
                    "coin": [
                        {
                            "coin": "BTC",
                            "equity": "0.5",
                            "walletBalance": "0.5",
                            "locked": "0.1",
                            "availableToWithdraw": "",
                        },
                        {
                            "coin": "USDT",
                            "equity": "1000",
                            "walletBalance": "1000",
                            "locked": "0",
                            "availableToWithdraw": "",
                        },
                        {"coin": "ETH", "equity": "0", "walletBalance": "0", "locked": "0", "availableToWithdraw": ""},
                    ],
                }
            ]
        },
        "time": 1672125441042,
    },
    holds={"BTC": "0.5", "USDT": "1000"},
    streamed_orders=[
        Order("new", told()),
        Order(
            "partly filled and cancelled",
            told(orderStatus="PartiallyFilledCanceled", cumExecQty="0.4", leavesQty="0"),
            *(Ending.CANCELLED, "0.4"),
        ),
    ],
    streamed_trades=[
        Trade("taken", executed(), TRADE_ID, "0.0004", "BTC"),
        Trade("sold", executed(side="Sell", execFee="0.04", feeCoin="USDT"), TRADE_ID, "0.04", "USDT", side="sell"),
    ],
)
