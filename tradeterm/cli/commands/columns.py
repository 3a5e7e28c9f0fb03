"""Which columns the tables of the trading commands have. JSON knows no columns: it has every key."""

from tradeterm.cli.commands.printing import TextColumn

ORDERS = (
    TextColumn("ID", "id"),
    TextColumn("SYMBOL", "symbol"),
    TextColumn("SIDE", "side"),
    TextColumn("TYPE", "type"),
    TextColumn("QUANTITY", "quantity", True),
    TextColumn("FILLED", "filledQuantity", True),
    TextColumn("PRICE", "price", True),
    TextColumn("STOP", "stopPrice", True),
    TextColumn("AVERAGE", "averagePrice", True),
    TextColumn("STATUS", "status"),
    TextColumn("CREATED", "createdAt"),
)
POSITIONS = (
    TextColumn("SYMBOL", "symbol"),
    TextColumn("SIDE", "side"),
    TextColumn("QUANTITY", "quantity", True),
    TextColumn("ENTRY", "entryPrice", True),
    TextColumn("MARK", "currentPrice", True),
    TextColumn("UNREALIZED", "unrealizedPnL", True),
    TextColumn("REALIZED", "realizedPnL", True),
    TextColumn("FEES", "feesPaid", True),
    TextColumn("NET TOTAL", "netTotalPnL", True),
    TextColumn("BREAK-EVEN", "breakEvenPrice", True),
)
TRADES = (
    TextColumn("EXECUTED", "executedAt"),
    TextColumn("SYMBOL", "symbol"),
    TextColumn("SIDE", "side"),
    TextColumn("TYPE", "type"),
    TextColumn("QUANTITY", "quantity", True),
    TextColumn("PRICE", "price", True),
    TextColumn("VALUE", "value", True),
    TextColumn("FEE", "fee", True),
    TextColumn("REALIZED", "realizedPnL", True),
    TextColumn("ORDER", "orderId"),
)
BALANCES = (
    TextColumn("ASSET", "asset"),
    TextColumn("TOTAL", "total", True),
    TextColumn("AVAILABLE", "available", True),
    TextColumn("RESERVED", "reserved", True),
)
MARKETS = (
    TextColumn("SYMBOL", "symbol"),
    TextColumn("TICK", "tick", True),
    TextColumn("LOT", "lot", True),
    TextColumn("MIN QUANTITY", "minQuantity", True),
    TextColumn("MIN NOTIONAL", "minNotional", True),
    TextColumn("MAKER FEE", "makerFee", True),
    TextColumn("TAKER FEE", "takerFee", True),
    TextColumn("STATE", "state"),
)
QUOTES = (
    TextColumn("SYMBOL", "symbol"),
    TextColumn("BID SIZE", "bidSize", True),
    TextColumn("BID", "bid", True),
    TextColumn("ASK", "ask", True),
    TextColumn("ASK SIZE", "askSize", True),
    TextColumn("LAST", "last", True),
    TextColumn("24H %", "changePercent24h", True),
    TextColumn("TIME", "time"),
)
DEPTH = (
    TextColumn("BID SIZE", "bidSize", True),
    TextColumn("BID", "bid", True),
    TextColumn("ASK", "ask", True),
    TextColumn("ASK SIZE", "askSize", True),
)
CANDLES = (
    TextColumn("TIME", "time"),
    TextColumn("OPEN", "open", True),
    TextColumn("HIGH", "high", True),
    TextColumn("LOW", "low", True),
    TextColumn("CLOSE", "close", True),
    TextColumn("VOLUME", "volume", True),
    TextColumn("TRADES", "trades", True),
)
EVENTS = (
    TextColumn("SEQ", "seq", True),
    TextColumn("TIME", "time"),
    TextColumn("EVENT", "event"),
    TextColumn("WHAT", "what"),
)
CHECKS = (TextColumn("CHECK", "check"), TextColumn("STATE", "state"), TextColumn("DETAIL", "detail"))
SETTINGS = (TextColumn("SETTING", "setting"), TextColumn("VALUE", "value"), TextColumn("FROM", "source"))
