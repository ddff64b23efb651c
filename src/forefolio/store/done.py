"""Runs that are done, looked up in a SQLite file with nothing but the standard library.

The libraries that writing takes are slow to import: a command whose answer is stored would spend
most of its time on them.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from forefolio.core.databases import sqlite_file
from forefolio.store.run import HEAD, Run

_PATIENCE_S = 1.0  # for a lock; then `Store` waits for it


def done_run(url: str, digest: str) -> Run | None:
    """The run of `digest`, if the database at `url` says that it is done.

    None is no answer, not a no: the database may be of another kind or schema, locked, or not
    there yet. `Store` knows.
    """
    found = _runs(url, "digest = ?", (digest,))
    return found[0] if found else None


def done_runs(url: str, kinds: Sequence[str], limit: int) -> list[Run] | None:
    """The latest runs of these kinds that are done, newest first, as the database at `url` says.

    None is no answer, as that of `done_run`.
    """
    marks = ", ".join("?" * len(kinds))
    newest = f"kind IN ({marks}) ORDER BY created_at DESC, id LIMIT ?"
    return _runs(url, newest, (*kinds, limit))


def _runs(url: str, which: str, values: Sequence[str | int]) -> list[Run] | None:
    if (path := sqlite_file(url)) is None:
        return None
    file = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(file, timeout=_PATIENCE_S, uri=True)) as database:
            database.row_factory = sqlite3.Row
            version = database.execute("SELECT version_num FROM alembic_version").fetchone()
            if version is None or version[0] != HEAD:
                return None
            done = database.execute(f"SELECT * FROM run WHERE state = 'done' AND {which}", values)
            return [Run(**row) for row in done]
    except sqlite3.Error:
        return None
