"""What every reader of a stream shares, whatever dialect it speaks: hub, feeds, places, acknowledgements."""
