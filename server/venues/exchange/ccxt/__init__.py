"""An exchange through ccxt: its requests and streams as values of ours, and how exchanges differ where ccxt does not level it."""
