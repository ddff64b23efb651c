"""How SQLite keeps what is acknowledged: a choice that depends on its version."""

import sqlite3


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """WAL where it is safe with several processes, else TRUNCATE.

    The WAL-reset bug (sqlite.org/wal.html) can corrupt a file written by two processes.
    """
    safe = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51)
    return "WAL" if safe else "TRUNCATE"
