"""One Alembic tree for SQLite and PostgreSQL, run by `Store.open`."""
