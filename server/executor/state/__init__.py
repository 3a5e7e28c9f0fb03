"""What the executor knows, and how it is written: ledger, journal rows, payloads."""
