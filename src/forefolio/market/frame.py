"""A pandas frame of closes as a source: it is cleaned and aligned like every other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forefolio.component import content_digest
from forefolio.market.raw import Bars, Raw

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A row per session, a column of closes per ticker."""

    closes: pd.DataFrame

    def read(
        self, tickers: tuple[str, ...] | None, start: np.datetime64, end: np.datetime64
    ) -> Raw:
        """Its columns, or those among `tickers`."""
        dates = self.closes.index.to_numpy().astype("datetime64[D]")
        inside = (dates >= start) & (dates <= end)
        known = {str(name): self.closes[name].to_numpy(dtype=np.float64) for name in self.closes}
        bars = {
            ticker: Bars(dates=dates[inside], columns={"close": closes[inside]})
            for ticker, closes in known.items()
            if tickers is None or ticker in tickers
        }
        return Raw(source="the frame of prices", bars=bars, known=tuple(known))

    def version(self) -> str:
        """A digest of its values."""
        values = self.closes.to_numpy(dtype=np.float64)
        return content_digest(repr(list(self.closes)), np.ascontiguousarray(values).tobytes())
