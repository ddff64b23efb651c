"""How Alembic runs here: on the connection it is given, in that connection's transaction."""

from alembic import context

from forefolio.store.every_table import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
