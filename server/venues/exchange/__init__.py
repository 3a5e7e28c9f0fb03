"""A real exchange behind the Venue port: orders through ccxt, what became of them by proof."""
