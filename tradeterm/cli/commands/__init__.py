"""The trading commands: one file a group, each imported only when it is asked for."""
