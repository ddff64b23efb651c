"""A table of prices, from a file or from memory, made into bars by ticker.

Cells that are no numbers, doubled columns and several rows a day are findings; a finding of
severity "error" leaves its ticker out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from forefolio.core.units import Array, Dates
from forefolio.market.cleaning.quality import Finding
from forefolio.market.sources.asset_names import renamed
from forefolio.market.sources.base import Bars, once_a_table
from forefolio.market.sources.cells import Cells, RawSheet, cells_as_numbers
from forefolio.market.sources.compounded import Unclear, compounded
from forefolio.market.sources.date_column import with_date_column
from forefolio.market.sources.dates import Undecided, read_moments
from forefolio.market.sources.headings import VALUES, Headings
from forefolio.market.sources.numbers import Ambiguous
from forefolio.market.sources.one_asset import are_bars_of_one
from forefolio.market.sources.sheet_parts import TickerPart, Unreadable, parts_of, shown
from forefolio.market.sources.zones import Stamps, exchange_days

_Day: TypeAlias = tuple[np.datetime64, int] | None

_SEVERAL = 1.5  # rows of one day, in the mean, above which a table is not one of days
_ROUNDING = 1e-9  # by which equal prices may differ, relative to them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableBars:
    """The bars a table holds, and what was odd about it."""

    bars: Mapping[str, Bars]
    findings: tuple[Finding, ...] = ()


def read_sheet(sheet: RawSheet, owner: str = "", zone: str = "") -> TableBars:
    """Bars by ticker; `owner` is whose a table is that does not say it.

    `zone` is that of the exchange, "" if unknown.

    Raises:
        Unreadable: it holds no prices that can be read.
    """
    sheet = with_date_column(sheet)
    try:
        table = _table(sheet, owner, zone)
        closes, compounding = compounded(table.bars)
    except (Undecided, Ambiguous, Unclear) as problem:
        raise Unreadable(str(problem)) from None
    return TableBars(bars=closes, findings=(*table.findings, *compounding))


def _table(sheet: RawSheet, owner: str, zone: str) -> TableBars:
    """The numbers of a table as bars, as if all of them were prices."""
    moments = replace(read_moments(_date_cells(sheet)), zone=zone)
    parts = parts_of(sheet, owner)
    cells = cells_as_numbers(sheet, sorted({c for part in parts for _, c in part.columns}))
    _insist_on_assets(sheet.headings, [cells.values[part.columns[0][1]] for part in parts])
    bars: dict[str, Bars] = {}
    findings = [cells.decimal_finding(parts[0].ticker)] if cells.note else []
    findings += [finding for part in parts for finding in renamed(part.name, part.ticker)]
    days: dict[str, Dates] = {}
    busiest = once_a_table(_busiest)
    for part in parts:
        own = _bars(part, cells, _dates(part, moments, days), busiest)
        findings += own.findings
        bars |= own.bars
    return TableBars(bars=bars, findings=tuple(findings))


def _date_cells(sheet: RawSheet) -> Any:
    headings = sheet.headings
    if headings.date is None:
        raise Unreadable(f"no date column among {shown(headings.names)}; name one 'date'")
    cells = sheet.columns[headings.date]
    if not len(cells):
        raise Unreadable("a header and no rows; download it again, or check the symbol")
    return cells


def _insist_on_assets(headings: Headings, columns: Sequence[Array]) -> None:
    """Refuse the bars of one asset, under words that nobody here reads, as several assets."""
    explained = headings.owned or any(field in VALUES for field in headings.fields)
    if not explained and are_bars_of_one(columns):
        raise Unreadable(
            f"{shown(headings.names)} look like the open, high, low and close of one asset; call "
            "them so"
        )


def _bars(
    part: TickerPart, cells: Cells, dates: Dates, busiest: Callable[[Dates], _Day]
) -> TableBars:
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


def _dates(part: TickerPart, moments: Stamps, memo: dict[str, Dates]) -> Dates:
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
