"""Recorded markets: files read row by row, put in order, and played through the paper venue."""
