import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import NotEnoughHistory, UnknownTicker
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.market import Loaded, Sample, load_market
from forefolio.market.sources.sample import FUNDS, INDEX

skfolio: Any = lazy("skfolio.datasets")
HEAVY = ("pandas", "skfolio", "arch", "exchange_calendars")


@pytest.fixture(scope="module")
def sample() -> Loaded:
    return load_market(Sample())


def on(sample: Loaded, name: str, day: str) -> float:
    return float(sample.market.as_of(day).series[name][-1])


def test_the_closes_are_the_ones_skfolio_ships(sample: Loaded) -> None:
    prices = skfolio.load_sp500_dataset()
    assert list(sample.market.assets) == list(prices.columns)
    assert np.array_equal(sample.market.sessions, prices.index.to_numpy().astype("M8[D]"))
    assert np.array_equal(sample.market.close, prices.to_numpy())
    index = skfolio.load_sp500_index()["SP500"].to_numpy()
    assert np.array_equal(sample.market.series["benchmark"], index)


def test_it_has_closes_only_sectors_and_a_calendar(sample: Loaded) -> None:
    market = sample.market
    assert market.open is None and market.high is None and market.low is None
    assert market.volume is None
    assert "" not in market.sectors
    assert market.periods_per_year == 252
    assert sample.report.refused == {} and sample.report.rows_dropped == 0


def test_funds_and_the_index_are_tickers_on_request() -> None:
    market = load_market(Sample(), [*FUNDS, INDEX, "AAPL"]).market
    assert market.assets == (*FUNDS, INDEX, "AAPL")
    listed = int(np.searchsorted(market.sessions, np.datetime64("2014-01-02")))
    assert np.isnan(market.close[:listed, 0]).all()
    assert np.isfinite(market.close[listed:, :]).all()


def test_macro_values_are_known_only_after_their_publication(sample: Loaded) -> None:
    # core CPI: October 2018 was 258.857 and came out on 14 November; December's never ships
    assert on(sample, "core_cpi", "2018-11-30") == pytest.approx(
        on(sample, "core_cpi", "2018-11-01")
    )
    # the average Aaa yield of December 2018, 4.02, is known when December is over
    assert on(sample, "aaa", "2018-12-31") == pytest.approx(0.0422)
    assert on(sample, "aaa", "2019-01-02") == pytest.approx(0.0402)
    assert on(sample, "baa", "2019-01-02") == pytest.approx(0.0513)
    # the bill of November 2018 pays 0.18 % a month
    assert (1 + on(sample, "risk_free", "2018-11-01")) ** 21 == pytest.approx(1.0018)
    assert on(sample, "vix", "2014-01-03") == 13.76


@pytest.mark.parametrize(
    ("name", "last"),
    [("core_cpi", "2019-02-15"), ("aaa", "2019-02-15"), ("risk_free", "2018-12-14"),
     ("bond", "2019-02-15"), ("vix", "2019-01-03"), ("benchmark_volume", "2018-12-31")],
)  # fmt: skip
def test_a_series_ends_instead_of_being_carried_for_ever(
    sample: Loaded, name: str, last: str
) -> None:
    known = np.flatnonzero(np.isfinite(sample.market.series[name]))
    assert str(sample.market.sessions[known[-1]]) == last


def test_the_bond_earned_what_long_bonds_did(sample: Loaded) -> None:
    bond: Array = sample.market.series["bond"]
    growth = bond[np.isfinite(bond)][-1] / bond[0]
    years = 29.1
    assert 0.07 < growth ** (1 / years) - 1 < 0.09  # yields fell from 8.9 % to 4.0 %


def test_dates_cut_the_sample_and_leave_no_trace_of_what_was_cut(sample: Loaded) -> None:
    cut = load_market(Sample(), start="2000-01-01", end="2004-12-31").market
    whole = sample.market.as_of("2004-12-31")
    rows = len(cut)
    assert str(cut.sessions[0]) == "2000-01-03"
    assert np.array_equal(cut.close, whole.close[-rows:])
    for name, values in cut.series.items():
        assert np.array_equal(values, whole.series[name][-rows:], equal_nan=True), name


def test_thirty_days_are_too_few() -> None:
    with pytest.raises(NotEnoughHistory) as caught:
        load_market(Sample(), start="2020-01-01", end="2020-02-01")
    assert (caught.value.needed, caught.value.available) == (63, 21)
    assert "\n" not in str(caught.value)


def test_an_unknown_ticker_is_named_with_what_there_is() -> None:
    with pytest.raises(UnknownTicker, match=r"has no TSLA; it has AAPL"):
        load_market(Sample(), ["AAPL", "TSLA"])


def test_reading_the_sample_is_cheap_and_needs_no_pandas() -> None:
    code = f"""
import sys
from forefolio.market import Sample, load_market
load_market(Sample())
print([name for name in {HEAVY} if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
    begin = time.process_time()
    load_market(Sample())
    assert time.process_time() - begin < 1.0
    assert Sample().version() == Sample().version()
