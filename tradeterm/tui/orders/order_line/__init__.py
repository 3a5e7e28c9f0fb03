"""The order line: one line of text, what it means, and what it would do. Pure; nothing here sends."""
