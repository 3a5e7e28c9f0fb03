"""The tables are a view of the journal's file from here on (see `server.storage.journal.file`): an older program, which
would read and write them without it, must not. Nothing in them changes; what is in them already stays where it is."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: the file is made by the server that opens the database."""


def downgrade() -> None:
    """Nothing: but what the journal's file has and the tables do not is then lost."""
