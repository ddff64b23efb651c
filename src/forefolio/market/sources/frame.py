"""Prices from memory as a source: they are cleaned and aligned like every other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from forefolio.core.component import content_digest
from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.market.sources.base import Raw, once_a_table, within
from forefolio.market.sources.in_memory import given_sheet
from forefolio.market.sources.sheet import TableBars, read_sheet
from forefolio.market.sources.sheet_parts import Unreadable

pd: Any = lazy("pandas")

Prices: TypeAlias = Any  # whatever `Frame` takes

_SOURCE = "the frame of prices"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A row per session, a column of closes per ticker; or bars, as yfinance gives them.

    A pandas frame or series, an Arrow table, a frame of Polars or of another library that Narwhals
    knows, or a mapping of series by ticker.

    >>> import forefolio as ff
    >>> import pandas as pd
    >>> days = pd.bdate_range("2020-01-01", periods=600)
    >>> closes = pd.DataFrame({"A": range(100, 700), "B": range(700, 100, -1)}, index=days)
    >>> ff.load_market(ff.Frame(closes)).market.assets
    ('A', 'B')
    """

    closes: Prices

    def read(
        self, tickers: tuple[str, ...] | None, start: np.datetime64, end: np.datetime64
    ) -> Raw:
        """Its assets, or those among `tickers`.

        Raises:
            InputError: it is no table of prices, or has no dates or no names.
        """
        table = self._table()
        wanted = {*table.bars} if tickers is None else {*tickers}
        inside = once_a_table(lambda days: within(days, start, end))
        bars = {t: b.at(inside(b.dates)) for t, b in table.bars.items() if t in wanted}
        findings = (f for f in table.findings if f.ticker in wanted or f.ticker not in table.bars)
        return Raw(source=_SOURCE, bars=bars, tickers=tuple(table.bars), findings=tuple(findings))

    @property
    def tickers(self) -> tuple[str, ...]:
        """Its assets, also those whose prices cannot be used, each once."""
        table = self._table()
        return tuple(dict.fromkeys([*table.bars, *(f.ticker for f in table.findings)]))

    def version(self) -> str:
        """A digest of its names, dates and values."""
        if _is_plain(self.closes):
            return _digest_of_plain(self.closes)
        parts = []
        for ticker, bars in self._table().bars.items():
            columns = sorted(bars.columns.items())
            values = [np.ascontiguousarray(v).tobytes().hex() for _, v in columns]
            dates = bars.dates.astype("datetime64[D]").tobytes().hex()
            parts += [ticker, dates, *(name for name, _ in columns), *values]
        return content_digest("frame 2", *parts)

    def _table(self) -> TableBars:
        try:
            return read_sheet(given_sheet(self.closes))
        except Unreadable as problem:
            raise InputError(f"{_SOURCE}: {problem}") from None


def _is_plain(closes: Any) -> bool:
    return (
        isinstance(closes, pd.DataFrame)
        and isinstance(closes.index, pd.DatetimeIndex)
        and all(kind == np.float64 for kind in closes.dtypes)
    )


def _digest_of_plain(closes: Any) -> str:
    """Name a frame by its content, as it lies in memory: other layouts are other names."""
    values, dates = closes.to_numpy(dtype=np.float64), closes.index.to_numpy()
    laid = values if values.flags.c_contiguous else values.T
    shape = repr((laid.shape, values.flags.c_contiguous, list(closes.columns), closes.index.dtype))
    return content_digest(shape, dates.tobytes(), laid.tobytes())
