"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_IS_OPEN = sa.text("is_open = 1")


def upgrade() -> None:
    _database()
    _users()
    _accounts()
    _orders()
    _trades()
    _positions()
    _events()
    _markets()


def downgrade() -> None:
    """Take everything away again, in the order that foreign keys allow."""
    for name in (
        *("candles", "markets", "events", "positions", "trades", "orders"),
        *("transfers", "accounts", "sessions", "users", "counters", "meta"),
    ):
        op.drop_table(name)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _big(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _flag(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.SmallInteger(), nullable=False) for name in names]


def _counted(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _database() -> None:
    op.create_table("meta", *_text("name", "value"), _key("meta", "name"))
    op.create_table("counters", *_text("name"), *_big("value"), _key("counters", "name"))


def _users() -> None:
    op.create_table(
        "users",
        *_text("name", "role", "password_hash"),
        *_flag("disabled"),
        *_big("created_at"),
        _key("users", "name"),
    )
    op.create_table(
        "sessions",
        *_text("id", "user_name", "scope"),
        *_big("expires_at"),
        _key("sessions", "id"),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"], name="fk_sessions_user_name_users"),
    )
    op.create_index("ix_sessions_user_name", "sessions", ["user_name"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _accounts() -> None:
    op.create_table(
        "accounts",
        *_text("account"),
        *_big("seq"),
        *_text("cash", "deposits", "state"),
        _key("accounts", "account"),
    )
    op.create_table(
        "transfers",
        *_text("id"),
        *_big("at"),
        *_text("source", "target", "asset", "amount", "reason"),
        _key("transfers", "id"),
    )
    op.create_index("ix_transfers_source_at", "transfers", ["source", "at"])
    op.create_index("ix_transfers_target_at", "transfers", ["target", "at"])


def _orders() -> None:
    op.create_table(
        "orders",
        _counted("number"),
        *_text("id", "account", "client_order_id", "fingerprint", "symbol", "side", "status"),
        *_flag("is_open"),
        *_big("created_at", "updated_at"),
        *_text("payload"),
        sa.Column("state", sa.Text(), nullable=True),
        _key("orders", "number"),
        sa.UniqueConstraint("id", name="uq_orders_id"),
        sa.UniqueConstraint("account", "client_order_id", name="uq_orders_account_client_order_id"),
    )
    op.create_index("ix_orders_by_status", "orders", ["account", "status", "side", "created_at", "number"])
    op.create_index("ix_orders_by_symbol", "orders", ["account", "symbol", "status", "side", "created_at", "number"])
    op.create_index(
        "ix_orders_open", "orders", ["created_at", "number"], sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
    )


def _trades() -> None:
    op.create_table(
        "trades",
        _counted("number"),
        *_text("id", "account", "order_id", "symbol", "side"),
        *_big("executed_at"),
        *_text("venue_trade_id", "payload"),
        _key("trades", "number"),
        sa.UniqueConstraint("id", name="uq_trades_id"),
    )
    op.create_index("ix_trades_by_time", "trades", ["account", "executed_at", "number"])
    op.create_index("ix_trades_by_symbol", "trades", ["account", "symbol", "executed_at", "number"])


def _positions() -> None:
    op.create_table(
        "positions",
        *_text("id", "account", "symbol", "quantity", "open_cost"),
        *_flag("is_open"),
        *_big("opened_at", "updated_at"),
        *_text("payload", "state"),
        _key("positions", "id"),
    )
    op.create_index(
        "ix_positions_open", "positions", ["account", "symbol"], sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
    )


def _events() -> None:
    op.create_table(
        "events",
        _counted("cursor"),
        *_text("account"),
        *_big("seq"),
        *_text("event"),
        *_big("at"),
        *_text("data"),
        _key("events", "cursor"),
        sa.UniqueConstraint("account", "seq", name="uq_events_account_seq"),
    )


def _markets() -> None:
    op.create_table(
        "markets",
        *_text("symbol"),
        sa.Column("last", sa.Text(), nullable=True),
        *_text("state"),
        _key("markets", "symbol"),
    )
    op.create_table(
        "candles",
        *_text("symbol", "interval"),
        *_big("at"),
        *_text("open", "high", "low", "close", "volume"),
        *_big("trades"),
        *_flag("seeded", "hole"),
        _key("candles", "symbol", "interval", "at"),
    )
