"""What each command does: orders, positions, accounts, and what their senders are told."""
