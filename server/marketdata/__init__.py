"""What the markets look like: flows, candles, statistics and conflation."""
