"""Memory that is free again, and that the C library keeps all the same."""

import ctypes
from functools import cache
from typing import Any


def give_back() -> None:
    """Give what is free back to the system, where the C library can be asked to (glibc).

    It keeps freed arrays for the next ones, between others that are still in use: after a stage of
    a job that is more than what the next stage takes. It takes milliseconds; asked for after each
    array, the system would clear each page again.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # another C library, or none of that name
        return None
