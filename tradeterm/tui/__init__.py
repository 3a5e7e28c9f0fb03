"""The console: the only importer of Textual. State comes down through selectors, intent goes up as messages."""
