"""Ticker symbols, cleaned and checked before they name anything."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated

from forefolio.core.errors import BadTicker
from forefolio.core.units import Words, setting_check

LONGEST = 32  # characters
_MARKS = ".-=^&"  # what a symbol may have besides letters and digits


def sanitize_tickers(symbols: str | Iterable[str]) -> tuple[str, ...]:
    """Clean symbols: upper case, each once, in the order given.

    Each text may hold several symbols, parted by commas, semicolons or blanks.

    Raises:
        BadTicker: names every one that is not a symbol.

    >>> import forefolio as ff
    >>> ff.sanitize_tickers(" aapl, MSFT,aapl")
    ('AAPL', 'MSFT')
    """
    if not isinstance(symbols, Iterable):
        raise BadTicker([str(symbols)])
    texts = [symbols] if isinstance(symbols, str) else list(symbols)
    if wrong := [str(text) for text in texts if not isinstance(text, str)]:
        raise BadTicker(wrong)
    parts = [part for text in texts for part in re.split(r"[,;\s]+", text) if part]
    cleaned = {part: canonical(part) for part in parts}
    bad = [part for part, symbol in cleaned.items() if not is_symbol(symbol)]
    if bad:
        raise BadTicker(bad)
    return tuple(dict.fromkeys(cleaned.values()))


Tickers = Annotated[Words, setting_check(sanitize_tickers)]
"""A setting of several tickers, cleaned."""


def is_symbol(text: str) -> bool:
    """Whether `text` is a symbol as it stands: letters and digits of any script, and marks."""
    if text.isascii() and text.isalnum():
        return len(text) <= LONGEST and text == text.upper()
    return (
        0 < len(text) <= LONGEST
        and (text[0].isalnum() or text[0] == "^")
        and all(_belongs(letter) for letter in text)
        and text == canonical(text)
    )


def canonical(text: str) -> str:
    """A symbol as it is written here: composed, and in upper case where that can be undone.

    "ß" stays, since its upper case "SS" is another company's.
    """
    if text.isascii():
        return text.strip().upper()
    composed = unicodedata.normalize("NFC", text.strip())
    return "".join(map(_upper, composed))


def symbol_of_name(name: str) -> str:
    """A symbol made of a file's name: what a symbol cannot contain becomes a hyphen."""
    letters = (letter if _belongs(letter) else " " for letter in canonical(name))
    joined = "-".join("".join(letters).split())
    return joined[:LONGEST].strip("-.=&") or "X"


def _belongs(letter: str) -> bool:
    return letter.isalnum() or letter in _MARKS or unicodedata.category(letter)[0] == "M"


def _upper(letter: str) -> str:
    upper = letter.upper()
    return upper if len(upper) == 1 and upper.lower() == letter else letter
