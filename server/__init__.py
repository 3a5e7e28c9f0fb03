"""The server behind the desk: the order executor, the journal and the gateway."""
