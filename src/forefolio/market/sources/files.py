"""Prices from a CSV or Parquet file or a spreadsheet, or from a folder of them."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import BadFile, DataError, UnknownTicker
from forefolio.market.calendar import exchange_zone
from forefolio.market.cleaning.bars import clean
from forefolio.market.cleaning.quality import Finding
from forefolio.market.panel import BARS
from forefolio.market.sources.base import Bars, PublishedSeries, Raw
from forefolio.market.sources.sheet import TableBars
from forefolio.market.sources.spreadsheet import ENDINGS as SPREADSHEETS
from forefolio.market.sources.tables import file_ticker, has_columns, read_table
from forefolio.market.universe import daily_series, read_sectors

_ENDINGS = (".csv", ".csv.gz", ".parquet", *SPREADSHEETS)
_TEXTS = (".txt", ".txt.gz")  # those of Stooq and MetaStock; a folder may hold other texts too
USUAL_CALENDAR = "XNYS"  # of files that may be anybody's: it says nothing of a zone
_SECTORS = "sectors.csv"
_OWN = ("close", "traded_close")  # columns that make no series of a benchmark by their name


CalendarCode = Annotated[
    str,
    Field(
        description="Exchange code whose calendar tells which sessions are missing, such as XNYS; "
        "empty: none."
    ),
]
Today = Annotated[
    date | None,
    Field(
        description="Later prices are dropped; none: those after today.",
        json_schema_extra={"advanced": True},
    ),
]


class Files(Component):
    """A file or a folder: one ticker a file, or a ticker column, or a column of closes a ticker.

    A folder's bad files are reported and its good ones used; an optional sectors.csv in it has the
    columns ticker and sector.

    >>> import forefolio as ff
    >>> from pathlib import Path
    >>> _ = Path("prices.csv").write_text("Date,A,B\\n2024-01-02,10,20\\n2024-01-03,11,19\\n")
    >>> len(ff.Files(path="prices.csv").version())
    32
    """

    kind: Literal["files"] = "files"
    path: Path = Field(description="A CSV, Parquet or spreadsheet file, or a folder of them.")
    benchmark: str = Field(
        "", description="Ticker in the files that becomes the benchmark; empty: none."
    )
    calendar: CalendarCode = USUAL_CALENDAR
    today: Today = None

    def version(self) -> str:
        """Names the files' contents.

        Raises:
            BadFile: there is no such file or folder.
        """
        parts = []
        for path in [*self._paths(), *self._sectors()]:
            with path.open("rb") as file:
                parts.append(f"{path.name}:{hashlib.file_digest(file, 'sha256').hexdigest()}")
        return content_digest("files 2", *parts)

    def read(
        self,
        tickers: tuple[str, ...] | None,
        start: np.datetime64,  # noqa: ARG002 - a file is read whole
        end: np.datetime64,  # noqa: ARG002
    ) -> Raw:
        """Read the bars of `tickers`, by default of all but the benchmark.

        Raises:
            BadFile: there is no such file or folder, or nothing in it can be read.
            UnknownTicker: the benchmark is not there.
        """
        everyone, findings = self._load(tickers)
        chosen = [t for t in everyone if t != self.benchmark] if tickers is None else tickers
        asked = {*chosen, self.benchmark}
        return Raw(
            source=str(self.path),
            bars={t: everyone[t] for t in chosen if t in everyone},
            tickers=tuple(everyone),
            series=self._benchmark(everyone, findings),
            benchmark_dividends=self._dividends(everyone),
            sectors=read_sectors(self._sectors()[0]) if self._sectors() else {},
            findings=tuple(f for f in findings if f.ticker in asked or f.ticker not in everyone),
            calendar=self.calendar,
            today=np.datetime64(self.today or "today", "D"),
        )

    def _load(self, tickers: tuple[str, ...] | None) -> tuple[dict[str, Bars], list[Finding]]:
        bars: dict[str, Bars] = {}
        homes: dict[str, Path] = {}
        findings: list[Finding] = []
        zone = exchange_zone(self.calendar) if self.calendar != USUAL_CALENDAR else ""
        for path in self._needed(tickers):
            table = read_table(path, zone) if path == self.path else _try(path, zone)
            findings += table.findings
            for ticker in homes.keys() & table.bars.keys():
                findings.append(_twice(ticker, (homes[ticker], path), bars, table.bars))
            homes |= dict.fromkeys(table.bars.keys() - homes.keys(), path)
            bars = {**table.bars, **bars}
        refused = {f.ticker for f in findings if f.severity == "error"}
        return {t: bars[t] for t in sorted(bars) if t not in refused}, findings

    def _needed(self, tickers: tuple[str, ...] | None) -> list[Path]:
        """The files of `tickers` alone where each has its own, else all."""
        paths = self._paths()
        named = {file_ticker(path) for path in paths}
        wanted = {*(tickers or ()), *([self.benchmark] if self.benchmark else [])}
        if tickers is None or not wanted <= named:
            return paths
        return [path for path in paths if file_ticker(path) in wanted]

    def _paths(self) -> list[Path]:
        if self.path.is_file():
            return [self.path]
        if not self.path.is_dir():
            raise BadFile(self.path, "there is no such file or folder")
        files = [p for p in sorted(self.path.iterdir()) if p.is_file()]  # no pipe, which blocks
        paths = [p for p in files if _may_hold_prices(p)]
        return [p for p in paths if p.name != _SECTORS and not p.name.startswith(".")]

    def _sectors(self) -> list[Path]:
        folder = self.path if self.path.is_dir() else self.path.parent
        return [path] if (path := folder / _SECTORS).is_file() else []

    def _dividends(self, everyone: Mapping[str, Bars]) -> bool | None:
        """Whether the benchmark counts dividends: closes adjusted for them do; else unknown."""
        bars = everyone.get(self.benchmark)
        return True if bars is not None and "adjusted" in bars.columns else None

    def _benchmark(
        self, everyone: Mapping[str, Bars], findings: Sequence[Finding]
    ) -> dict[str, PublishedSeries]:
        if not self.benchmark:
            return {}
        for finding in findings:
            if finding.ticker == self.benchmark and finding.severity == "error":
                raise DataError(f"benchmark {self.benchmark}: {finding.message}")
        if self.benchmark not in everyone:
            raise UnknownTicker([self.benchmark], tuple(everyone), str(self.path))
        cleaned = clean(self.benchmark, everyone[self.benchmark])
        if cleaned.refused:
            raise DataError(f"benchmark {self.benchmark}: {cleaned.refused}")
        bars = cleaned.bars
        names = {"close": "benchmark"} | {n: f"benchmark_{n}" for n in BARS if n not in _OWN}
        present = {n: name for n, name in names.items() if n in bars.columns}
        return {name: daily_series(bars.dates, bars.columns[n]) for n, name in present.items()}


def _try(path: Path, zone: str) -> TableBars:
    try:
        return read_table(path, zone)
    except BadFile as problem:
        failure = Finding(
            ticker=file_ticker(path),
            code="unreadable",
            message=f"{path.name}: {problem.reason}",
            action="left out",
            severity="error",
        )
        return TableBars(bars={}, findings=(failure,))


def _may_hold_prices(path: Path) -> bool:
    if path.name.endswith(_ENDINGS):
        return True
    return path.name.endswith(_TEXTS) and has_columns(path)


def _twice(
    ticker: str, paths: tuple[Path, Path], earlier: Mapping[str, Bars], later: Mapping[str, Bars]
) -> Finding:
    """A ticker that two files hold: nothing says which is right where they differ."""
    where = f"{ticker} is in {paths[0].name} and in {paths[1].name}"
    if earlier[ticker].equals(later[ticker]):
        return Finding(ticker=ticker, code="twice", message=where, action="one is used: equal")
    message = f"{where} with other prices; keep one, or rename one"
    return Finding(
        ticker=ticker, code="twice", message=message, action="left out", severity="error"
    )
