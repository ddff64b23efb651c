"""What is wrong with prices, ticker by ticker, and what is done about it when they are used."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.events import Job
from forefolio.market.cleaning.quality import Finding
from forefolio.studies.base import StudyDocument
from forefolio.studies.data import Data, repairs
from forefolio.studies.place import Place
from forefolio.studies.result import Result


class QualityFinding(Component):
    """One thing that is the matter with a ticker's prices."""

    ticker: str = Field(description="The ticker.")
    code: str = Field(description="A stable name, such as missing or split.")
    severity: Literal["info", "warning", "error"] = Field(
        description="error: the ticker is refused; info: nothing is wrong."
    )
    message: str = Field(description="What is the matter.")
    action: str = Field(description="What is done about it.")
    rows: int = Field(description="How many rows it is about; 0: the series as a whole.")
    first: date | None = Field(description="The first day that it is about.")
    last: date | None = Field(description="The last one.")


class DataQuality(Result):
    """The quality of prices: what was found, and what became of the rows."""

    kind: Literal["quality"] = "quality"
    findings: tuple[QualityFinding, ...] = Field(description="The gravest first.")
    rows_read: int = Field(description="How many rows there are.")
    rows_kept: int = Field(description="How many make a bar with a close.")


class QualityStudy(StudyDocument):
    """Say what is wrong with prices: missing days, jumps, errors, and what is done about each.

    >>> import forefolio as ff
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> quality = ff.ask(ff.QualityStudy(data=data))
    >>> quality.rows_read, quality.rows_kept, len(quality.findings)
    (1200, 1200, 0)
    """

    path: ClassVar[str] = "data/quality"
    command: ClassVar[str] = "data quality"
    result: ClassVar[type[DataQuality]] = DataQuality
    stages: ClassVar[Mapping[str, float]] = {"data": 100}

    kind: Literal["quality"] = "quality"
    data: Data = Field(Data(), description="Which prices, of which assets and dates.")

    def job(self, place: Place) -> Job[DataQuality]:  # noqa: ARG002 (nothing of it is needed)
        """Load the prices, and list what was found."""
        loaded = yield from self.data.load()
        report = loaded.report
        ranked = sorted(report.findings, key=lambda one: _RANK[one.severity])
        return DataQuality(
            as_of=loaded.market.sessions[-1].astype(object),
            data=self.data.facts(loaded),
            remarks=tuple(repairs(report)),
            findings=tuple(map(_finding, ranked)),
            rows_read=report.rows_in,
            rows_kept=report.rows_kept,
        )


_RANK = {"error": 0, "warning": 1, "info": 2}


def _finding(one: Finding) -> QualityFinding:
    return QualityFinding(
        ticker=one.ticker,
        code=one.code,
        severity=one.severity,
        message=one.message,
        action=one.action,
        rows=one.count,
        first=_day(one.first),
        last=_day(one.last),
    )


def _day(day: np.datetime64 | None) -> date | None:
    made: date | None = None if day is None else day.astype("datetime64[D]").astype(object)
    return made
