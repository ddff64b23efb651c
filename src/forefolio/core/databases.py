"""Where a database is: a SQLite file by its path or its URL, PostgreSQL by its URL.

A path is never read as a URL, so that a folder may have any name.
"""

import re
from pathlib import Path

_FILE = re.compile(r"sqlite(?:\+aiosqlite)?:///(?!:memory:)(?P<path>[^?]+)")


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database, named by its absolute path or by `sqlite:///path`."""
    if "\n" not in url and Path(url).is_absolute():
        return Path(url)
    named = _FILE.fullmatch(url)
    return None if named is None else Path(named["path"])


def beside(url: str, name: str) -> str:
    """The database called `name` beside another: a file of its own, or the same PostgreSQL."""
    file = sqlite_file(url)
    return url if file is None else str(file.absolute().with_name(f"{file.stem}.{name}.db"))
