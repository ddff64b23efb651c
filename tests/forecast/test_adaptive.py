"""What is right in calm weather and what is right in a storm are told apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast import (
    BayesianRidge,
    Dataset,
    FittedAdaptive,
    Forecaster,
    ForecastPanel,
    PooledMean,
    RegimeAdaptive,
    XGBoost,
)
from forefolio.forecast.scaling import horizon_volatility
from forefolio.market import Market, simulated_market
from forefolio.regimes import Regimes
from forefolio.store.values import pack, unpack

Labelled = Callable[[Market, int], Dataset]
TWO = Regimes(states=2)
SPELL = 150  # sessions of calm, then as many of turbulence


@dataclass(frozen=True)
class Follows:
    """Expects `slope` times the feature, in units of volatility; as a model fitted it says so."""

    slope: float

    def fit(self, data: Dataset) -> "Follows":
        if len(data) < 10:
            raise NotEnoughHistory(10, len(data), "following")
        return self

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        risk = horizon_volatility(data, rows)
        return ForecastPanel.of(data, self.slope * data.x[-rows:, :, 0] * risk, risk)


UP, DOWN = Follows(0.4), Follows(-0.4)


def _weather(sessions: int) -> Array:
    return np.asarray(np.where(np.arange(sessions) // SPELL % 2, 4.0, 1.0))


def _planted(calm: float, storm: float, seed: int = 0, sessions: int = 2400) -> Dataset:
    """The next return is `calm` or `storm` volatilities times a feature, and noise."""
    rng, assets = np.random.default_rng(seed), 6
    weather = _weather(sessions)
    feature = rng.normal(size=(sessions, assets))
    slope = np.where(weather > 1, storm, calm)[:, None]
    noise = rng.normal(size=feature.shape)
    noise[1:] += slope[:-1] * feature[:-1]
    returns = 0.004 * weather[:, None] * noise
    level = np.exp(np.cumsum(0.004 * weather * rng.normal(size=sessions)))
    market = Market(
        sessions=np.datetime64("2000-01-01") + np.arange(sessions),
        assets=tuple("ABCDEF"),
        close=np.asarray(np.cumprod(1 + returns, axis=0), np.float64),
        series={"benchmark": level},
        periods_per_year=252,
    )
    y = np.full(returns.shape, np.nan)
    y[:-2] = returns[1:-1]  # as if traded at once
    return Dataset(market=market, x=feature[:, :, None], names=("feature",), y=y, horizon=1)


def _error(model: Forecaster, data: Dataset) -> float:
    """Mean squared error, in variances, over the last quarter."""
    rows = len(data) // 4
    said = model.fit(data.as_of(len(data) - rows)).predict(data, rows)
    errors = ((said.mean - data.y[-rows:]) / horizon_volatility(data, rows)) ** 2
    return float(np.nanmean(errors))


@pytest.mark.parametrize("seed", range(3))
def test_each_model_speaks_in_the_weather_it_is_right_in(seed: int) -> None:
    data = _planted(calm=0.4, storm=-0.4, seed=seed)
    model = RegimeAdaptive(members=(UP, DOWN), regimes=TWO)
    mixed, up, down = (_error(one, data) for one in (model, UP, DOWN))
    equal = _error(RegimeAdaptive(members=(UP, DOWN), regimes=TWO, power=0), data)
    assert mixed < 0.97 * min(up, down, equal)
    fitted = model.fit(data.as_of(1800))
    assert isinstance(fitted, FittedAdaptive)
    calm, storm = fitted.weights
    assert calm[0] > 0.6 and storm[1] > 0.6
    mix = fitted.mix(data, rows=600)[:, 0]
    settled = np.arange(600) % SPELL > 40
    calmly = _weather(2400)[-600:] == 1
    assert mix[calmly & settled].mean() > 0.6 > 0.4 > mix[~calmly & settled].mean()


def test_a_model_that_is_better_in_all_weather_is_heard_in_all() -> None:
    fitted = RegimeAdaptive(members=(UP, DOWN), regimes=TWO).fit(_planted(calm=0.4, storm=0.4))
    assert isinstance(fitted, FittedAdaptive)
    assert (fitted.weights[:, 0] > 0.6).all() and fitted.overall[0] > 0.6


def test_on_noise_all_are_heard_alike() -> None:
    small = Follows(0.02), Follows(-0.02), Follows(0.0)
    fitted = RegimeAdaptive(members=small).fit(_planted(calm=0.0, storm=0.0))
    assert isinstance(fitted, FittedAdaptive)
    np.testing.assert_allclose(fitted.weights, 1 / 3, atol=0.02)


def test_a_short_record_is_hardly_believed() -> None:
    data = _planted(calm=0.4, storm=-0.4)
    apart = []
    for patience in (1.0, 1e3, 1e9):
        model = RegimeAdaptive(members=(UP, DOWN), regimes=TWO, patience=patience)
        fitted = model.fit(data)
        assert isinstance(fitted, FittedAdaptive)
        apart.append(float(np.abs(fitted.weights - fitted.overall).max()))
        assert fitted.outcomes.sum() == pytest.approx(0.4 * len(data), abs=5)
    assert apart[0] > 2 * apart[1] and apart[2] < 1e-5


def test_outcomes_that_overlap_count_once(labelled: Labelled, market: Market) -> None:
    fitted = RegimeAdaptive(members=(PooledMean(), BayesianRidge())).fit(labelled(market, 21))
    assert isinstance(fitted, FittedAdaptive)
    assert fitted.outcomes.sum() == pytest.approx((0.4 * 1200 - 22) / 21)


def test_the_record_does_not_know_what_had_not_ended(labelled: Labelled, market: Market) -> None:
    model = RegimeAdaptive(members=(BayesianRidge(), PooledMean()), regimes=TWO)
    data = labelled(market, 21)
    fitted, afresh = model.fit(data.as_of(900)), model.fit(labelled(market[:900], 21))
    assert isinstance(fitted, FittedAdaptive) and isinstance(afresh, FittedAdaptive)
    np.testing.assert_array_equal(fitted.weights, afresh.weights)


def test_a_member_that_cannot_be_fitted_is_left_out(labelled: Labelled, market: Market) -> None:
    @dataclass(frozen=True)
    class Needy:
        name: str = "needy"

        def fit(self, data: Dataset) -> Follows:
            raise NotEnoughHistory(10**6, len(data), self.name)

    data = labelled(market, 5)
    fitted = RegimeAdaptive(members=(Needy(), PooledMean())).fit(data)
    assert isinstance(fitted, FittedAdaptive)
    assert fitted.names == ("pooled mean",) and fitted.left_out[0][0] == "needy"
    assert "1000000 sessions" in fitted.left_out[0][1]
    alone = PooledMean().fit(data).predict(data, rows=5)
    np.testing.assert_allclose(fitted.predict(data, rows=5).mean, alone.mean, rtol=1e-12)
    with pytest.raises(NotEnoughHistory, match="needy"):
        RegimeAdaptive(members=(Needy(), Needy())).fit(data)


def test_before_any_regime_is_known_the_whole_record_counts(
    labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 5)
    fitted = RegimeAdaptive(members=(PooledMean(), BayesianRidge())).fit(data)
    assert isinstance(fitted, FittedAdaptive)
    np.testing.assert_array_equal(fitted.mix(data, len(data))[0], fitted.overall)


def test_the_mixture_is_as_wide_as_its_members_disagree() -> None:
    data = _planted(calm=0.4, storm=-0.4)
    fitted = RegimeAdaptive(members=(UP, DOWN), regimes=TWO).fit(data)
    said, risk = fitted.predict(data, rows=200), horizon_volatility(data, 200)
    assert (said.std >= risk * (1 - 1e-12)).all() and (said.std > 1.01 * risk).any()


def test_what_was_learnt_is_kept_without_pickle(labelled: Labelled) -> None:
    market = simulated_market(sessions=700)
    model = RegimeAdaptive(members=(BayesianRidge(), XGBoost(trees=5), PooledMean()))
    data = labelled(market, 5)
    fitted = model.fit(data)
    kept = unpack(pack(fitted))
    for found, said in zip(
        (kept.predict(data, 9).mean, kept.predict(data, 9).std),
        (fitted.predict(data, 9).mean, fitted.predict(data, 9).std),
        strict=True,
    ):
        np.testing.assert_array_equal(found, said)
