"""OKX's: everything is text, empty where there is none, a fee that was paid is negative, and a trade in the stream is an
order with its last fill in it."""

from typing import Any

from server.venues.exchange.seen import Ending
from tests.exchange.recorded.form import CLIENT_ID, Order, Recorded, Terms, Trade

ORDER_ID, TRADE_ID = "317251910906576896", "107601752"


def order(**changed: Any) -> dict[str, Any]:
    base = {
        "accFillSz": "0",
        "avgPx": "",
        "cTime": "1621910749815",
        "category": "normal",
        "ccy": "",
        "clOrdId": CLIENT_ID,
        "fee": "0",
        "feeCcy": "BTC",
        "fillPx": "",
        "fillSz": "0",
        "fillTime": "",
        "instId": "BTC-USDT",
        "instType": "SPOT",
        "lever": "",
        "ordId": ORDER_ID,
        "ordType": "limit",
        "pnl": "0",
        "posSide": "net",
        "px": "100",
        "rebate": "0",
        "rebateCcy": "USDT",
        "side": "buy",
        "state": "live",
        "sz": "1",
        "tag": "",
        "tdMode": "cash",
        "tgtCcy": "",
        "tradeId": "",
        "uTime": "1621910749815",
        "cancelSource": "",
        "cancelSourceReason": "",
    }
    return {**base, **changed}


def trade(**changed: Any) -> dict[str, Any]:
    base = {
        "side": "buy",
        "fillSz": "0.4",
        "fillPx": "100",
        "fee": "-0.0004",
        "ordId": ORDER_ID,
        "instType": "SPOT",
        "instId": "BTC-USDT",
        "clOrdId": CLIENT_ID,
        "posSide": "net",
        "billId": "317321390265368576",
        "tag": "0",
        "execType": "T",
        "tradeId": TRADE_ID,
        "feeCcy": "BTC",
        "ts": "1621927314985",
    }
    return {**base, **changed}


def told(**changed: Any) -> dict[str, Any]:
    more = {"reqId": "", "msg": "", "amendResult": "", "code": "0", "execType": "", "fillFee": "0", "fillFeeCcy": ""}
    return {"arg": {"channel": "orders", "instType": "ANY", "uid": "1"}, "data": [order(**{**more, **changed})]}


def filled(**changed: Any) -> dict[str, Any]:
    fill = {
        "accFillSz": "0.4",
        "avgPx": "100",
        "state": "partially_filled",
        "fillPx": "100",
        "fillSz": "0.4",
        "fillTime": "1751705807467",
        "tradeId": TRADE_ID,
        "fee": "-0.0004",
        "fillFee": "-0.0004",
        "fillFeeCcy": "BTC",
        "execType": "T",
    }
    return told(**{**fill, **changed})


RECORDED = Recorded(
    name="okx",
    order_id=ORDER_ID,
    more={"password": "p"},
    answers={
        "public/instruments": {
            "code": "0",
            "msg": "",
            "data": [
                {
                    "alias": "",
                    "baseCcy": "BTC",
                    "category": "1",
                    "ctMult": "",
                    "ctType": "",
                    "ctVal": "",
                    "ctValCcy": "",
                    "expTime": "",
                    "instId": "BTC-USDT",
                    "instType": "SPOT",
                    "lever": "10",
                    "listTime": "1548133413000",
                    "lotSz": "0.00000001",
                    "minSz": "0.00001",
                    "optType": "",
                    "quoteCcy": "USDT",
                    "settleCcy": "",
                    "state": "live",
                    "stk": "",
                    "tickSz": "0.1",
                    "uly": "",
                }
            ],
        },
        "asset/currencies": {"code": "0", "msg": "", "data": []},
    },
    terms=Terms("0.1", "0.00000001", "0.00001", "0", "0.001", "0.0015"),
    created={
        "code": "0",
        "msg": "",
        "data": [{"clOrdId": CLIENT_ID, "ordId": ORDER_ID, "tag": "", "sCode": "0", "sMsg": ""}],
    },
    order_route="trade/order",
    order_answer=lambda raw: {"code": "0", "msg": "", "data": [raw]},
    orders=[
        Order("live", order()),
        Order("partly filled", order(state="partially_filled", accFillSz="0.4", avgPx="100"), filled="0.4"),
        Order("filled", order(state="filled", accFillSz="1", avgPx="99.9"), Ending.FILLED, "1"),
        Order(
            "cancelled, partly filled",
            order(state="canceled", accFillSz="0.4", cancelSource="1", cancelSourceReason="Order canceled by user"),
            *(Ending.CANCELLED, "0.4"),
            why="Order canceled by user",
        ),
        Order("what is left of an immediate one", order(ordType="ioc", state="canceled"), Ending.CANCELLED),
        Order(
            "post-only that would have crossed",
            order(ordType="post_only", state="canceled", cancelSourceReason="Post only order would take liquidity"),
            Ending.CANCELLED,
            why="Post only order would take liquidity",
        ),
        Order("by a maker's protection", order(state="mmp_canceled"), Ending.CANCELLED),
        Order("failed", order(state="order_failed"), Ending.CANCELLED),
        Order("a word that nobody knows", order(state="frozen")),
        Order("made elsewhere, without a name", order(clOrdId=""), client_id=None),
        Order(
            "at market for an amount of money",
            order(ordType="market", tgtCcy="quote_ccy", sz="40", px="", state="filled", accFillSz="0.4", avgPx="100"),
            *(Ending.FILLED, "0.4"),
            quantity="0.4",
            price=None,
        ),
    ],
    trade_routes={"trade/fills-history": lambda raw: {"code": "0", "msg": "", "data": [raw]}},
    trades=[
        Trade("taken: what was paid is negative there", trade(), TRADE_ID, "0.0004", "BTC"),
        Trade(
            "made, and given something for it",
            trade(execType="M", fee="0.00002"),
            TRADE_ID,
            "-0.00002",
            "BTC",
            liquidity="maker",
        ),
        Trade("sold", trade(side="sell", fee="-0.04", feeCcy="USDT"), TRADE_ID, "0.04", "USDT", side="sell"),
    ],
    balance_route="account/balance",
    balance={
        "code": "0",
        "msg": "",
        "data": [
            {
                "uTime": "1621927314985",
                "details": [
                    {
                        "ccy": "USDT",
                        "eq": "49.25",
                        "cashBal": "49.25",
                        "availEq": "",
                        "availBal": "40",
                        "frozenBal": "9.25",
                    },
                    {
                        "ccy": "BTC",
                        "eq": "0.5",
                        "cashBal": "0.5",
                        "availEq": "0.5",
                        "availBal": "0.5",
                        "frozenBal": "0",
                    },
                    {"ccy": "ETH", "eq": "0", "cashBal": "0", "availEq": "", "availBal": "0", "frozenBal": "0"},
                ],
            }
        ],
    },
    holds={"USDT": "49.25", "BTC": "0.5"},
    streamed_orders=[
        Order("live", told()),
        Order("partly filled", filled(), filled="0.4"),
        Order("cancelled", told(state="canceled", accFillSz="0.4"), Ending.CANCELLED, "0.4"),
    ],
    streamed_trades=[
        Trade("taken: the same sign as in a look-up", filled(), TRADE_ID, "0.0004", "BTC"),
        Trade(
            "made, and given something for it",
            filled(execType="M", fillFee="0.00002"),
            *(TRADE_ID, "-0.00002", "BTC"),
            liquidity="maker",
        ),
        Trade("without a word of its fee", filled(fillFee="", fillFeeCcy=""), TRADE_ID, None, ""),
    ],
)
