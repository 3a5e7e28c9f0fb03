"""What the person at the console wants with an order, before and while it is sent."""
