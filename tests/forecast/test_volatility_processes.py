"""ARMA on log variance, and the processes of arch against arch itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from arch import arch_model

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast import ArchModel, ARIMAVolatility, Dataset
from forefolio.forecast.scoring.truth import Truth
from forefolio.forecast.volatility.arch_model import FittedArchModel, filtered, fit_process
from forefolio.forecast.volatility.arima import FittedARIMAVolatility, log_variances
from forefolio.forecast.volatility.forecasters import EWMA
from forefolio.market import Market, simulated_market
from forefolio.store.values import pack, unpack

Labelled = Callable[[Market, int], Dataset]

QUICK = [ARIMAVolatility(orders=((1, 1),)), ArchModel(), ArchModel(process="harch")]
ORACLES: dict[str, dict[str, Any]] = {
    "egarch": {"vol": "EGARCH", "p": 1, "o": 1, "q": 1},
    "figarch": {"vol": "FIGARCH", "p": 1, "q": 1},
    "aparch": {"vol": "APARCH", "p": 1, "o": 1, "q": 1},
    "harch": {"vol": "HARCH", "p": [1, 5, 22]},
}


def surprises(sessions: int = 1200) -> Array:
    returns = simulated_market(seed=8, sessions=sessions + 1, assets=1).returns[1:, 0]
    standard: Array = (returns - returns.mean()) / returns.std()
    return standard


@pytest.mark.parametrize("process", ORACLES)
def test_the_filter_is_that_of_arch_and_says_one_session_more(process: str) -> None:
    known = surprises()
    parameters = fit_process(process, known)
    assert parameters is not None
    oracle = arch_model(known, mean="Zero", dist="t", rescale=False, **ORACLES[process])
    theirs = oracle.fit(disp="off", show_warning=False)
    np.testing.assert_allclose(parameters, theirs.params.to_numpy()[:-1], rtol=0.02, atol=0.01)
    variances = filtered(process, parameters, known)
    assert len(variances) == len(known) + 1
    np.testing.assert_allclose(
        variances[600:-1],
        oracle.fix([*parameters, theirs.params["nu"]]).conditional_volatility[600:] ** 2,
        rtol=0.02,  # it starts from the usual variance
    )
    following = oracle.fix([*parameters, theirs.params["nu"]]).forecast(horizon=1)
    assert variances[-1] == pytest.approx(following.variance.iloc[-1, 0], rel=0.01)


@pytest.mark.parametrize("model", QUICK, ids=lambda m: m.kind)
def test_beats_a_constant_where_volatility_clusters(model: ArchModel, labelled: Labelled) -> None:
    market = simulated_market(seed=8, sessions=2500, assets=6)
    data = labelled(market, 5)
    said = model.fit(data.as_of(1500)).predict(data, rows=1000).std ** 2
    came = Truth.of(market, 5, 1000).variance
    constant = np.full(said.shape, 5 * np.nanmean(market.returns[:1500] ** 2, axis=0))

    def qlike(variance: Array) -> float:
        return float(np.nanmean(came / variance + np.log(variance)))

    assert qlike(said) < qlike(constant) - 0.02
    assert np.nanmean(came / said) == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("model", QUICK, ids=lambda m: m.kind)
def test_young_and_flat_assets_fall_back_and_are_counted(
    model: ArchModel, labelled: Labelled, market: Market
) -> None:
    close = market.close.copy()
    close[:1000, 1] = np.nan
    close[:, 2] = 10.0
    closes = replace(market, close=close, open=None, high=None, low=None, volume=None)
    data = labelled(closes, 5)
    fitted = model.fit(data)
    assert isinstance(fitted, FittedArchModel | FittedARIMAVolatility)
    assert 2 <= fitted.fell_back <= 3  # noise may look like no process at all
    said = fitted.predict(data).std[0]
    weighted = EWMA().fit(data).predict(data).std[0]
    assert said[1] == pytest.approx(weighted[1], rel=0.3)
    assert not said[2] > 0


@pytest.mark.parametrize("model", QUICK, ids=lambda m: m.kind)
def test_it_travels_and_refuses_little_history(
    model: ArchModel, labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 21)
    fitted = model.fit(data)
    said = fitted.predict(data, rows=3).std
    np.testing.assert_array_equal(unpack(pack(fitted)).predict(data, rows=3).std, said)
    with pytest.raises(NotEnoughHistory, match=f"{model.name} needs 250 sessions"):
        model.fit(labelled(simulated_market(sessions=200), 5))


@pytest.mark.parametrize("model", QUICK, ids=lambda m: m.kind)
def test_horizons_learnt_together_are_those_learnt_alone(
    model: ArchModel, labelled: Labelled, market: Market
) -> None:
    data = [labelled(market, horizon) for horizon in (1, 21)]
    for each, fitted in zip(data, model.fit_jointly(data), strict=True):
        alone = model.fit(each).predict(each).std
        np.testing.assert_array_equal(fitted.predict(each).std, alone)


def test_log_variance_is_that_of_the_range_where_there_is_one(market: Market) -> None:
    ranges, closes = log_variances(market), log_variances(replace(market, open=None))
    assert np.nanstd(ranges[300:]) < 0.7 * np.nanstd(closes[300:])
