"""The way out of the console: what it may ask for and what it is told."""
