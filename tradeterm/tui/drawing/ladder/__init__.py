"""The ladder: which prices its lines stand for, and what each looks like."""
