"""A table of prices, from a file or from memory, made into bars by ticker.

Cells that are no numbers, doubled columns and several rows a day are findings; a finding of
severity "error" leaves its ticker out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Dates
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.asset_names import renamed, symbols_of
from forefolio.market.sources.base import Bars, once_a_table
from forefolio.market.sources.cells import Cells, RawSheet, cells_as_numbers
from forefolio.market.sources.compounded import Unclear, compounded
from forefolio.market.sources.date_column import with_date_column
from forefolio.market.sources.dates import Undecided, read_moments
from forefolio.market.sources.headings import VALUES, Headings, is_counter, wide_columns
from forefolio.market.sources.numbers import Ambiguous
from forefolio.market.sources.one_asset import are_bars_of_one
from forefolio.market.sources.symbols import canonical, is_symbol
from forefolio.market.sources.zones import Stamps, exchange_days

pd: Any = lazy("pandas")

_Day: TypeAlias = tuple[np.datetime64, int] | None

_SEVERAL = 1.5  # rows of one day, in the mean, above which a table is not one of days
_SAMPLE = 50  # rows
_ROUNDING = 1e-9  # by which equal prices may differ, relative to them


class Unreadable(ValueError):
    """A table holds no prices that can be read; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableBars:
    """The bars a table holds, and what was odd about it."""

    bars: Mapping[str, Bars]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """One ticker's rows, and the columns of its values: (field, column)."""

    ticker: str
    name: str  # what the table calls it
    rows: NDArray[np.intp] | slice
    columns: tuple[tuple[str, int], ...]


def read_sheet(sheet: RawSheet, owner: str = "", zone: str = "") -> TableBars:
    """Bars by ticker; `owner` is whose a table is that does not say it.

    `zone` is that of the exchange, "" if unknown.

    Raises:
        Unreadable: it holds no prices that can be read.
    """
    sheet = with_date_column(sheet)
    headings = sheet.headings
    if headings.date is None:
        raise Unreadable(f"no date column among {_shown(headings.names)}; name one 'date'")
    if not len(sheet.columns[headings.date]):
        raise Unreadable("a header and no rows; download it again, or check the symbol")
    try:
        moments = replace(read_moments(sheet.columns[headings.date]), zone=zone)
        parts = _joined(list(_parts(sheet, owner)))
        cells = cells_as_numbers(sheet, sorted({c for part in parts for _, c in part.columns}))
    except (Undecided, Ambiguous) as problem:
        raise Unreadable(str(problem)) from None
    if _unexplained(headings) and are_bars_of_one(
        [cells.values[part.columns[0][1]] for part in parts]
    ):
        raise Unreadable(
            f"{_shown(headings.names)} look like the open, high, low and close of one asset; call "
            "them so"
        )
    bars: dict[str, Bars] = {}
    findings = [cells.decimal_finding(parts[0].ticker)] if cells.note else []
    findings += [finding for part in parts for finding in renamed(part.name, part.ticker)]
    days: dict[str, Dates] = {}
    busiest = once_a_table(_busiest)
    for part in parts:
        table = _bars(part, cells, _dates(part, moments, days), busiest)
        findings += table.findings
        bars |= table.bars
    try:
        closes, compounding = compounded(bars)
    except Unclear as problem:
        raise Unreadable(str(problem)) from None
    return TableBars(bars=closes, findings=(*findings, *compounding))


# -- whose is what ---------------------------------------------------------------------------------


def _parts(sheet: RawSheet, owner: str) -> Iterator[_Part]:
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
            yield _Part(ticker=owner, name=owner, rows=slice(None), columns=columns)
        else:
            raise Unreadable("it is one asset's bars and does not say whose; give {'AAPL': frame}")
    else:
        wide = _wide(sheet)
        if not wide:
            raise Unreadable(f"no close price among {_shown(headings.names)}; name one 'close'")
        symbols = symbols_of([headings.names[c] for c in wide], sheet.symbol)
        for column in wide:
            name = headings.names[column]
            at = (("close", column),)
            yield _Part(ticker=symbols[name], name=name, rows=slice(None), columns=at)


def _wide(sheet: RawSheet) -> list[int]:
    """The columns of a table of one asset each; none where one of them holds words."""
    names = sheet.headings.names
    wide = [c for c in wide_columns(sheet.headings) if not _counts(sheet, c)]
    unusual = [c for c in wide if sheet.symbol is canonical and not is_symbol(canonical(names[c]))]
    return [] if any(_holds_words(sheet.columns[c]) for c in unusual) else wide


def _owned(sheet: RawSheet) -> Iterator[_Part]:
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
        yield _Part(ticker=symbols[owner], name=owner, rows=slice(None), columns=columns)


def _long(sheet: RawSheet, columns: tuple[tuple[str, int], ...]) -> Iterator[_Part]:
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
        yield _Part(ticker=ticker, name=called[ticker], rows=together, columns=columns)


def _joined(parts: list[_Part]) -> list[_Part]:
    """Every ticker once: columns of one ticker that are the same field stand side by side."""
    by_ticker: dict[str, _Part] = {}
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


def _unexplained(headings: Headings) -> bool:
    """Whether no heading says what its column is, but that of the dates."""
    return not headings.owned and not any(field in VALUES for field in headings.fields)


def _holds_words(cells: Iterable[Any]) -> bool:
    """Whether most of the first cells that hold anything are words."""
    filled = [text for cell in islice(cells, _SAMPLE) if (text := str(cell).strip())]
    return 2 * sum(not any(map(str.isdigit, text)) for text in filled) > len(filled)


def _shown(names: Sequence[str]) -> str:
    return "its columns " + ", ".join(repr(n[:30]) for n in names[:12])


# -- bars ------------------------------------------------------------------------------------------


def _bars(part: _Part, cells: Cells, dates: Dates, busiest: Callable[[Dates], _Day]) -> TableBars:
    values: dict[str, Array] = {}
    findings: list[Finding] = []
    for field, column in part.columns:
        own, texts = cells.values[column][part.rows], cells.texts[column][part.rows]
        if texts.any():
            row = int(np.arange(len(cells.texts[column]))[part.rows][int(texts.argmax())])
            message = f"text for a number, {cells.cell(column, row)[:20]!r}"
            finding = Finding.on(dates[texts], "text", message, "emptied")
            findings.append(replace(finding, column=field))
        if field not in values:
            values[field] = own
        else:
            findings.append(_twice(field, values[field], own, dates))
    values.setdefault("close", values.get("adjusted", np.empty(0)))
    bars = Bars(dates=dates, columns=values)
    findings += _several_a_day(bars, busiest(dates))
    named = tuple(replace(f, ticker=part.ticker) for f in findings)
    refused = any(f.severity == "error" for f in named)
    return TableBars(bars={} if refused else {part.ticker: bars}, findings=named)


def _dates(part: _Part, moments: Stamps, memo: dict[str, Dates]) -> Dates:
    """The days of a part; converted once for each exchange suffix where a part has all rows."""
    if moments.ahead is None:
        return moments.days if isinstance(part.rows, slice) else moments.days[part.rows]
    if not isinstance(part.rows, slice):
        return exchange_days(moments.at(part.rows), part.ticker)
    ending = part.ticker.rpartition(".")[2] if "." in part.ticker else ""
    if ending not in memo:
        memo[ending] = exchange_days(moments, part.ticker)
    return memo[ending]


def _twice(field: str, one: Array, other: Array, dates: Dates) -> Finding:
    """Two columns that say that they are the same thing of one ticker."""
    differ = ~np.isclose(one, other, rtol=_ROUNDING, atol=0.0, equal_nan=True)
    if not differ.any():
        message = f"two columns of {field} with equal numbers"
        return Finding(code="twice", message=message, action="one is used")
    row = int(np.flatnonzero(differ)[-1])
    return Finding(
        code="twice",
        message=f"two columns of {field} that differ ({one[row]:g} and {other[row]:g} on "
        f"{dates[row]}); keep one, or rename one",
        action="left out",
        severity="error",
    )


def _busiest(dates: Dates) -> _Day:
    """The day with the most rows and their number, where most days have several."""
    if (dates[1:] > dates[:-1]).all():
        return None
    days, counts = np.unique(dates[~np.isnat(dates)], return_counts=True)
    if not len(days) or counts.sum() <= _SEVERAL * len(days):
        return None
    return days[counts.argmax()], int(counts.max())


def _several_a_day(bars: Bars, busiest: _Day) -> list[Finding]:
    """What is wrong with a table of hours or minutes; nothing where it is one of days."""
    if busiest is None:
        return []
    most, count = busiest
    own = bars.close[bars.dates == most]
    priced = own[np.isfinite(own)]
    if len(priced) < 2 or (priced == priced[0]).all():
        return []
    return [
        Finding(
            code="several_a_day",
            message=f"several rows a day ({count} on {most}); give one row a day, such as "
            "the last, or a column 'ticker' if they are several assets",
            action="left out",
            severity="error",
        )
    ]
