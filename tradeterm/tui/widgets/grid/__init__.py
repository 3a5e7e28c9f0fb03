"""A table of rows that come, go and move: what stands in it, where its cursor is, how it is drawn, and its keys."""
