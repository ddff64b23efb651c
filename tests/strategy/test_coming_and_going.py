"""Assets that come and go: what is estimated of those alive is the same as of a market of them."""

from dataclasses import replace

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.forecast import Dataset, ShrunkMean
from forefolio.forecast.base import latest
from forefolio.forecast.models.baselines import as_of_last, shrunk_drift
from forefolio.market import Market, simulated_market
from forefolio.market.causal import CAUSAL
from forefolio.market.returns import ewma_volatility
from forefolio.risk import VolatilityTimesCorrelation
from forefolio.strategy import Diversified
from forefolio.strategy.baselines import alive, only

LISTED = (0, 0, 700, 0, 300, 0, 950)  # rows
ENDED = (1000, 900, 1000, 995, 1000, 1000, 1000)


@pytest.fixture(scope="module")
def market() -> Market:
    whole = simulated_market(seed=8, sessions=1000, assets=7)
    row = np.arange(1000)[:, None]
    gone = (row < np.array(LISTED)) | (row >= np.array(ENDED))
    bars = {
        name: np.where(gone, np.nan, getattr(whole, name))
        for name in ("open", "high", "low", "close", "volume")
    }
    return replace(whole, **bars)  # type: ignore[arg-type]


def alone(market: Market) -> Market:
    """The same market, which is chosen from no other."""
    return replace(market, series=dict(market.series))


def chosen(market: Market) -> Market:
    """What is alive at the end."""
    held = only(market, alive(market))
    assert held.chosen_from is not None and 3 < len(held.assets) < len(market.assets)
    return held


@pytest.mark.parametrize("end", [600, 920, 998])
def test_panels_of_some_assets_are_columns_of_the_market(market: Market, end: int) -> None:
    held = chosen(market[:end])
    np.testing.assert_array_equal(held.returns, alone(held).returns)
    np.testing.assert_array_equal(ewma_volatility(held), ewma_volatility(alone(held)))
    past = held[: end - 50]
    np.testing.assert_array_equal(past.returns, alone(past).returns)
    assert held.returns.flags.c_contiguous and not held.returns.flags.writeable


@pytest.mark.parametrize("end", [600, 920, 998])
def test_means_are_those_of_a_market_of_these_alone(market: Market, end: int) -> None:
    def means(of: Market) -> Array:
        data = Dataset.of_prices(of, 21)
        return latest(ShrunkMean().fit(data), data).mean

    held = chosen(market[:end])
    now = as_of_last(held)
    assert now is not None and now is as_of_last(held)
    assert as_of_last(alone(held)) is None
    np.testing.assert_allclose(means(held), means(alone(held)), rtol=1e-10)
    if not held.silence[0].any():
        np.testing.assert_allclose(means(held)[0], 21 * shrunk_drift(held.returns), rtol=1e-10)


@pytest.mark.parametrize("end", [600, 920, 998])
def test_decisions_are_those_of_a_market_of_these_alone(market: Market, end: int) -> None:
    held = chosen(market[:end])
    model = VolatilityTimesCorrelation(half_life=60)
    np.testing.assert_allclose(model(held).matrix, model(alone(held)).matrix, rtol=1e-10)
    rule, nothing = Diversified(risk=model), np.zeros(len(held.assets))
    weights = rule.decide(held, nothing).weights
    np.testing.assert_allclose(weights, rule.decide(alone(held), nothing).weights, atol=1e-9)


def test_only_panels_in_which_assets_do_not_meet_are_cut_by_columns(market: Market) -> None:
    held = chosen(market[:920])
    for panel in CAUSAL:
        made, own = panel(held), panel(alone(held))
        if isinstance(made, np.ndarray):
            np.testing.assert_allclose(made, own, rtol=1e-9, err_msg=str(panel))
