"""Files are written whole or not at all: what fails on the way leaves no half under their name."""

import os
from pathlib import Path

from forefolio.core.errors import InputError


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file beside its place, then put it there.

    Raises:
        InputError: it cannot be written; what stood there before still does.
    """
    place = path.resolve()
    if place.exists() and not place.is_file():  # a device or a pipe, which nothing may replace
        return _written(path, place, content)
    draft = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        _written(path, draft, content)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _written(named: Path, place: Path, content: bytes) -> Path:
    try:
        place.write_bytes(content)
    except OSError as problem:
        raise InputError(f"{named} cannot be written: {problem.strerror}") from None
    return named
