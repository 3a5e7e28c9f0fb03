"""From the body of a request to a command of the domain."""
