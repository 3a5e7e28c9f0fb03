"""Carries committed events from the executor to those who view them."""
