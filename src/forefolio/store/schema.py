"""Brings a database to the schema this code expects, once, whoever opens it first."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from forefolio.core.errors import StoreError
from forefolio.core.lazy import lazy
from forefolio.store.run import HEAD

command: Any = lazy("alembic.command")
config: Any = lazy("alembic.config")

_LOCK = 0x666F7265  # any number that only this package uses for pg_advisory_xact_lock


def revision(connection: Connection) -> str | None:
    """The migration this database is at, or None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    at: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return at


def upgrade(connection: Connection, target: str = "head") -> None:
    """Migrate up, in the transaction of `connection`; whoever comes second finds it done.

    Raises:
        StoreError: the database was written by a newer version of this package.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    at = revision(connection)
    if at == HEAD:
        return
    if at is not None and at > HEAD:
        raise StoreError(
            f"the database is at schema {at}, this version of forefolio knows {HEAD}; "
            "upgrade forefolio, or point FOREFOLIO_DATABASE_URL at another database"
        )
    command.upgrade(alembic(connection), target)


def downgrade(connection: Connection, target: str = "base") -> None:
    """Migrate down, in the transaction of `connection`."""
    command.downgrade(alembic(connection), target)


def alembic(connection: Connection) -> Any:
    """Alembic's configuration for the migrations inside this package."""
    settings = config.Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings
