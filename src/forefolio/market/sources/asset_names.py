"""What an asset is called here, where a table calls it otherwise: "Apple Inc.", "Apple (AAPL)".

1. What is a symbol stays it. The symbol in brackets is taken where every other name of the table
   ends with one of its own that is no currency.
2. Of any other name what no symbol may have becomes a hyphen; a number tells equal ones apart.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.symbols import LONGEST, canonical, is_symbol, symbol_of_name

_CURRENCIES = {
    "AUD", "BRL", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "GBX", "HKD", "INR", "JPY", "KRW",
    "NOK", "NZD", "SEK", "SGD", "USD",
}  # fmt: skip
_BRACKETED = re.compile(r".*\S\s*[(\[]\s*([^()\[\]\s]+)\s*[)\]]")


def symbols_of(names: Sequence[str], symbol: Callable[[str], str]) -> Mapping[str, str]:
    """The symbol of each name; `symbol` writes what is one as it is written here.

    >>> dict(symbols_of(["Apple Inc.", "KO"], canonical))
    {'Apple Inc.': 'APPLE-INC', 'KO': 'KO'}
    """
    symbols = {name: symbol(name) for name in names}
    if symbol is not canonical:
        return symbols
    others = [name for name, written in symbols.items() if not is_symbol(written)]
    bracketed = [m[1] if (m := _BRACKETED.fullmatch(name.strip())) else "" for name in others]
    tell = len({*bracketed}) == len(others) and all(map(_is_own, bracketed))
    taken = {written for name, written in symbols.items() if name not in others}
    for name, own in zip(others, bracketed, strict=True):
        symbols[name] = _free(own if tell and own not in taken else symbol_of_name(name), taken)
        taken.add(symbols[name])
    return symbols


def renamed(name: str, symbol: str) -> list[Finding]:
    """That an asset is called otherwise here than in its table; nothing where it is not."""
    if not is_symbol(symbol) or canonical(name) == symbol:
        return []
    message = f"{name.strip()[:60]!r} is no ticker"
    return [Finding(ticker=symbol, code="symbol", message=message, action=f"called {symbol} here")]


def _is_own(text: str) -> bool:
    return is_symbol(text) and text not in _CURRENCIES


def _free(symbol: str, taken: set[str]) -> str:
    number, free = 1, symbol
    while free in taken:
        number += 1
        free = f"{symbol[: LONGEST - 4]}-{number}"
    return free
