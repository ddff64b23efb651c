"""From a source to a market: read, clean, align on one calendar, report what was wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from forefolio.core.component import OneOf
from forefolio.core.errors import DataError, InputError, NotEnoughHistory, UnknownTicker
from forefolio.core.units import Array, Dates
from forefolio.market.calendar import (
    exchange_sessions,
    keeps,
    rows_per_year,
    sessions_per_year,
)
from forefolio.market.cleaning.bars import MINIMUM_SESSIONS, Cleaned, clean_all
from forefolio.market.cleaning.history import sessions_needed
from forefolio.market.cleaning.quality import Finding, QualityReport
from forefolio.market.panel import BARS, Market
from forefolio.market.sources.base import Raw, Source, once_a_table, within
from forefolio.market.sources.files import Files
from forefolio.market.sources.frame import Frame, Prices
from forefolio.market.sources.named import source_in_words
from forefolio.market.sources.online_source import Online
from forefolio.market.sources.sample import Sample
from forefolio.market.sources.stored import StoredPrices
from forefolio.market.sources.symbols import sanitize_tickers
from forefolio.market.sources.synthetic import Synthetic
from forefolio.market.sources.uploaded import Uploaded

AnySource: TypeAlias = Annotated[
    Source, OneOf(Sample, Files, Synthetic, Uploaded, StoredPrices, Online)
]

_ANY: TypeAdapter[Source] = TypeAdapter(AnySource)

Day: TypeAlias = np.datetime64 | date | str

_REMEDY = "give more of it, or set minimum_sessions lower"
_RECENT = 756  # sessions whose year is the market's: it had fewer before a coin was listed
_DAILY = 200  # sessions a year, below which the data is weekly or monthly
_FIRST, _LAST = np.datetime64("1800-01-01", "D"), np.datetime64("2261-12-31", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A market, and the quality report of its data.

    `benchmark_dividends`: whether the index includes dividends, None if unknown.
    """

    market: Market
    report: QualityReport
    benchmark_dividends: bool | None = None

    def to_frame(self) -> Any:
        """Adjusted closes as a pandas frame: a row per session, a column per ticker.

        Its `attrs["refused"]` says why a ticker that was asked for is not among them.
        """
        frame = self.market.to_frame()
        frame.attrs["refused"] = dict(self.report.refused)
        return frame


def load_market(
    source: Source | Prices,
    tickers: str | Iterable[str] | None = None,
    start: Day | None = None,
    end: Day | None = None,
    minimum_sessions: int = MINIMUM_SESSIONS,
) -> Loaded:
    """Load daily, weekly or monthly prices as a `Market`, cleaned, with a report of the data.

    Args:
        source: such as `Sample()` or `Files(path=...)`, or in a word such as "yahoo" or "stored";
            or prices in memory, such as a pandas frame with dates as its index and a column of
            closes per ticker.
        tickers: None for the source's own list.
        start: first day, included; None for the earliest.
        end: last day, included; None for the latest.
        minimum_sessions: days of trading that a ticker needs; correspondingly fewer weeks or
            months. A ticker that ended before the others is kept, however short its history.

    Returns:
        The market of the tickers that can be used; the report names the others, with reasons.

    >>> loaded = load_market(Sample(), tickers="AAPL, MSFT", end="2020-12-31")
    >>> loaded.market.close.shape
    (7812, 2)

    Raises:
        BadTicker: a symbol is not one.
        UnknownTicker: the source has no such ticker.
        NotEnoughHistory: no ticker has `minimum_sessions`.
        DataError: no ticker can be used, for other reasons.
    """
    wanted = None if tickers is None else sanitize_tickers(tickers)
    raw = _read(source, wanted, start, end)
    missing = _missing(raw, wanted)
    if missing:
        raise UnknownTicker(missing, raw.tickers, raw.source)
    return _build(raw, minimum_sessions)


def as_market(prices: Market | Prices) -> Market:
    """A market unchanged, or one made of prices in memory, of which every asset must be usable.

    Raises:
        InputError: the prices are no table, or have no dates or names.
        DataError: those of an asset cannot be used.
    """
    if isinstance(prices, Market):
        return prices
    loaded = load_market(Frame(prices))
    if loaded.report.refused:
        reasons = "; ".join(f"{ticker}: {why}" for ticker, why in loaded.report.refused.items())
        raise DataError(f"not all of the prices can be used: {reasons}; leave those out")
    return loaded.market


def get_stock_data(
    tickers: str | Iterable[str],
    start: Day | None = None,
    end: Day | None = None,
    source: Source | Prices | None = None,
    minimum_sessions: int = MINIMUM_SESSIONS,
) -> Loaded:
    """Load several tickers, from the sample unless a `source` is named.

    As `load_market`, but a ticker that the source does not have is reported, not an error. The
    source may be a word: "yahoo" asks for the days that are not stored yet, keeps them, and reads
    what is stored where nobody answers; so may the path of a file or of a folder.

    >>> get_stock_data(["AAPL", "NOPE"]).report.refused
    {'NOPE': 'the sample has no such ticker'}

    Raises:
        BadTicker: a symbol is not one.
        DataError: no ticker at all can be used.
        InputError: none is named.
    """
    wanted = sanitize_tickers(tickers)
    if not wanted:
        raise InputError("no ticker is named; name one or more, such as AAPL,MSFT")
    raw = _read(Sample() if source is None else source, wanted, start, end)
    absent = [_absent(t, raw) for t in _missing(raw, wanted)]
    return _build(replace(raw, findings=(*raw.findings, *absent)), minimum_sessions)


def _absent(ticker: str, raw: Raw) -> Finding:
    message = f"{raw.source} has no such ticker"
    return Finding(
        ticker=ticker, code="unknown", message=message, action="left out", severity="error"
    )


def as_source(given: Source | Prices) -> Source:
    """A source as it is, in a word such as "yahoo", the path of files, or prices in memory as one.

    Raises:
        InputError: the prices are no table, or have no dates or names.
    """
    if isinstance(given, Path):
        return Files(path=given)
    if isinstance(given, str):
        return _ANY.validate_python(source_in_words(given))
    if isinstance(given, Source) and not isinstance(given, type):
        return given
    return Frame(given)


def _missing(raw: Raw, wanted: tuple[str, ...] | None) -> list[str]:
    have = {*raw.bars, *(f.ticker for f in raw.findings if f.severity == "error")}
    return [ticker for ticker in wanted or () if ticker not in have]


def _read(
    source: Source | Prices, wanted: tuple[str, ...] | None, start: Day | None, end: Day | None
) -> Raw:
    source = as_source(source)
    first = _day(start, "start") if start is not None else _FIRST
    last = _day(end, "end") if end is not None else _LAST
    if first > last:
        raise DataError(f"start {first} is after end {last}; swap them")
    raw = source.read(wanted, first, last)
    inside = once_a_table(lambda days: within(days, first, last))
    return replace(raw, bars={t: bars.at(inside(bars.dates)) for t, bars in raw.bars.items()})


def _day(day: Day, what: str) -> np.datetime64:
    try:
        return np.datetime64(str(day), "D")
    except ValueError:
        raise DataError(f"{what} {day!r} is not a date; write it as 2020-12-31") from None


# -- alignment ------------------------------------------------------------------------------------


def _build(raw: Raw, minimum_sessions: int) -> Loaded:
    cleaned = clean_all(raw.bars, raw.sectors, minimum_sessions, raw.today)
    good = {ticker: each for ticker, each in cleaned.items() if not each.refused}
    refused = {f.ticker: f.message for f in raw.findings if f.severity == "error"}
    refused |= {ticker: each.refused for ticker, each in cleaned.items() if each.refused}
    if not good:
        raise _nothing_left(cleaned, refused, minimum_sessions, raw.source)
    days = {ticker: each.days for ticker, each in good.items()}
    tables = {id(own): own for own in days.values()}
    sessions = _all_of(*tables.values())
    findings = [f for each in cleaned.values() for f in each.findings]
    report = QualityReport(
        findings=(*raw.findings, *findings, *_absences(days, raw, sessions)),
        refused=refused,
        rows_in=sum(map(len, raw.bars.values())),
        rows_kept=sum(map(len, days.values())),
    )
    return Loaded(
        market=_align(good, days, raw, sessions),
        report=report,
        benchmark_dividends=raw.benchmark_dividends,
    )


def _all_of(days: Dates, *others: Dates) -> Dates:
    """The days of every table (T,), which ascend in each."""
    return np.unique(np.concatenate([days, *others])) if others else days.copy()


def _nothing_left(
    cleaned: Mapping[str, Cleaned], refused: Mapping[str, str], minimum: int, source: str
) -> DataError:
    errors = {f.code for each in cleaned.values() for f in each.findings if f.severity == "error"}
    if errors == {"short_history"} and len(cleaned) == len(refused):
        longest = max(cleaned.values(), key=lambda each: each.traded)
        reasons = " or ".join(list(cleaned)[:5])
        needed = sessions_needed(longest.days, minimum)
        return NotEnoughHistory(needed, longest.traded, reasons, _REMEDY)
    reasons = "; ".join(f"{ticker}: {why}" for ticker, why in list(refused.items())[:10])
    more = f"; and {len(refused) - 10} more" if len(refused) > 10 else ""
    return DataError(f"{source} has no usable prices: {reasons or 'it is empty'}{more}")


def _align(
    good: Mapping[str, Cleaned], days: Mapping[str, Dates], raw: Raw, sessions: Dates
) -> Market:
    rows = once_a_table(lambda own: np.searchsorted(sessions, own))
    at = [rows(own) for own in days.values()]
    panels = {name: _panel(name, good, at, len(sessions)) for name in BARS}
    close = panels["close"]
    assert close is not None  # every ticker has closes
    a_year = once_a_table(lambda own: sessions_per_year(own, raw.calendar))
    own = [a_year(each) for each in days.values()]
    return Market(
        sessions=sessions,
        assets=tuple(good),
        close=close,
        open=panels["open"],
        high=panels["high"],
        low=panels["low"],
        volume=panels["volume"],
        traded_close=panels["traded_close"],
        series={name: values.at(sessions) for name, values in raw.series.items()},
        sectors=tuple(raw.sectors.get(ticker, "") for ticker in good),
        periods_per_year=rows_per_year(np.isfinite(close[-_RECENT:]), np.array(own)),
        sessions_per_year=tuple(own),
    )


def _panel(
    name: str, good: Mapping[str, Cleaned], rows: Sequence[NDArray[np.intp]], count: int
) -> Array | None:
    """The values (T, N) of one column at the `rows` of each ticker; None where nobody has any."""
    if not any(name in each.bars.columns for each in good.values()):
        return None
    out = np.full((len(good), count), np.nan)
    for own, each, at in zip(out, good.values(), rows, strict=True):
        values = each.bars.columns.get(name)
        if values is not None:
            own[at] = values if len(at) == len(values) else values[np.isfinite(each.bars.close)]
    known = any(np.isfinite(own).any() for own in out)
    return np.ascontiguousarray(out.T) if known else None


# -- sessions that should be there ----------------------------------------------------------------


def _absences(days: Mapping[str, Dates], raw: Raw, sessions: Dates) -> list[Finding]:
    """Sessions between a ticker's first bar and its last without one."""
    exchange = _exchange(raw, sessions)
    lost = once_a_table(lambda own: _lost(own, exchange, sessions))
    return [
        replace(
            Finding.on(lost(own), "missing", "session without a bar", "left empty"), ticker=ticker
        )
        for ticker, own in days.items()
        if len(lost(own))
    ]


def _lost(days: Dates, exchange: Dates, sessions: Dates) -> Dates:
    """The expected sessions within `days` that are none of them."""
    expected = _expected(days, exchange, sessions)
    inside = expected[(expected > days[0]) & (expected < days[-1])]
    return np.asarray(inside[days[np.searchsorted(days, inside)] != inside])


def _exchange(raw: Raw, sessions: Dates) -> Dates:
    if not raw.calendar or not len(sessions):
        return sessions[:0]
    return exchange_sessions(raw.calendar, sessions[0], sessions[-1])


def _expected(days: Dates, exchange: Dates, sessions: Dates) -> Dates:
    """Sessions that a record of these `days` should have: of its exchange, and of its own week.

    Others trade when it is closed; a day of the week on which it never does is none of its own.
    """
    if sessions_per_year(days) < _DAILY:
        return sessions if sessions_per_year(sessions) < _DAILY else days
    usual = np.bincount(_weekday(days), minlength=7) > 0
    own = sessions[usual[_weekday(sessions)]]
    return np.union1d(exchange, own) if keeps(days, exchange) else own


def _weekday(days: Dates) -> NDArray[np.int64]:
    """0 is Thursday, that of 1970-01-01."""
    return days.astype("datetime64[D]").astype(np.int64) % 7
