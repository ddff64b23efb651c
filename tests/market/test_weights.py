"""Weights by ticker or in the order of assets; percentages and strangers are refused."""

from typing import Any

import numpy as np
import pytest

import forefolio as ff
from forefolio.core.errors import DataError, InputError, UnknownTicker
from forefolio.core.lazy import lazy
from forefolio.market import as_market, read_weights, simulated_market
from forefolio.risk import Shock

pd: Any = lazy("pandas")
MARKET = simulated_market(sessions=300, assets=3)
NAMES = MARKET.assets
CLOSES = pd.DataFrame(MARKET.close, index=pd.DatetimeIndex(MARKET.sessions), columns=list(NAMES))
WEIGHTS = np.array([0.333, 0.0, 0.666])


@pytest.mark.parametrize(
    "given",
    [
        WEIGHTS,
        WEIGHTS.tolist(),
        {NAMES[2]: 0.666, NAMES[0]: 0.333},
        pd.Series({NAMES[2]: 0.666, NAMES[0]: 0.333}),
        pd.Series(WEIGHTS),
    ],
    ids=lambda given: type(given).__name__,
)
def test_weights_are_by_ticker_or_in_order(given: Any) -> None:
    assert read_weights(given, NAMES).tolist() == WEIGHTS.tolist()
    covariance = ff.LedoitWolf()(MARKET)
    assert ff.attribute_risk(given, covariance).volatility == pytest.approx(
        np.sqrt(WEIGHTS @ covariance.matrix @ WEIGHTS)
    )
    shock = Shock(market=-0.2)
    told = ff.stress_test(given, CLOSES, [shock])
    assert told.losses[0].loss == ff.stress_test(WEIGHTS, as_market(CLOSES), [shock]).losses[0].loss


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ([60.0, 40.0, 0.0], InputError, "these are percentages; give fractions"),
        ([0.5, 0.5], InputError, r"weights have shape \(2,\); give one finite number"),
        ([0.5, np.nan, 0.5], InputError, "those of .* are not"),
        (["a", "b", "c"], InputError, "a weight is no number"),
        ({"ZZZ": 1.0}, UnknownTicker, "has no ZZZ"),
        (pd.Series({"ZZZ": 1.0}), UnknownTicker, "has no ZZZ"),
    ],
)
def test_what_is_no_portfolio_is_said(given: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        read_weights(given, NAMES)
    with pytest.raises(error, match=told):
        ff.stress_test(given, MARKET)
    with pytest.raises(error, match=told):
        ff.attribute_risk(given, ff.LedoitWolf()(MARKET))
    with pytest.raises(error, match=told):
        ff.RiskFactorModel().analyze(given, MARKET)


def test_prices_in_memory_will_do_for_a_market() -> None:
    assert as_market(MARKET) is MARKET
    assert np.array_equal(as_market(CLOSES).close, MARKET.close)
    model = ff.VolatilityModel(model=ff.EWMA())
    assert model.fit(CLOSES).predict() == pytest.approx(model.fit(MARKET).predict())
    decided = ff.AllocationStrategy("equal_weight").allocate(CLOSES)
    assert decided.weights == pytest.approx(np.full(3, 1 / 3))
    for call in (model.fit, ff.AllocationStrategy("equal_weight").allocate):
        with pytest.raises(InputError, match="holds no dates"):
            call(CLOSES.reset_index(drop=True))
    with pytest.raises(DataError, match=f"not all of the prices can be used: {NAMES[0]}: "):
        as_market(pd.concat([CLOSES, CLOSES[[NAMES[0]]] * 2], axis=1))
