"""Market data as of each session: sources, cleaning, `Market`."""

from forefolio.market.calendar import AnySchedule, Every, MonthStart, WeekStart, periods_per_year
from forefolio.market.cleaning.quality import Finding, QualityReport
from forefolio.market.panel import BARS, Market
from forefolio.market.sources.base import Source
from forefolio.market.sources.files import Files
from forefolio.market.sources.frame import Frame, Prices
from forefolio.market.sources.loading import (
    AnySource,
    Loaded,
    as_market,
    as_source,
    get_stock_data,
    load_market,
)
from forefolio.market.sources.online_source import Online
from forefolio.market.sources.sample import Sample
from forefolio.market.sources.stored import StoredPart, StoredPrices
from forefolio.market.sources.symbols import sanitize_tickers
from forefolio.market.sources.synthetic import Synthetic, simulated_market
from forefolio.market.sources.uploaded import Uploaded
from forefolio.market.sources.weights import read_weights, read_weights_of, refuse_percentages

__all__ = [
    "BARS",
    "AnySchedule",
    "AnySource",
    "Every",
    "Files",
    "Finding",
    "Frame",
    "Loaded",
    "Market",
    "MonthStart",
    "Online",
    "Prices",
    "QualityReport",
    "Sample",
    "Source",
    "StoredPart",
    "StoredPrices",
    "Synthetic",
    "Uploaded",
    "WeekStart",
    "as_market",
    "as_source",
    "get_stock_data",
    "load_market",
    "periods_per_year",
    "read_weights",
    "read_weights_of",
    "refuse_percentages",
    "sanitize_tickers",
    "simulated_market",
]
