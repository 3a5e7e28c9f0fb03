"""Events stand in the journal's records alone from here on, and the tables say in which. What stands as rows stays there:
it is read before them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_runs",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "first_seq", name="pk_event_runs"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """What the records alone have is not in the tables of an older program."""
    op.drop_table("event_runs")
