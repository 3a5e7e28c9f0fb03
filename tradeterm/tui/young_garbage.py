"""Garbage is looked for among what is new: what a start made stays, and looking through all of it stops keys and paint for some
fifty milliseconds."""

import gc

THRESHOLD = (5_000, 10, 10)  # objects until the youngest are looked through, which takes a millisecond


def look_at_the_young_alone() -> None:
    """Once in the life of a process, when all that stays is there."""
    gc.freeze()
    gc.set_threshold(*THRESHOLD)
