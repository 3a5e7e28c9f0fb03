"""The journal: what a commit is as a record, the file of them, and the one writer's doors to it."""
