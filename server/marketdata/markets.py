"""Which markets the paper exchange lists, and on what terms."""

from decimal import Decimal

from server.domain.markets import Market, decimals_of

# symbol, tick, lot, minimum quantity, decimals, start price
_DEFAULT = (
    ("BTC/USD", "0.5", "0.00001", "0.00005", 2, "45000"),
    ("ETH/USD", "0.05", "0.0001", "0.001", 2, "2450"),
    ("SOL/USD", "0.01", "0.001", "0.02", 2, "101.25"),
    ("XRP/USD", "0.0001", "0.1", "2", 4, "0.5321"),
    ("BNB/USD", "0.01", "0.001", "0.01", 2, "310.34"),
    ("DOGE/USD", "0.00001", "1", "20", 5, "0.08123"),
    ("ADA/USD", "0.0001", "0.1", "5", 4, "0.4417"),
    ("AVAX/USD", "0.01", "0.001", "0.05", 2, "35.1"),
    ("LINK/USD", "0.001", "0.01", "0.1", 3, "14.62"),
    ("DOT/USD", "0.001", "0.01", "0.2", 3, "6.912"),
    ("LTC/USD", "0.01", "0.001", "0.03", 2, "70.11"),
    ("ARB/USD", "0.0001", "0.1", "2", 4, "1.0531"),
)
MIN_NOTIONAL = Decimal(1)


def default_markets(maker_fee: Decimal, taker_fee: Decimal) -> list[Market]:
    """Twelve USD pairs, always open; the first is the one a console opens with."""
    return [
        market_of(
            symbol,
            Decimal(tick),
            Decimal(lot),
            Decimal(minimum),
            MIN_NOTIONAL,
            Decimal(start),
            decimals,
            maker_fee,
            taker_fee,
        )
        for symbol, tick, lot, minimum, decimals, start in _DEFAULT
    ]


def market_of(
    symbol: str,
    tick: Decimal,
    lot: Decimal,
    minimum: Decimal,
    min_notional: Decimal,
    start_price: Decimal,
    price_decimals: int | None,
    maker_fee: Decimal,
    taker_fee: Decimal,
) -> Market:
    """One market's terms; decimals that are not named are the tick's."""
    base, quote = symbol.split("/")
    return Market(
        *(symbol, base, quote, tick, lot, minimum, min_notional),
        price_decimals=decimals_of(tick) if price_decimals is None else price_decimals,
        maker_fee=maker_fee,
        taker_fee=taker_fee,
        start_price=start_price,
    )
