"""A refresh of stored prices as a page."""

from collections import Counter
from collections.abc import Mapping

from forefolio.core.wording import counted, listed
from forefolio.market.online.refreshing import State, TickerRefresh
from forefolio.studies.refresh import PriceRefresh
from forefolio.views.page import Page, Sheet, Table, table
from forefolio.views.remarks import in_full

WORDS: Mapping[State, str] = {
    "new": "new",
    "added": "refreshed",
    "current": "up to date",
    "reloaded": "loaded anew: the provider changed the series",
    "old": "not refreshed: what is stored is used",
    "failed": "not to be had",
}


def refresh_page(result: PriceRefresh) -> Page:
    """What was refreshed, and what was not, with the reason."""
    count = Counter(row.state for row in result.tickers)
    parts = [f"{count[state]} {words}" for state, words in WORDS.items() if count[state]]
    failures = [one.message for one in result.remarks if one.reason in ("left_out", "fell_back")]
    return Page(
        headline=f"Prices until {result.as_of}",
        summary=(
            f"{counted(len(result.tickers), 'ticker')}: {listed(parts)}.",
            f"{counted(result.added, 'day')} added, {result.changed} changed, "
            f"{counted(result.rejected, 'row')} refused.",
            *failures[:3],
        ),
        main=(_table(result.tickers),),
        evidence=(*_rejected(result.tickers), *in_full(result.remarks)),
        sheet=Sheet(
            columns=("ticker", "source", "state", "first", "last", "days", "added", "refused"),
            rows=tuple(_plain(row) for row in result.tickers),
        ),
    )


def _plain(row: TickerRefresh) -> tuple[str | float | None, ...]:
    first, last = (str(day) if day else None for day in (row.first, row.last))
    counts = (row.rows, row.added, row.rejected)
    return row.ticker, row.source, row.state, first, last, *counts


def _table(rows: tuple[TickerRefresh, ...]) -> Table:
    cells = [
        (
            row.ticker,
            row.source or "-",
            WORDS[row.state].partition(":")[0],
            *(str(day or "-") for day in (row.first, row.last)),
            f"{row.rows:,}",
            f"{row.added:,}",
            f"{row.rejected:,}",
        )
        for row in rows
    ]
    headings = ("source", "state", "first", "last", "days", "added", "refused")
    return table("Prices by ticker", headings, cells)


def _rejected(rows: tuple[TickerRefresh, ...]) -> tuple[Table, ...]:
    cells = [
        (row.ticker, one.day or "-", one.reason, one.row)
        for row in rows
        for one in row.rejected_rows
    ]
    return (table("Rows refused", ("day", "reason", "row"), cells),) if cells else ()
