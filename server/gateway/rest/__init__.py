"""The REST API: one file a group of routes."""
