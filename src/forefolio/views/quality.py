"""The quality of prices as a page."""

from collections import Counter
from collections.abc import Sequence

from forefolio.core.wording import counted
from forefolio.studies.quality import DataQuality, QualityFinding
from forefolio.views.page import Column, Page, Sheet, Table, table
from forefolio.views.remarks import in_full

MOST = 25  # findings in the main table; all are evidence


def quality_page(result: DataQuality) -> Page:
    """What was found, the gravest first."""
    count = Counter(one.severity for one in result.findings)
    dropped = result.rows_read - result.rows_kept
    refused = [f"{ticker} is refused: {why}." for ticker, why in result.data.refused.items()]
    serious = [one for one in result.findings if one.severity != "info"]
    return Page(
        headline=f"Quality of {result.data.name} until {result.as_of}",
        summary=(
            f"{counted(result.rows_read, 'row')} of "
            f"{counted(len(result.data.tickers), 'ticker')} read, {result.rows_kept:,} kept, "
            f"{dropped:,} dropped.",
            f"{counted(count['error'], 'error')}, {counted(count['warning'], 'warning')}, "
            f"{counted(count['info'], 'remark')}.",
            *refused[:3],
        ),
        main=(_table("What was found", serious[:MOST]),) if serious else (),
        evidence=(
            *([_table("Everything that was found", result.findings)] if result.findings else []),
            *in_full(result.remarks),
        ),
        sheet=Sheet(columns=_HEADINGS, rows=tuple(map(_plain, result.findings))),
    )


_HEADINGS = ("ticker", "what", "action", "rows", "first", "last")


def _plain(one: QualityFinding) -> tuple[str | float | None, ...]:
    days = (str(day) if day else None for day in (one.first, one.last))
    return one.ticker, one.message, one.action, one.rows, *days


def _table(title: str, findings: Sequence[QualityFinding]) -> Table:
    cells = [tuple("-" if cell is None else str(cell) for cell in _plain(one)) for one in findings]
    words = (Column("what", "left"), Column("action", "left"))
    return table(title, (*words, *_HEADINGS[3:]), cells)
