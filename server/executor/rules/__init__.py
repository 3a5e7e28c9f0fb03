"""What follows from a command or a report of a venue, rule by rule."""
