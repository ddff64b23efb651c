"""The bundled sample: 20 large US stocks and the S&P 500, 1990 to 2022, without any network.

The numbers ship inside two dependencies, which are found but not imported: adjusted closes in
skfolio; the index's bars 1999-2018, yields, prices, bills and the VIX to 2018 in arch.
"""

import gzip
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import SourceUnavailable
from forefolio.core.units import Array, Dates
from forefolio.market.bonds import BOND_MATURITY_YEARS, bond_index
from forefolio.market.calendar import periods_per_year
from forefolio.market.sources.base import Bars, PublishedSeries, Raw
from forefolio.market.universe import MACRO, SAMPLE_SECTORS, daily_series, monthly_series

INDEX = "SP500"
FUNDS = ("MTUM", "QUAL", "SIZE", "USMV", "VLUE")

_STOCKS = ("skfolio", "datasets/data/sp500_dataset.csv.gz")
_FUNDS = ("skfolio", "datasets/data/factors_dataset.csv.gz")
_INDEX = ("skfolio", "datasets/data/sp500_index.csv.gz")


class Sample(Component):
    """20 US stocks, adjusted closes 1990-2022; on request five factor funds (2014 on) and SP500.

    >>> import forefolio as ff
    >>> ff.load_market(ff.Sample(), ("KO", "JNJ"), end="1994-12-30").market.assets
    ('KO', 'JNJ')
    """

    kind: Literal["sample"] = "sample"

    def version(self) -> str:
        """Names the two packages' releases."""
        return content_digest("sample 1", version("skfolio"), version("arch"))

    def read(
        self,
        tickers: tuple[str, ...] | None,
        start: np.datetime64,  # noqa: ARG002 - the whole is small
        end: np.datetime64,  # noqa: ARG002
    ) -> Raw:
        """Read the closes of `tickers`, by default the 20 stocks, and every series."""
        wanted = tuple(SAMPLE_SECTORS) if tickers is None else tickers
        index = _closes(_INDEX)[INDEX]
        bars = {INDEX: index}
        if set(wanted) & set(SAMPLE_SECTORS):
            bars |= _closes(_STOCKS)
        if set(wanted) & set(FUNDS):
            bars |= _closes(_FUNDS)
        return Raw(
            source="the sample",
            bars={ticker: bars[ticker] for ticker in wanted if ticker in bars},
            tickers=(*SAMPLE_SECTORS, *FUNDS, INDEX),
            series=_series(index),
            sectors=SAMPLE_SECTORS,
            benchmark_dividends=False,  # a price index beside adjusted closes
        )


def _series(index: Bars) -> dict[str, PublishedSeries]:
    sessions = index.dates
    macro = _macro(periods_per_year(sessions))
    bond = bond_index(sessions, macro["aaa"].at(sessions), BOND_MATURITY_YEARS)
    return {
        "benchmark": daily_series(sessions, index.close),
        **_index_bars(),
        **macro,
        "bond": daily_series(sessions, bond),
        "vix": daily_series(*_columns(("arch", "data/vix/vix.csv.gz"), 1)),
    }


def _index_bars() -> dict[str, PublishedSeries]:
    _, dates, table = _table(("arch", "data/sp500/sp500.csv.gz"))
    columns = {"open": 0, "high": 1, "low": 2, "volume": 5}
    return {f"benchmark_{n}": daily_series(dates, table[:, c]) for n, c in columns.items()}


def _macro(periods: float) -> dict[str, PublishedSeries]:
    bill_months, bill = _columns(("arch", "data/frenchdata/frenchdata.csv.gz"), 4)
    raw = {
        "core_cpi": _columns(("arch", "data/core_cpi/core-cpi.csv.gz"), 1),
        "aaa": _columns(("arch", "data/default/default.csv.gz"), 1, 100.0),
        "baa": _columns(("arch", "data/default/default.csv.gz"), 2, 100.0),
        "risk_free": (bill_months, (1 + bill / 100) ** (12 / periods) - 1),
    }
    return {series.name: monthly_series(series, *raw[series.name]) for series in MACRO}


# -- files -----------------------------------------------------------------------------------------


def _closes(where: tuple[str, str]) -> dict[str, Bars]:
    names, dates, table = _table(where)
    return {
        name: Bars(dates=dates, columns={"close": np.ascontiguousarray(table[:, column])})
        for column, name in enumerate(names)
    }


def _columns(where: tuple[str, str], column: int, unit: float = 1.0) -> tuple[Dates, Array]:
    _, dates, table = _table(where)
    return dates, table[:, column - 1] / unit


def _table(where: tuple[str, str]) -> tuple[list[str], Dates, Array]:
    """Dates (n,), and the names (k,) and values (n, k) of the other columns."""
    with gzip.open(_path(where), "rt", encoding="utf-8") as file:
        header, *lines = (
            file.read().replace(",.\n", ",nan\n").splitlines()
        )  # FRED's none is a point
    names = header.split(",")[1:]
    days, cells = zip(*(line.split(",", 1) for line in lines), strict=True)
    values = np.fromstring(",".join(cells), sep=",").reshape(len(lines), len(names))
    return names, _days(list(days)), values


def _path(where: tuple[str, str]) -> Path:
    package, name = where
    spec = find_spec(package)
    home = spec.submodule_search_locations if spec else None
    path = Path(home[0]) / name if home else None
    if path is None or not path.exists():
        raise SourceUnavailable(f"the sample's file {name} is not in {package}; install it anew")
    return path


def _days(texts: list[str]) -> Dates:
    """Days from 1990-01-02, 1/2/1990 or 199001."""
    if "/" in texts[0]:
        parts = (text.split("/") for text in texts)
        texts = [f"{year}-{month:0>2}-{day:0>2}" for month, day, year in parts]
    elif "-" not in texts[0]:
        texts = [f"{text[:4]}-{text[4:]}-01" for text in texts]
    return np.array(texts, dtype="datetime64[D]")
