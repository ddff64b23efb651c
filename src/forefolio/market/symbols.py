"""Ticker symbols, cleaned and checked before they name anything."""

import re
from collections.abc import Iterable

from forefolio.errors import BadTicker

_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.\-=^]{0,31}", re.ASCII)


def sanitize_tickers(symbols: str | Iterable[str]) -> tuple[str, ...]:
    """Clean symbols: upper case, each once, in the order given.

    Each text may hold several symbols, parted by commas, semicolons or blanks.

    Raises:
        BadTicker: names every one that is not a symbol.
    """
    texts = [symbols] if isinstance(symbols, str) else list(symbols)
    parts = [part for text in texts for part in re.split(r"[,;\s]+", text) if part]
    cleaned = {part: _upper(part) for part in parts}
    bad = [part for part, symbol in cleaned.items() if not is_symbol(symbol)]
    if bad:
        raise BadTicker(bad)
    return tuple(dict.fromkeys(cleaned.values()))


def is_symbol(text: str) -> bool:
    """Whether `text` is a symbol as it stands."""
    return _SYMBOL.fullmatch(text) is not None


def _upper(text: str) -> str:
    return text.upper() if text.isascii() else text  # "ß".upper() is "SS": another company
