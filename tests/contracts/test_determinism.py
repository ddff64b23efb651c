"""The same input gives the same bits."""

from typing import Any

import numpy as np
import pytest

from forefolio.features import CATALOGUE, RSI, PriceMomentum, Volatility, compute
from forefolio.forecast import (
    LSTM,
    MLP,
    MODELS,
    TARGETS,
    TCN,
    ForwardReturn,
    RegimeAdaptive,
    ShrunkMean,
    Tuned,
    XGBoost,
    Zero,
    build_dataset,
)
from forefolio.market import Market, simulated_market
from forefolio.risk import RISK_MODELS

QUICK: dict[Any, Any] = {
    XGBoost: XGBoost(trees=10),
    LSTM: LSTM(units=4, epochs=2),
    TCN: TCN(dilations=(1, 2), channels=4, epochs=2),
    MLP: MLP(layers=(4,), epochs=2),
    Tuned: Tuned(model=XGBoost(trees=5), trials=2),
    RegimeAdaptive: RegimeAdaptive(members=(ShrunkMean(), Zero())),
}


def _market() -> Market:
    return simulated_market(seed=4, sessions=500, assets=6, holes=0.02)


@pytest.mark.parametrize("component", [*CATALOGUE, *TARGETS])
def test_a_panel_comes_out_the_same_twice(component: Any) -> None:
    first, second = (component()(_market()) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.float64 and first.shape == _market().close.shape


LONG = {LSTM, MLP, TCN}  # to compile, twice


@pytest.mark.parametrize(
    "model", [pytest.param(m, marks=pytest.mark.slow) if m in LONG else m for m in MODELS]
)
def test_a_model_learns_and_says_the_same_twice(model: Any) -> None:
    panel = compute((PriceMomentum(), Volatility(window=21), RSI()), _market())
    first, second = (
        (QUICK.get(model) or model())
        .fit(data.as_of(450))
        .predict(build_dataset(_market(), panel, ForwardReturn(horizon=5)), rows=51)
        for data in (build_dataset(_market(), panel, ForwardReturn(horizon=5)) for _ in range(2))
    )
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.std, second.std)
    assert first.mean.shape == first.std.shape == (51, 6) and np.isfinite(first.std).any()


@pytest.mark.parametrize("model", RISK_MODELS)
def test_a_risk_model_says_the_same_twice(model: Any) -> None:
    market = simulated_market(seed=4, sessions=500, assets=4)
    first, second = (model()(market).matrix for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, first.T)
    assert np.linalg.eigvalsh(first).min() > -1e-15
