"""What the CAPM expects: beside its formula, Black-Litterman's prior, and skfolio's equilibrium."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from skfolio.moments import EquilibriumMu

from forefolio.core.errors import DataError, InputError, UnclearName
from forefolio.market import simulated_market
from forefolio.optimize import (
    BlackLitterman,
    CapitalAssetPricing,
    MaximumSharpe,
    MinimumVariance,
    Outlook,
    Utility,
    optimize_portfolio,
)
from forefolio.risk import Covariance

OutlookOf = Callable[..., Outlook]
HELD = (("A0", 0.5), ("A2", 0.3), ("A5", 0.2))


def test_each_earns_its_beta_by_plain_covariances(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(1)
    year = outlook.periods_per_year / outlook.forecast.horizon
    got = (CapitalAssetPricing(premium="6%", benchmark=HELD).believed(outlook).mean) * year
    b = np.array([dict(HELD).get(asset, 0.0) for asset in outlook.assets])
    variance = sum(b[i] * b[j] * outlook.risk[i, j] for i in range(8) for j in range(8))
    for i in range(8):
        beta = sum(outlook.risk[i, j] * b[j] for j in range(8)) / variance
        assert got[i] == pytest.approx(outlook.risk_free * year + 0.06 * beta, rel=1e-10)
    assert b @ got == pytest.approx(outlook.risk_free * year + 0.06)


def test_it_is_the_prior_of_black_litterman_and_skfolios_equilibrium(
    outlook_of: OutlookOf,
) -> None:
    outlook = outlook_of(2)
    b = np.array([dict(HELD).get(asset, 0.0) for asset in outlook.assets])
    premium = 0.05 * outlook.forecast.horizon / outlook.periods_per_year
    aversion = premium / float(b @ outlook.risk @ b)
    ours = CapitalAssetPricing(benchmark=HELD).believed(outlook).mean
    prior = BlackLitterman(aversion=aversion, benchmark=HELD).believed(outlook).mean
    np.testing.assert_allclose(ours, prior, rtol=1e-10)
    returns = outlook.scenarios(300)
    theirs = EquilibriumMu(risk_aversion=3.0, weights=b).fit(returns)
    covariance = theirs.covariance_estimator_.covariance_
    alike = replace(outlook, covariance=Covariance(assets=outlook.assets, matrix=covariance))
    yearly = float(3.0 * b @ covariance @ b * outlook.periods_per_year)
    got = CapitalAssetPricing(premium=yearly, benchmark=HELD).believed(alike)
    session = (got.mean - outlook.risk_free) / outlook.forecast.horizon
    np.testing.assert_allclose(session, theirs.mu_, rtol=1e-10)


def test_the_market_has_the_greatest_ratio_and_a_forecast_says_nothing(
    outlook_of: OutlookOf,
) -> None:
    outlook = outlook_of(3)
    best = CapitalAssetPricing(benchmark=HELD).allocate(outlook).weights
    np.testing.assert_allclose(best, [dict(HELD).get(a, 0.0) for a in outlook.assets], atol=1e-7)
    other = outlook.with_mean(outlook.mean[::-1].copy())
    objective = CapitalAssetPricing(optimizer=Utility(constraints=("sum(w) == 1", "w <= 30%")))
    first, second = objective.allocate(outlook).weights, objective.allocate(other).weights
    np.testing.assert_array_equal(first, second)
    assert first.max() <= 0.3 + 1e-9


def test_limits_are_those_of_its_optimiser() -> None:
    found = optimize_portfolio(
        simulated_market(), objective=CapitalAssetPricing(), constraints="w <= 25%"
    )
    assert max(found.weights.values()) <= 0.25 + 1e-9
    again = CapitalAssetPricing.model_validate_json(CapitalAssetPricing().model_dump_json())
    assert again == CapitalAssetPricing(optimizer=MaximumSharpe())


def test_what_has_no_beta_is_said(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(1)
    with pytest.raises(UnclearName, match="there is no asset ZZ"):
        CapitalAssetPricing(benchmark=(("ZZ", 1.0),)).allocate(outlook)
    with pytest.raises(InputError, match="periods_per_year"):
        CapitalAssetPricing().believed(replace(outlook, periods_per_year=float("nan")))
    still = Covariance(assets=outlook.assets, matrix=np.zeros((8, 8)))
    with pytest.raises(DataError, match="equal weight has no variance"):
        CapitalAssetPricing(optimizer=MinimumVariance()).believed(
            replace(outlook, covariance=still)
        )
