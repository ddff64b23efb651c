"""Market data: what was known, and when."""

from forefolio.market.calendar import AnySchedule, Every, MonthStart, WeekStart, periods_per_year
from forefolio.market.files import Files
from forefolio.market.frame import Frame, Prices
from forefolio.market.panel import BARS, Market
from forefolio.market.quality import Finding, QualityReport
from forefolio.market.raw import Source
from forefolio.market.sample import Sample
from forefolio.market.sources import AnySource, Loaded, get_stock_data, load_market
from forefolio.market.symbols import sanitize_tickers
from forefolio.market.synthetic import Synthetic, simulated_market

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
    "Prices",
    "QualityReport",
    "Sample",
    "Source",
    "Synthetic",
    "WeekStart",
    "get_stock_data",
    "load_market",
    "periods_per_year",
    "sanitize_tickers",
    "simulated_market",
]
