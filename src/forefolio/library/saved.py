"""Prices in memory as a source that a stored study can name: a file under their content's name."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.core.writing import write_whole
from forefolio.market import Files, Frame, Market, Source, as_source
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.strategy import StrategyStudy

pandas: Any = lazy("pandas")

FOLDER = "frames"  # under FOREFOLIO_HOME
_EVER = np.datetime64("1000-01-01", "D"), np.datetime64("9999-12-31", "D")


def saved(prices: Any, settings: Settings | None = None) -> Source:
    """A source that documents can name: prices in memory are written under FOREFOLIO_HOME.

    The file has a row per session and ticker, and the name of its content: the same prices are
    the same file. It stays, because stored runs name it.

    Args:
        prices: a frame (pandas, polars, Arrow) or mapping, which is written; a source or the path
            of files, which is named as it is.
        settings: where FOREFOLIO_HOME is; the environment's.

    Raises:
        InputError: it is no table of prices, or has no dates or names.

    >>> import forefolio as ff
    >>> import pandas as pd
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=3)
    >>> prices = pd.DataFrame(market.close, pd.DatetimeIndex(market.sessions), ["A", "B", "C"])
    >>> ff.saved(prices).kind
    'files'
    """
    if isinstance(prices, Market):
        raise InputError(
            "a stored study reads prices from a source, and a Market has left its own behind; give "
            "the source or the frame that it was loaded from"
        )
    source = as_source(prices)
    if not isinstance(source, Frame):
        return source
    home = (settings or Settings.read()).prepare().home
    path = home / FOLDER / f"{source.version()}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        content = BytesIO()
        _long(source).to_parquet(content, index=False)
        write_whole(path, content.getvalue())
    return Files(path=path, calendar="")


def as_strategy_study(given: Any, settings: Settings | None = None) -> StrategyStudy:
    """A study as it is; prices as the question of the usual study about them."""
    if isinstance(given, StrategyStudy | None):
        return given or StrategyStudy()
    _no_other_study(given)
    return StrategyStudy.model_validate({"data": {"source": saved(given, settings)}})


def as_forecast_study(given: Any, settings: Settings | None = None) -> ForecastStudy:
    """The part of a study that forecasts depend on; prices as the usual question about them."""
    if isinstance(given, ForecastStudy):
        return given
    return as_strategy_study(given, settings).forecasting


def _no_other_study(given: Any) -> None:
    if hasattr(given, "job") or isinstance(given, type):
        raise InputError(
            f"prices or a StrategyStudy are asked for, not a {type(given).__name__}; "
            "other studies are answered by forefolio.ask"
        )


def _long(frame: Frame) -> Any:
    """A row per session and ticker, with whatever bars there are."""
    raw = frame.read(None, *_EVER)
    parts = [
        pandas.DataFrame(
            {
                "date": bars.dates.astype("datetime64[ns]"),
                "ticker": ticker,
                **{name: np.array(values) for name, values in bars.columns.items()},
            }
        )
        for ticker, bars in raw.bars.items()
    ]
    if not parts:
        raise InputError("the frame of prices holds no asset whose prices can be read")
    return pandas.concat(parts, ignore_index=True)
