"""What alembic runs to migrate: always on the connection that the program hands over, in its transaction."""

from alembic import context

from server.storage.tables.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
