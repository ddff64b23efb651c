"""Ranks: what the cross-section shows is found, and nothing where there is nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm, rankdata

from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast import Dataset, RidgeRanks, XGBoostRanks
from forefolio.forecast.models.ranks import FittedRanks, normal_scores, ranked
from forefolio.forecast.scoring.rank_kernel import rank_correlations
from forefolio.market import Market, simulated_market
from forefolio.market.returns import ewma_volatility
from forefolio.store.values import pack, unpack

Labelled = Callable[[Market, int], Dataset]
MODELS = (XGBoostRanks(trees=40), RidgeRanks())
both = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.kind)
panels = arrays(
    np.float64, (4, 9, 2), elements=st.sampled_from([-3.0, -1.0, 0.0, 0.5, 2.0, np.nan])
)


@pytest.fixture(scope="module")
def wide() -> Market:
    return simulated_market(seed=7, sessions=1000, assets=25)


def _with_signal(data: Dataset, strength: float, common: float = 0.0) -> Dataset:
    """One feature tells by how much each asset will beat the others; all move together too."""
    draw = np.random.default_rng(5)
    signal = draw.standard_normal(data.y.shape)
    together = common * draw.standard_normal(len(data.y))[:, None]
    risk = ewma_volatility(data.market) * np.sqrt(data.horizon)
    x = data.x.copy()
    x[..., 1] = np.exp(signal)  # far from normal, as features are
    return replace(data, x=x, y=data.y + (strength * signal + together) * risk)


def _rank_ic(mean: Array, outcome: Array) -> float:
    return float(np.nanmean(rank_correlations(mean, outcome)))


@given(panels)
def test_ranks_and_scores_are_those_of_the_slow_way(x: Array) -> None:
    ranks, known = ranked(x)
    scores = np.stack([normal_scores(x[..., f].copy()) for f in range(2)], axis=-1)
    np.testing.assert_array_equal(known, np.isfinite(x).all(axis=-1))
    for row in range(4):
        for feature in range(2):
            values = x[row, :, feature]
            there = np.isfinite(values)
            share = (rankdata(values[there]) - 0.5) / max(there.sum(), 1)
            np.testing.assert_allclose(ranks[row, there, feature], share - 0.5, atol=1e-7)
            np.testing.assert_allclose(scores[row, there, feature], norm.ppf(share), atol=1e-12)
            assert np.isnan(ranks[row, ~there, feature]).all()


@both
@pytest.mark.parametrize("horizon", [1, 21])
def test_finds_which_asset_beats_which_whatever_they_all_do(
    model: Any, horizon: int, wide: Market, labelled: Labelled
) -> None:
    data = _with_signal(labelled(wide, horizon), 0.3, common=2.0)
    fitted = model.fit(data.as_of(800))
    said = fitted.predict(data, rows=200)
    assert _rank_ic(said.mean, data.y[-200:]) > 0.1
    assert fitted.slope > 4 * fitted.slope_error


@both
def test_says_by_how_much_and_not_only_which(model: Any, wide: Market, labelled: Labelled) -> None:
    data = _with_signal(labelled(wide, 1), 0.5)
    said = model.fit(data.as_of(800)).predict(data, rows=200)
    risk = ewma_volatility(wide)[-200:]
    planted = (0.5 * np.log(data.x[-200:, :, 1]) * risk)[20:]
    lead = said.mean[20:] - said.mean[20:].mean(axis=1, keepdims=True)
    slope = (lead * planted).sum() / (lead**2).sum()
    assert 0.8 < slope < 1.2


@both
@pytest.mark.parametrize("seed", [3, 4])
def test_where_there_is_nothing_the_prior_is_nearly_all_that_is_said(
    model: Any, seed: int, labelled: Labelled
) -> None:
    data = labelled(simulated_market(seed=seed, sessions=1000, assets=25), 5)
    fitted = model.fit(data)
    said = fitted.predict(data, rows=300)
    prior = 5 * fitted.drift
    assert np.std((said.mean - prior) / said.std) < 0.05


@both
def test_a_row_is_the_same_to_the_bit_whatever_comes_with_it(
    model: Any, labelled: Labelled, wide: Market
) -> None:
    data = _with_signal(labelled(wide, 5), 0.3)
    fitted = model.fit(data)
    assert fitted.slope > 0
    whole = fitted.predict(data, rows=60).mean
    for rows in (1, 2, 7, 59):
        np.testing.assert_array_equal(fitted.predict(data, rows=rows).mean, whole[-rows:])


def test_the_order_of_the_assets_makes_no_difference(labelled: Labelled, wide: Market) -> None:
    # Every row and column for every tree: draws go by position. What is left are sums of floats
    # in another order.
    data = _with_signal(labelled(wide, 5), 0.3)
    turned = np.random.default_rng(0).permutation(25)
    other = replace(
        data,
        market=wide.select([wide.assets[i] for i in turned]),
        x=data.x[:, turned],
        y=data.y[:, turned],
    )
    for model in (XGBoostRanks(trees=20, row_share=1, column_share=1), RidgeRanks()):
        said = model.fit(data).predict(data, rows=20)
        again = model.fit(other).predict(other, rows=20)
        np.testing.assert_allclose(again.mean, said.mean[:, turned], rtol=1e-3, atol=1e-6)


@both
def test_monotone_changes_of_features_make_no_difference(
    model: Any, labelled: Labelled, wide: Market
) -> None:
    data = _with_signal(labelled(wide, 5), 0.3)
    bent = replace(data, x=np.stack([np.exp(data.x[..., f]) for f in range(3)], axis=-1))
    said, again = (model.fit(each).predict(each, rows=20) for each in (data, bent))
    np.testing.assert_array_equal(said.mean, again.mean)


@both
def test_needs_assets_to_compare(model: Any, labelled: Labelled, wide: Market) -> None:
    data = labelled(wide.select(wide.assets[:4]), 5)
    with pytest.raises(DataError, match="needs 5 of them, there are 4"):
        model.fit(data)
    with pytest.raises(NotEnoughHistory, match="5 assets"):
        model.fit(labelled(wide[:140], 21))
    with pytest.raises(NotEnoughHistory, match=r"needs 628 .* 100 are available"):
        model.model_copy(update={"window": 100}).fit(labelled(wide, 250))


@both
def test_halves_that_hardly_fit_are_fitted(model: Any, labelled: Labelled, wide: Market) -> None:
    horizon = 250
    fewest = 126 + 2 * (horizon + 1)
    data = _with_signal(labelled(wide, horizon), 0.5)
    said = model.model_copy(update={"window": fewest}).fit(data).predict(data)
    assert np.isfinite(said.mean).all()


@both
def test_of_fewer_than_five_assets_the_prior_is_said(
    model: Any, labelled: Labelled, wide: Market
) -> None:
    data = _with_signal(labelled(wide, 5), 0.3)
    fitted = model.fit(data)
    x = data.x.copy()
    x[-1, 4:] = np.nan
    said = fitted.predict(replace(data, x=x))
    np.testing.assert_array_equal(said.mean[0, :4], 5 * fitted.drift)
    assert np.isnan(said.mean[0, 4:]).all()


@both
def test_is_kept_without_pickle(model: Any, labelled: Labelled, wide: Market) -> None:
    data = _with_signal(labelled(wide, 5), 0.3)
    fitted = model.fit(data)
    kept = unpack(pack(fitted))
    assert isinstance(kept, FittedRanks)
    np.testing.assert_array_equal(
        kept.predict(data, rows=9).mean, fitted.predict(data, rows=9).mean
    )
