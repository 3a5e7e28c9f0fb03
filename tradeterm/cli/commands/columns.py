"""Which columns the tables of the trading commands have. JSON knows no columns: it has every key."""

from tradeterm.cli.commands.printing import Column

ORDERS = (
    Column("ID", "id"),
    Column("SYMBOL", "symbol"),
    Column("SIDE", "side"),
    Column("TYPE", "type"),
    Column("QUANTITY", "quantity", True),
    Column("FILLED", "filledQuantity", True),
    Column("PRICE", "price", True),
    Column("STOP", "stopPrice", True),
    Column("AVERAGE", "averagePrice", True),
    Column("STATUS", "status"),
    Column("CREATED", "createdAt"),
)
POSITIONS = (
    Column("SYMBOL", "symbol"),
    Column("SIDE", "side"),
    Column("QUANTITY", "quantity", True),
    Column("ENTRY", "entryPrice", True),
    Column("MARK", "currentPrice", True),
    Column("UNREALIZED", "unrealizedPnL", True),
    Column("REALIZED", "realizedPnL", True),
    Column("FEES", "feesPaid", True),
    Column("NET TOTAL", "netTotalPnL", True),
    Column("BREAK-EVEN", "breakEvenPrice", True),
)
TRADES = (
    Column("EXECUTED", "executedAt"),
    Column("SYMBOL", "symbol"),
    Column("SIDE", "side"),
    Column("TYPE", "type"),
    Column("QUANTITY", "quantity", True),
    Column("PRICE", "price", True),
    Column("VALUE", "value", True),
    Column("FEE", "fee", True),
    Column("REALIZED", "realizedPnL", True),
    Column("ORDER", "orderId"),
)
BALANCES = (
    Column("ASSET", "asset"),
    Column("TOTAL", "total", True),
    Column("AVAILABLE", "available", True),
    Column("RESERVED", "reserved", True),
)
EVENTS = (Column("SEQ", "seq", True), Column("TIME", "time"), Column("EVENT", "event"), Column("WHAT", "what"))
CHECKS = (Column("CHECK", "check"), Column("STATE", "state"), Column("DETAIL", "detail"))
SETTINGS = (Column("SETTING", "setting"), Column("VALUE", "value"), Column("FROM", "source"))
