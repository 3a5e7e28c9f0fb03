"""The trade screen: layout, keys, and the flows behind them."""
