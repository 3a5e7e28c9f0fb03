"""What is read and written beside the journal: histories, users, candles, epochs."""
