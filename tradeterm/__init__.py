"""A trading desk in a terminal. Holds the version and nothing else: importing any part of the package runs this file."""

__version__ = "0.1.0"
