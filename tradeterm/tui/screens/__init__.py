"""One file a screen or dialog; keys and layout, no reading of sockets."""
