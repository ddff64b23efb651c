"""Keys, tokens and passwords never leave the program: what holds one is written without it.

A secret is hidden by its value, from the moment that the settings are read, and by where it
stands: after `token=` or `Bearer`, or between the name and the host of an address.
"""

import re
from collections.abc import Iterable

HIDDEN = "***"
_SHORTEST = 4  # a shorter one would hide half of every sentence, and is no secret

_PATTERNS = (
    (r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}", rf"\1 {HIDDEN}"),
    (
        r"(?i)\b([\w-]*(?:api[_-]?key|token|secret|passw(?:or)?d|authorization))"
        r"(['\"]?\s*[=:]\s*['\"]?)(?!(?:bearer|basic)\b)[^\s'\"&,;)}\]]+",
        rf"\1\2{HIDDEN}",
    ),
    (r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@", rf"\1:{HIDDEN}@"),
)

_values: set[str] = set()


def hide(values: Iterable[str]) -> None:
    """Write these nowhere from now on."""
    _values.update(value for value in values if len(value) >= _SHORTEST)


def password_of(url: str) -> str:
    """The password in the address of a database; empty if there is none."""
    name, at, _ = url.partition("://")[2].rpartition("@")
    return name.partition(":")[2] if at else ""


def redacted(text: str) -> str:
    """The same text without what must not be read in it.

    >>> redacted("GET https://host/query?symbol=KO&apikey=abcd1234")
    'GET https://host/query?symbol=KO&apikey=***'
    """
    for value in sorted(_values, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    for pattern, instead in _PATTERNS:  # compiled once, by `re`, and only where it is needed
        text = re.sub(pattern, instead, text)
    return text
