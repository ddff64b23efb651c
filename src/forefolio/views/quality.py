"""The quality of prices as a page."""

from collections import Counter
from collections.abc import Sequence

from forefolio.core.wording import counted, listed
from forefolio.studies.quality import DataQuality, QualityFinding
from forefolio.views.page import Column, Page, Sheet, Table, table
from forefolio.views.remarks import in_full

MOST = 25  # findings in the main table; all are evidence
NAMED = 3  # tickers of one


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
        main=(_table("What was found", _together(serious)[:MOST]),) if serious else (),
        evidence=(
            *([_table("Everything that was found", result.findings)] if result.findings else []),
            *in_full(result.remarks),
        ),
        sheet=Sheet(columns=_HEADINGS, rows=tuple(map(_plain, result.findings))),
    )


def _together(findings: Sequence[QualityFinding]) -> list[QualityFinding]:
    """Findings of the same words as one, in their order."""
    groups: dict[tuple[str, str], list[QualityFinding]] = {}
    for one in findings:
        groups.setdefault((one.message, one.action), []).append(one)
    return [_as_one(group) for group in groups.values()]


def _as_one(group: Sequence[QualityFinding]) -> QualityFinding:
    if len(group) == 1:
        return group[0]
    names = list(dict.fromkeys(one.ticker for one in group))
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    days = [day for one in group for day in (one.first, one.last) if day is not None]
    return group[0].model_copy(
        update={
            "ticker": listed([*names[:NAMED], *more]),
            "rows": sum(one.rows for one in group),
            "first": min(days, default=None),
            "last": max(days, default=None),
        }
    )


_HEADINGS = ("ticker", "what", "action", "rows", "first", "last")


def _plain(one: QualityFinding) -> tuple[str | float | None, ...]:
    days = (str(day) if day else None for day in (one.first, one.last))
    return one.ticker, one.message, one.action, one.rows, *days


def _table(title: str, findings: Sequence[QualityFinding]) -> Table:
    cells = [tuple("-" if cell is None else str(cell) for cell in _plain(one)) for one in findings]
    words = (Column("what", "left"), Column("action", "left"))
    return table(title, (*words, *_HEADINGS[3:]), cells)
