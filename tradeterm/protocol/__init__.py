"""The wire contract: what client and server can say to each other, and the arithmetic that both must agree on.

No I/O, no clock, no randomness, and nothing of ours but this package: a bot may import it alone.
"""
