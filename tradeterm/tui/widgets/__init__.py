"""Named after what is on the screen. A widget draws what it is given and posts intent; it never sees the server."""
