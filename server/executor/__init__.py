"""In which order things happen: the core that decides, and the one task that runs it."""
