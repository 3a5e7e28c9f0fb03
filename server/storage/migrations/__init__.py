"""The way from any older schema to today's. Run by the program itself; no settings file is needed."""

from pathlib import Path

from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).parent

# Oldest first. Kept here as well, so that a start on a current database need not load the migration tool.
REVISIONS = ("0001", "0002", "0003", "0004")
HEAD = REVISIONS[-1]

_MIGRATION_LOCK = 0x7472616466


def migrate(engine: Engine) -> None:
    """Bring the schema to HEAD in one transaction: after a crash it is either the old one or the new one."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Takes the write lock before looking, so that two programs cannot both find nothing and start.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        _upgrade(connection)
        connection.commit()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    # "%" would be read as an interpolation.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
