"""The trading rules: what a command may do and what follows from it. No await, no clock, no randomness, no logging."""
