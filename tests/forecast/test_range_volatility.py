"""Volatility models that learn from ranges, from all assets and from the feature panel."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast import (
    HARX,
    Dataset,
    LearntVolatility,
    RangeHAR,
    XGBoost,
    volatility_panel,
)
from forefolio.forecast.scoring.truth import Truth
from forefolio.forecast.targets import ForwardVolatility
from forefolio.forecast.volatility import variance
from forefolio.forecast.volatility.har import HAR, FittedHAR, regress
from forefolio.forecast.volatility.log_means import log_means
from forefolio.forecast.volatility.variance import (
    TrainingData,
    range_terms,
    range_variances,
    return_terms,
    training_data,
)
from forefolio.market import Market, simulated_market
from forefolio.store.values import pack, unpack

Labelled = Callable[[Market, int], Dataset]

TREES = LearntVolatility(model=XGBoost(trees=20))


def with_storms(sessions: int = 1600, assets: int = 6, steps: int = 40) -> Market:
    """Assets whose volatility wanders, with ranges from `steps` prices within each session."""
    rng = np.random.default_rng(3)
    common = np.zeros((sessions, 1))
    own = np.zeros((sessions, assets))
    for t in range(1, sessions):
        common[t] = 0.97 * common[t - 1] + 0.15 * rng.standard_normal(1)
        own[t] = 0.9 * own[t - 1] + 0.15 * rng.standard_normal(assets)
    volatility = 0.01 * np.exp(common + own)
    moves = rng.standard_normal((sessions, steps, assets)) * volatility[:, None] / np.sqrt(steps)
    path = np.cumsum(moves, axis=1)
    opened = np.vstack([np.zeros((1, assets)), np.cumsum(path[:, -1], axis=0)[:-1]])
    prices = 100 * np.exp(
        np.concatenate([np.zeros((sessions, 1, assets)), path], axis=1) + opened[:, None]
    )
    base = simulated_market(sessions=sessions, assets=assets)
    return replace(
        base,
        open=prices[:, 0].copy(),
        high=prices.max(axis=1),
        low=prices.min(axis=1),
        close=prices[:, -1].copy(),
        volume=None,
    )


def closes_only(market: Market) -> Market:
    return replace(market, open=None, high=None, low=None, volume=None)


def qlike(data: Dataset, model: Any, fitted: int) -> float:
    rows = len(data) - fitted
    said = model.fit(data.as_of(fitted)).predict(data, rows=rows).std ** 2
    came = Truth.of(data.market, data.horizon, rows).variance
    return float(np.nanmean(came / said + np.log(said)))


def test_the_day_and_the_night_are_variances() -> None:
    market = with_storms(sessions=3000, steps=400)
    measured = range_variances(market)
    squares = np.log(market.close / market.open) ** 2  # type: ignore[operator]
    assert measured["day"].mean() == pytest.approx(squares.mean(), rel=0.12)
    assert np.nanmax(measured["night"]) < 1e-20  # it opens where it closed
    assert range_variances(closes_only(market)) == {}


def test_a_split_day_is_worth_its_log_range() -> None:
    market = simulated_market(sessions=2, assets=1)
    bars = {"open": 100.0, "high": 110.0, "low": 95.0, "close": 102.0}
    market = replace(market, **{n: np.full((2, 1), v) for n, v in bars.items()})  # type: ignore[arg-type]
    expected = 0.5 * np.log(110 / 95) ** 2 - (2 * np.log(2) - 1) * np.log(1.02) ** 2
    assert range_variances(market)["day"][0, 0] == pytest.approx(expected, rel=1e-12)
    assert range_variances(market)["night"][1, 0] == pytest.approx((100 / 102 - 1) ** 2)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 100))
def test_terms_are_logarithms_of_means(scale: float, seed: int) -> None:
    variance = np.random.default_rng(seed).chisquare(1, (90, 2))
    variance[::7, 0] = np.nan
    terms = log_means(variance)
    assert np.isnan(terms[:20]).all() and np.isfinite(terms[30:]).all()
    for k, window in enumerate((1, 5, 21, 63)):
        expected = np.nanmean(variance[90 - window :, 1])
        floor = 0.01 * np.mean(variance[27:, 1])
        assert terms[-1, 1, k] == pytest.approx(np.log(max(expected, floor)), rel=1e-9)
    np.testing.assert_allclose(log_means(scale * variance), terms + np.log(scale), atol=1e-9)


def test_the_mean_of_assets_is_the_same_for_all(market: Market) -> None:
    terms = range_terms(closes_only(market))
    own, everyone = terms.values[..., :4], terms.values[..., 4:]
    assert terms.names[4:] == ("market 1", "market 5", "market 21", "market 63")
    np.testing.assert_allclose(everyone[200], np.tile(own[200].mean(axis=0), (6, 1)))
    assert len(range_terms(market).names) == 16


def test_the_ridge_is_that_of_sklearn() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 3)) * [1.0, 2.0, 0.5] + [0.0, 1.0, -1.0]
    variance = np.exp(x @ [0.5, 0.2, -0.3] + 0.5 * rng.standard_normal(600))
    training = TrainingData(
        x=x, log_variance=np.log(variance), variance=variance, sessions=60, repeats=5.0
    )
    found = regress(training, penalty=3.0)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    oracle = Ridge(alpha=3.0 * 600 * 5.0 / 60).fit(z, np.log(variance))  # 12 sessions apart
    np.testing.assert_allclose(found[1:], oracle.coef_ / x.std(axis=0), rtol=1e-9)
    assert np.mean(variance / np.exp(found[0] + x @ found[1:])) == pytest.approx(1.0, rel=1e-12)


def test_labels_that_overlap_count_less(labelled: Labelled, market: Market) -> None:
    short, long = (
        training_data(labelled(market, h), return_terms(market), "it", window=300) for h in (5, 63)
    )
    assert (short.repeats, long.repeats) == (5.0, 63 / 12)
    assert short.sessions == 300 and long.sessions == 25


def test_of_many_assets_some_stand_for_all_in_turn(
    labelled: Labelled, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, terms = labelled(market, 5), return_terms(market)
    whole = training_data(data, terms, "it", window=300)
    monkeypatch.setattr(variance, "MOST", len(whole.x) // 3)
    some = training_data(data, terms, "it", window=300)
    assert len(whole.x) / 4 < len(some.x) <= len(whole.x) / 3 + 1
    assert (some.sessions, some.repeats) == (whole.sessions, whole.repeats)
    rows = {tuple(row): number for number, row in enumerate(whole.x.tolist())}
    taken = np.bincount([rows[tuple(row)] * 300 // len(rows) for row in some.x.tolist()])
    assert len(taken) == 300 and taken.min() >= 1  # of every session


def test_all_assets_have_their_turn_where_sessions_are_left_out() -> None:
    chosen = np.zeros((100, 6), dtype=np.bool_)
    chosen[::2] = True
    taken = chosen & variance.in_turn(chosen, 150)
    assert taken.sum(axis=1)[::2].tolist() == [3] * 50
    assert taken.sum(axis=0).tolist() == [25] * 6


def test_ranges_are_worth_their_while(labelled: Labelled) -> None:
    data = labelled(with_storms(), 1)
    plain, ranged = (qlike(data, model, 1000) for model in (HAR(), RangeHAR()))
    assert ranged < plain - 0.01


def test_it_says_which_terms_it_found(labelled: Labelled, market: Market) -> None:
    with_ranges = RangeHAR().fit(labelled(market, 5))
    without = RangeHAR().fit(labelled(closes_only(market), 5))
    assert isinstance(with_ranges, FittedHAR) and isinstance(without, FittedHAR)
    assert "day 21" in names(with_ranges) and "night 1" in names(with_ranges)
    assert not any(name.startswith(("day", "night")) for name in names(without))
    assert "momentum" not in names(with_ranges)


@pytest.mark.parametrize("model", [HARX(), TREES], ids=lambda m: m.kind)
def test_features_that_know_the_future_are_used(model: HARX, labelled: Labelled) -> None:
    data = labelled(with_storms(), 5)
    came: Array = Truth.of(data.market, 5, len(data)).variance
    oracle = np.nan_to_num(np.log(came), nan=-7.0)[..., None]
    told = replace(data, x=np.concatenate([data.x, oracle], axis=-1), names=(*data.names, "oracle"))
    assert qlike(told, model, 1000) < qlike(data, model, 1000) - 0.05


@pytest.mark.parametrize("model", [HARX(), TREES], ids=lambda m: m.kind)
def test_an_unknown_feature_silences_only_its_session(model: HARX, labelled: Labelled) -> None:
    data = labelled(with_storms(sessions=700), 5)
    x = data.x.copy()
    x[-1, 2, 0] = np.nan
    said = model.fit(data.as_of(600)).predict(replace(data, x=x), rows=3).std
    assert np.isnan(said[-1, 2]) and np.isfinite(said).sum() == said.size - 1


@pytest.mark.parametrize("model", [RangeHAR(), HARX(), TREES], ids=lambda m: m.kind)
def test_it_travels_and_refuses_little_history(model: RangeHAR, labelled: Labelled) -> None:
    data = labelled(simulated_market(sessions=400), 5)
    fitted = model.fit(data)
    said = fitted.predict(data, rows=2)
    np.testing.assert_array_equal(unpack(pack(fitted)).predict(data, rows=2).std, said.std)
    assert ((said.std > 0.005) & (said.std < 0.2)).all()
    with pytest.raises(NotEnoughHistory, match=f"{model.name} over 5 sessions needs 126"):
        model.fit(labelled(simulated_market(sessions=140), 5))


def names(fitted: FittedHAR) -> tuple[str, ...]:
    assert fitted.line is not None
    return fitted.line.names


@pytest.mark.parametrize("model", [RangeHAR(), HARX()], ids=lambda m: m.kind)
def test_other_assets_hear_nothing_of_missing_ranges(model: Any, labelled: Labelled) -> None:
    market = with_storms(sessions=900)
    known = labelled(market, 5)
    fitted = model.fit(known)
    said = fitted.predict(known, rows=30)
    gappy = fitted.predict(labelled(gap(market, 100), 5), rows=30)
    rest = slice(1, None)
    np.testing.assert_allclose(gappy.std[:, rest], said.std[:, rest], rtol=0.1)


def gap(market: Market, sessions: int) -> Market:
    changed = {name: np.array(getattr(market, name)) for name in ("open", "high", "low")}
    for bars in changed.values():
        bars[-sessions:, 0] = np.nan
    return replace(market, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", [100, 900])
def test_without_ranges_an_asset_is_forecast_as_if_none_had_any(missing: int) -> None:
    market = with_storms(sessions=900)
    gappy = volatility_panel(gap(market, missing), 5, RangeHAR())
    plain = volatility_panel(closes_only(market), 5, RangeHAR())
    assert gappy.std[0, 0] == pytest.approx(plain.std[0, 0], rel=0.15)
    assert [asset for asset, _ in gappy.notes] == ["A0"] and not plain.notes


def test_ranges_that_hardly_anything_has_are_not_needed() -> None:
    market = with_storms(sessions=600)
    changed = {name: np.array(getattr(market, name)) for name in ("open", "high", "low")}
    for bars in changed.values():
        bars[:-50] = np.nan
    said = volatility_panel(replace(market, **changed), 5, RangeHAR())  # type: ignore[arg-type]
    plain = volatility_panel(closes_only(market), 5, RangeHAR())
    np.testing.assert_allclose(said.std, plain.std, rtol=0.35)
    assert len(said.notes) == 6


def test_the_variance_ahead_is_known_once_its_sessions_have_ended(tmp_path: Path) -> None:
    market = simulated_market(seed=5, sessions=200, assets=3, holes=0.05).save(tmp_path)
    for rows in (120, 150, 60, 200):  # shorter and longer than what is kept
        data = Dataset.of_prices(market[:rows], 5)
        expected = ForwardVolatility(horizon=5)(market[:rows]) ** 2
        np.testing.assert_array_equal(variance.variance_ahead(data), expected)
        assert np.isnan(variance.variance_ahead(data)[-6:]).all()
