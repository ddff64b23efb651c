"""A run that is done, looked up in a SQLite file with nothing but the standard library.

The libraries that writing takes are slow to import: a command whose answer is stored would spend
most of its time on them.
"""

import sqlite3
from contextlib import closing

from forefolio.core.databases import sqlite_file
from forefolio.store.run import HEAD, Run

_PATIENCE_S = 1.0  # for a lock; then `Store` waits for it


def done_run(url: str, digest: str) -> Run | None:
    """The run of `digest`, if the database at `url` says that it is done.

    None is no answer, not a no: the database may be of another kind or schema, locked, or not
    there yet. `Store` knows.
    """
    if (path := sqlite_file(url)) is None:
        return None
    file = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(file, timeout=_PATIENCE_S, uri=True)) as database:
            return _looked_up(database, digest)
    except sqlite3.Error:
        return None


def _looked_up(database: sqlite3.Connection, digest: str) -> Run | None:
    database.row_factory = sqlite3.Row
    version = database.execute("SELECT version_num FROM alembic_version").fetchone()
    if version is None or version[0] != HEAD:
        return None
    row = database.execute(
        "SELECT * FROM run WHERE digest = ? AND state = 'done'", (digest,)
    ).fetchone()
    return None if row is None else Run(**row)
