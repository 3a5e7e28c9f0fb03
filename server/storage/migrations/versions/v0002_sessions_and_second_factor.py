"""What a session and a second factor must remember: used refresh tokens and codes stay used over a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add("sessions", *(_number(name) for name in ("generation", "opened_at", "renewed_at")))
    _add("sessions", sa.Column("address", sa.Text(), nullable=False, server_default=""))
    _add("users", sa.Column("totp_secret", sa.Text(), nullable=True), _number("totp_step"))


def downgrade() -> None:
    for table, names in (
        ("users", ("totp_step", "totp_secret")),
        ("sessions", ("address", "renewed_at", "opened_at", "generation")),
    ):
        for name in names:
            op.drop_column(table, name)


def _add(table: str, *columns: sa.Column[object]) -> None:
    for column in columns:
        op.add_column(table, column)


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
