"""Why a database is refused, one error a reason; each text is one clear sentence without a secret."""


class DatabaseRefused(Exception):
    """The database cannot be used as asked; nothing in it was touched."""


class DatabaseLocked(DatabaseRefused):
    """Another server writes it."""


class DatabaseDamaged(DatabaseRefused):
    """It is not what was written: no SQLite file, cut short, or broken inside."""


class DatabaseNewer(DatabaseRefused):
    """A later version of the program has changed its tables."""


class DatabaseForeign(DatabaseRefused):
    """A sound database of something else."""


class VenueMismatch(DatabaseRefused):
    """It belongs to another venue."""


class DatabaseUnavailable(DatabaseRefused):
    """It cannot be reached: no such folder, no right, no server, no driver, or an address that is none."""
