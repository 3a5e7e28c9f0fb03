"""The chart: candles, what lies over them, and which part of them is shown."""
