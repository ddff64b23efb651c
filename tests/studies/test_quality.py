"""The quality of prices as a page: what holds for many is said once."""

from datetime import date
from typing import Any

from forefolio.studies.quality import DataQuality, QualityFinding
from forefolio.views.catalog import page_of
from forefolio.views.page import Table


def finding(ticker: str, day: int, message: str = "these are returns") -> dict[str, Any]:
    own = date(2020, 1, day)
    return QualityFinding(
        ticker=ticker,
        code="returns",
        severity="warning",
        message=message,
        action="compounded",
        rows=2,
        first=own,
        last=own,
    ).model_dump()


def test_what_holds_for_many_is_one_line_and_all_are_evidence() -> None:
    found = [finding(ticker, n) for n, ticker in enumerate("ABCDE", 3)]
    result = DataQuality.model_validate(
        {
            "as_of": date(2020, 2, 1),
            "data": {
                "name": "files",
                "source": {"kind": "files"},
                "version": "1",
                "tickers": list("ABCDEF"),
                "sessions": 30,
                "first": date(2020, 1, 1),
                "last": date(2020, 2, 1),
                "columns": ["close"],
            },
            "findings": [*found, finding("F", 9, "a jump")],
            "rows_read": 180,
            "rows_kept": 180,
        }
    )
    page = page_of(result)
    main, evidence = page.main[0], page.evidence[0]
    assert isinstance(main, Table) and isinstance(evidence, Table)
    cells = [row.cells for row in main.rows]
    assert cells == [
        ("A, B, C and 2 more", "these are returns", "compounded", "10", "2020-01-03", "2020-01-07"),
        ("F", "a jump", "compounded", "2", "2020-01-09", "2020-01-09"),
    ]
    assert len(evidence.rows) == 6
    assert page.sheet is not None and len(page.sheet.rows) == 6
