"""The names of the rows of `meta`, each a fact about the database. Imports nothing: the projector's process is small."""

from typing import Final

EPOCH: Final = "epoch"  # the name of the unbroken history
EPOCH_OF: Final = "epoch of "  # … of an account that has its own; its name follows
VENUE: Final = "venue"  # that the database belongs to
COPIED: Final = "copied"  # there in a backup that no server has opened yet
JOURNAL: Final = "journal"  # the identity of the journal that the tables are a view of …
PROJECTED: Final = "projected"  # … the number of the last commit that is in them …
CUT: Final = "journal_cut"  # … and of the last one whose events are no longer kept
HEAD_CURSOR: Final = "head_cursor"  # of the last event that was in a commit
LAST_VENUE_TRADE: Final = "last_venue_trade_id"  # the venue's id of the last trade that it told us
