"""The server's own command line, one file a command group."""
