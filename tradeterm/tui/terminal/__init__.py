"""The way to the terminal: what changed on the screen as few bytes as can be, and never more than one frame at a time."""
