"""Kernels around support points, against scikit-learn."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.svm import SVR as Oracle

from forefolio.forecast import SVR, Dataset, KernelRidge
from forefolio.forecast.models.support_vector import FittedKernels
from forefolio.forecast.scaling import TrainingSample
from forefolio.market import Market, simulated_market
from forefolio.market.returns import ewma_volatility
from forefolio.store.values import pack, unpack

Labelled = Callable[[Market, int], Dataset]
Kernel = SVR | KernelRidge
MODELS = (SVR(labels=800), KernelRidge())
both = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.kind)


def _fit(model: Kernel, data: Dataset) -> FittedKernels:
    fitted = model.fit(data)
    assert isinstance(fitted, FittedKernels)
    return fitted


def test_svr_is_scikit_learns(labelled: Labelled, holed_market: Market) -> None:
    data = labelled(holed_market, 5)
    fitted = _fit(SVR(labels=600, cost=0.5, seed=3), data)
    sample = TrainingSample.of(data, "test", 2500).draw(600, 3)
    centre, scale = sample.x.mean(axis=0), sample.x.std(axis=0)
    cost, gamma = 0.5 / sample.repeats, 0.1
    oracle = Oracle(C=cost, epsilon=0.25, gamma=gamma).fit(
        (sample.x - centre) / scale, sample.target
    )
    now = (data.x[-40:] - centre) / scale
    usable = np.isfinite(now).all(axis=-1) & np.isfinite(holed_market.close[-40:])
    risk = ewma_volatility(holed_market)[-40:] * np.sqrt(5)
    said = fitted.predict(data, rows=40).mean / risk
    np.testing.assert_allclose(said[usable], oracle.predict(now[usable]), atol=1e-8)


@both
def test_finds_a_step_that_no_line_can_follow(
    model: Kernel, labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 1)
    signal = np.random.default_rng(5).standard_normal(data.y.shape)
    risk = ewma_volatility(market)
    x = data.x.copy()
    x[..., 1] = signal
    step = (np.abs(signal) > 1) - 0.32
    data = replace(data, x=x, y=data.y + step * risk)
    model = model.model_copy(update={"cost": 1.0, "labels": 2000}) if model.kind == "svr" else model
    said = model.fit(data.as_of(900)).predict(data, rows=250)
    told = np.corrcoef((said.mean / risk[-250:]).ravel(), step[-250:].ravel())[0, 1]
    assert told > 0.7


@both
def test_a_row_is_the_same_to_the_bit_whatever_comes_with_it(
    model: Kernel, labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 5)
    fitted = _fit(model, data)
    whole = fitted.predict(data, rows=60).mean
    for rows in (1, 2, 7, 59):
        np.testing.assert_array_equal(fitted.predict(data, rows=rows).mean, whole[-rows:])


@both
def test_is_kept_without_pickle(model: Kernel, labelled: Labelled, market: Market) -> None:
    data = labelled(market, 5)
    fitted = _fit(model, data)
    kept = unpack(pack(fitted))
    assert isinstance(kept, FittedKernels)
    np.testing.assert_array_equal(
        kept.predict(data, rows=9).mean, fitted.predict(data, rows=9).mean
    )


def test_the_sum_of_kernels_is_the_slow_one(labelled: Labelled, market: Market) -> None:
    fitted = _fit(KernelRidge(landmarks=7), labelled(market, 5))
    points = np.random.default_rng(0).standard_normal((5, 3))
    bumps = fitted.kernels
    slow = [
        bumps.intercept
        + sum(
            weight * np.exp(-bumps.gamma * ((point - place) ** 2).sum())
            for place, weight in zip(bumps.support, bumps.weights, strict=True)
        )
        for point in points
    ]
    np.testing.assert_allclose(bumps(points), slow, rtol=1e-12)


def test_nothing_is_found_in_noise(labelled: Labelled) -> None:
    data = labelled(simulated_market(seed=4, sessions=1500, assets=8), 21)
    said = KernelRidge().fit(data).predict(data, rows=300)
    assert np.nanstd(said.mean / said.std) < 0.05
