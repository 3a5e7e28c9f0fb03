"""How orders reach a market."""
