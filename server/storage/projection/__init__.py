"""The tables as a view of the journal: what brings them up to it, in a thread or in a process of its own."""
