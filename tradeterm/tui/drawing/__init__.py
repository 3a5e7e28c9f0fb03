"""From values to text and colours; knows no widget."""
