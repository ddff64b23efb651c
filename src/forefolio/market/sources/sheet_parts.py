"""Whose the columns and rows of a table are: one ticker's in each part, however it is laid out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forefolio.core.lazy import lazy
from forefolio.market.sources.asset_names import symbols_of
from forefolio.market.sources.cells import RawSheet
from forefolio.market.sources.headings import VALUES, Headings, is_counter, wide_columns
from forefolio.market.sources.symbols import canonical, is_symbol

pd: Any = lazy("pandas")

MOST_ASSETS = 50_000  # of one table: more are no assets, and reading each takes its time
_SAMPLE = 50  # rows


class Unreadable(ValueError):
    """A table holds no prices that can be read; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TickerPart:
    """One ticker's rows, and the columns of its values: (field, column)."""

    ticker: str
    name: str  # what the table calls it
    rows: NDArray[np.intp] | slice
    columns: tuple[tuple[str, int], ...]


def parts_of(sheet: RawSheet, owner: str) -> list[TickerPart]:
    """The tickers of a table, each once; `owner` is whose it is where it does not say it.

    Raises:
        Unreadable: it has no closes, several columns that may be them, or far too many assets.
    """
    parts = list(_parts(sheet, owner))
    if len(parts) > MOST_ASSETS:
        raise Unreadable(
            f"it has {len(parts):,} assets, and at most {MOST_ASSETS:,} are read; cut it in several"
        )
    return _joined(parts)


def _parts(sheet: RawSheet, owner: str) -> Iterator[TickerPart]:
    """The tickers of the table."""
    headings = sheet.headings
    own = {f: c for c, f in reversed([*enumerate(headings.fields)]) if f in VALUES}
    if headings.owned:
        yield from _owned(sheet)
    elif {"close", "adjusted"} & own.keys():
        _only_one(headings)
        columns = tuple(own.items())
        if "ticker" in headings.fields:
            yield from _long(sheet, columns)
        elif owner:
            yield TickerPart(ticker=owner, name=owner, rows=slice(None), columns=columns)
        else:
            raise Unreadable("it is one asset's bars and does not say whose; give {'AAPL': frame}")
    else:
        wide = _wide(sheet)
        if not wide:
            raise Unreadable(f"no close price among {shown(headings.names)}; name one 'close'")
        symbols = symbols_of([headings.names[c] for c in wide], sheet.symbol)
        for column in wide:
            name = headings.names[column]
            at = (("close", column),)
            yield TickerPart(ticker=symbols[name], name=name, rows=slice(None), columns=at)


def _wide(sheet: RawSheet) -> list[int]:
    """The columns of a table of one asset each; none where one of them holds words."""
    names = sheet.headings.names
    wide = [c for c in wide_columns(sheet.headings) if not _counts(sheet, c)]
    unusual = [c for c in wide if sheet.symbol is canonical and not is_symbol(canonical(names[c]))]
    return [] if any(_holds_words(sheet.columns[c]) for c in unusual) else wide


def _owned(sheet: RawSheet) -> Iterator[TickerPart]:
    headings = sheet.headings
    by_owner: dict[str, list[tuple[str, int]]] = {}
    for column, (field, owner) in enumerate(zip(headings.fields, headings.owners, strict=True)):
        by_owner.setdefault(owner, []).append((field, column))
    by_owner.pop("", None)
    symbols = symbols_of(list(by_owner), sheet.symbol)
    for owner, own in by_owner.items():
        columns = tuple((f, c) for f, c in own if f in VALUES)
        if not {"close", "adjusted"} & {f for f, _ in columns}:
            raise Unreadable(f"no close price of {owner}; download it again with one")
        yield TickerPart(ticker=symbols[owner], name=owner, rows=slice(None), columns=columns)


def _long(sheet: RawSheet, columns: tuple[tuple[str, int], ...]) -> Iterator[TickerPart]:
    cells = sheet.columns[sheet.headings.fields.index("ticker")]
    codes, labels = pd.factorize(np.asarray(cells, dtype=object))
    rows: dict[str, list[NDArray[np.intp]]] = {}
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(labels) + 1))
    names = {code: text for code, label in enumerate(labels) if (text := str(label).strip())}
    if not names:
        raise Unreadable("its ticker column is empty")
    if nameless := [text for text in names.values() if not re.search(r"[^\W_]", text)]:
        raise Unreadable(f"its ticker {nameless[0]!r} is not one, such as AAPL or BRK.B")
    symbols = symbols_of([*names.values()], sheet.symbol)
    called = {symbols[text]: text for text in reversed(names.values())}
    for code, text in names.items():
        rows.setdefault(symbols[text], []).append(order[bounds[code] : bounds[code + 1]])
    for ticker, own in sorted(rows.items()):
        together = own[0] if len(own) == 1 else np.sort(np.concatenate(own))
        yield TickerPart(ticker=ticker, name=called[ticker], rows=together, columns=columns)


def _joined(parts: list[TickerPart]) -> list[TickerPart]:
    """Every ticker once: columns of one ticker that are the same field stand side by side."""
    by_ticker: dict[str, TickerPart] = {}
    for part in parts:
        earlier = by_ticker.get(part.ticker)
        columns = part.columns if earlier is None else (*earlier.columns, *part.columns)
        by_ticker[part.ticker] = replace(part, columns=columns)
    return list(by_ticker.values())


def _only_one(headings: Headings) -> None:
    names = [repr(n) for n, f in zip(headings.names, headings.fields, strict=True) if f == "close"]
    if len(names) > 1:
        raise Unreadable(f"several columns mean close: {', '.join(names)}; keep one")


def _counts(sheet: RawSheet, column: int) -> bool:
    """Whether a column holds the numbers of rows: from 0 or 1, or under a name that says so."""
    cells = sheet.columns[column]
    try:
        named = is_counter(sheet.headings.names[column])
        if not named and [float(cell) for cell in cells[:2]] not in ([0.0, 1.0], [1.0, 2.0]):
            return False
        numbers = np.asarray(cells, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    return bool(np.array_equal(np.diff(numbers), np.ones(len(numbers) - 1)))


def _holds_words(cells: Iterable[Any]) -> bool:
    """Whether most of the first cells that hold anything are words."""
    filled = [text for cell in islice(cells, _SAMPLE) if (text := str(cell).strip())]
    return 2 * sum(not any(map(str.isdigit, text)) for text in filled) > len(filled)


def shown(names: Sequence[str]) -> str:
    """The first columns by name, as a message says them."""
    return "its columns " + ", ".join(repr(n[:30]) for n in names[:12])
