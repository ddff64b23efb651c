"""Which prices a study is about; loading them, and what a result says of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, field_validator, model_validator

from forefolio.core.errors import DataError
from forefolio.core.events import Job, Note, Progress, Started
from forefolio.core.units import Days
from forefolio.core.wording import listed
from forefolio.market import AnySource, Loaded, Sample, load_market, sanitize_tickers
from forefolio.market.cleaning.quality import QualityReport
from forefolio.market.sources.named import source_in_words
from forefolio.market.sources.symbols import Tickers
from forefolio.studies.base import Noun
from forefolio.studies.result import DataFacts, Remark


def _source(given: Any) -> Any:
    """A word for a source, or the path of files."""
    return source_in_words(given) if isinstance(given, str) else given


class Data(Noun):
    """Which prices: their source, the tickers and the sessions.

    >>> import forefolio as ff
    >>> ff.Data(source=ff.Synthetic(sessions=400, assets=3), tickers="A0, A2").tickers
    ('A0', 'A2')
    """

    source: Annotated[AnySource, BeforeValidator(_source)] = Field(
        Sample(),
        description="`sample`; `stored`; a provider such as `yahoo`, or several in turn; or a CSV, "
        "Parquet or Excel file, or a folder of them.",
    )
    tickers: Tickers = Field(
        (), description="Only these, such as AAPL,MSFT; none: all that the source offers."
    )
    start: date | None = Field(None, description="First session, such as 2005-01-31.")
    end: date | None = Field(None, description="Last session.")
    benchmark: str | None = Field(
        None,
        description="A ticker of the source that is the benchmark, instead of the source's index.",
    )
    minimum_sessions: Days = Field(
        504,
        description="A ticker with fewer sessions is refused.",
        json_schema_extra={"advanced": True},
    )

    @field_validator("tickers", mode="before")
    @classmethod
    def _some(cls, given: Any) -> Any:
        if isinstance(given, str) and not given.replace(",", " ").strip():
            raise ValueError("names none; say for example AAPL,MSFT")
        return given

    @model_validator(mode="after")
    def _ordered(self) -> "Data":
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"start {self.start} must be before end {self.end}")
        return self

    @classmethod
    def of(cls, facts: DataFacts) -> "Data":
        """The data that a result rests on, as a question about them asks for them."""
        return cls(
            source=facts.source,
            tickers=facts.tickers,
            start=facts.start,
            end=facts.end,
            minimum_sessions=facts.minimum_sessions,
        )

    def version(self) -> str:
        """Name the content of the source."""
        return str(self.source.version())

    def load(self) -> Job[Loaded]:
        """Load and check the prices, as a stage of its own."""
        yield Started(stage="data", total=1)
        loaded = yield from self.read()
        yield Progress(stage="data", done=1, total=1)
        return loaded

    def read(self) -> Job[Loaded]:
        """Load and check the prices, saying what was repaired in them."""
        loaded = self._loaded()
        for line in loaded.report.lines():
            yield Note(code="data_quality", message=line)
        return loaded

    def _loaded(self) -> Loaded:
        span = self.start, self.end, self.minimum_sessions
        if self.benchmark is None:
            return load_market(self.source, self.tickers or None, *span)
        (index,) = sanitize_tickers([self.benchmark])
        loaded = load_market(self.source, [*self.tickers, index] if self.tickers else None, *span)
        if index not in loaded.market.assets and not self.tickers:  # it is none of the usual ones
            loaded = load_market(self.source, [*loaded.market.assets, index], *span)
        return with_benchmark(loaded, index, keep=index in self.tickers)

    def facts(self, loaded: Loaded) -> DataFacts:
        """What a result says of the prices that were loaded."""
        market, source = loaded.market, self.model_dump(mode="json")["source"]
        return DataFacts(
            name=_name(source),
            source=source,
            version=self.version(),
            tickers=market.assets,
            sectors=dict(zip(market.assets, market.sectors, strict=True)),
            columns=tuple(sorted(market.columns)),
            sessions=len(market),
            first=market.sessions[0].astype(object),
            last=market.sessions[-1].astype(object),
            start=self.start,
            end=self.end,
            minimum_sessions=self.minimum_sessions,
            refused=dict(loaded.report.refused),
        )


def _name(source: Mapping[str, Any]) -> str:
    """A source in words."""
    if parts := source.get("parts"):
        return f"prices of {listed([part['source'] for part in parts])}"
    return str(source.get("path") or f"{source['kind']} data")


def rooted(document: dict[str, Any]) -> dict[str, Any]:
    """A study's document with the path of its prices seen from anywhere.

    Who asks it again may stand elsewhere.
    """
    source = (document.get("data") or {}).get("source")
    if isinstance(source, dict) and source.get("path"):
        source["path"] = str(Path(source["path"]).absolute())
    return document


def with_benchmark(loaded: Loaded, ticker: str, *, keep: bool) -> Loaded:
    """The load with the adjusted closes of one ticker as its index; it may stay an asset.

    Raises:
        DataError: the ticker has no prices that can be used.
    """
    market = loaded.market
    if ticker not in market.assets:
        reason = loaded.report.refused.get(ticker, "it has no prices")
        raise DataError(f"benchmark {ticker} cannot be used: {reason}")
    level = market.close[:, market.assets.index(ticker)]
    assets = market.assets if keep else tuple(a for a in market.assets if a != ticker)
    whole = market.select(assets).with_series(benchmark=np.array(level))
    return replace(loaded, market=whole, benchmark_dividends=None)


def repairs(report: QualityReport) -> Iterable[Remark]:
    """What was repaired in the data: in short, and every finding as a detail."""
    for line in report.repairs:
        yield Remark(reason="repaired", stage="data", message=line)
    for line in report.lines():
        yield Remark(reason="repaired", stage="data", message=line, detail=True)
