"""The REST API: its groups of routes, and what they share."""
