"""The command line: one file a command group, and the composition root of the terminal side."""
