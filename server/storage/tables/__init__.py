"""The tables: their shape, the statements made from it, and how the ports' values stand in a row."""
