"""Who somebody is: passwords, tokens, sessions, and how guessing is slowed down."""
