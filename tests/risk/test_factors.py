"""Factors: statsmodels as oracle, shares that sum, and nothing known before its time."""

import numpy as np
import pytest
import statsmodels.api
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import InputError, NotEnoughHistory
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.risk import (
    FactorCovariance,
    FactorReturns,
    analyze_factors,
    attribute_to_factors,
    market_factors,
    principal_factors,
    rolling_exposures,
)

MARKET = simulated_market(seed=3, sessions=700, assets=9)


def case(seed: int, count: int = 3, sessions: int = 400) -> tuple[Array, FactorReturns]:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 0.01, (sessions, count)) @ rng.normal(0, 1, (count, count))
    returns = 0.0003 + values @ rng.normal(0, 1, count) + rng.standard_t(5, sessions) * 0.004
    names = tuple(f"F{k}" for k in range(count))
    return returns, FactorReturns(names=names, values=values)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_exposures_and_their_errors_are_those_of_statsmodels(seed: int, count: int) -> None:
    returns, factors = case(seed, count)
    told = analyze_factors(returns, factors)
    lags = int(4 * (400 / 100) ** (2 / 9))
    fit = statsmodels.api.OLS(returns, statsmodels.api.add_constant(factors.values)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags}
    )
    np.testing.assert_allclose([told.alpha, *told.exposure], fit.params, rtol=1e-8)
    np.testing.assert_allclose([told.alpha_error, *told.exposure_error], fit.bse, rtol=1e-6)
    assert 1 - told.specific_share == pytest.approx(fit.rsquared)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_shares_sum_to_one_and_contributions_to_the_volatility(seed: int, count: int) -> None:
    returns, factors = case(seed, count)
    told = analyze_factors(returns, factors)
    assert told.share.sum() + told.specific_share == pytest.approx(1.0, abs=1e-14)
    parts = told.contributions
    assert parts.component.sum() == pytest.approx(returns.std(ddof=1), rel=1e-12)
    np.testing.assert_allclose(parts.exposure * parts.marginal, parts.component, atol=1e-15)
    assert told.to_frame()["share"].sum() == pytest.approx(1.0)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_the_order_and_the_units_of_factors_do_not_matter(seed: int) -> None:
    returns, factors = case(seed)
    told = analyze_factors(returns, factors)
    other = analyze_factors(
        3 * returns, FactorReturns(names=("F2", "F0", "F1"), values=factors.values[:, [2, 0, 1]])
    )
    np.testing.assert_allclose(3 * told.exposure[[2, 0, 1]], other.exposure, rtol=1e-8)
    np.testing.assert_allclose(told.share[[2, 0, 1]], other.share, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(told.t[[2, 0, 1]], other.t, rtol=1e-6)


def test_a_factor_that_says_nothing_new_is_left_out_and_named() -> None:
    returns, factors = case(1)
    again = factors.values @ np.array([1.0, 2.0, 0.0])
    more = FactorReturns(
        names=(*factors.names, "again", "still"),
        values=np.column_stack([factors.values, again, np.full(400, 0.1)]),
    )
    told = analyze_factors(returns, more)
    assert told.names == factors.names
    assert [note.split()[0] for note in told.notes] == ["again", "still"]
    np.testing.assert_allclose(told.exposure, analyze_factors(returns, factors).exposure)


def test_sessions_with_a_gap_are_left_out() -> None:
    returns, factors = case(2)
    holed, values = returns.copy(), factors.values.copy()
    holed[5], values[17, 1] = np.nan, np.nan
    told = analyze_factors(holed, FactorReturns(names=factors.names, values=values))
    kept = np.delete(np.arange(400), [5, 17])
    same = analyze_factors(
        returns[kept], FactorReturns(names=factors.names, values=factors.values[kept])
    )
    assert told.sessions == 398 and np.array_equal(told.exposure, same.exposure)


def test_rolling_exposures_end_with_those_of_the_end() -> None:
    returns, factors = case(3)
    rows, exposures = rolling_exposures(returns, factors, window=100, every=50)
    assert rows.tolist() == [99, 149, 199, 249, 299, 349, 399]
    last = analyze_factors(
        returns[300:], FactorReturns(names=factors.names, values=factors.values[300:])
    )
    np.testing.assert_allclose(exposures[-1], last.exposure)


def test_principal_components_are_apart_and_explain_the_whole() -> None:
    returns = MARKET.returns[1:]
    factors = principal_factors(returns, 9)
    moves = np.cov(factors.values, rowvar=False)
    np.testing.assert_allclose(moves, np.diag(np.diag(moves)), atol=1e-12)
    told = analyze_factors(returns @ np.full(9, 1 / 9), factors)
    assert told.specific_share == pytest.approx(0.0, abs=1e-10)
    assert told.share[0] > 0.5


def test_a_market_holds_the_factors_that_it_can() -> None:
    told = market_factors(MARKET, 250)
    assert told.names == (
        "market", "Tech", "Energy", "Health", "VIX", "momentum", "low volatility", "small"
    )  # fmt: skip
    assert told.values.shape == (250, 8) and np.isfinite(told.values).all()
    assert [note.partition(":")[0] for note in told.notes] == ["no factor bonds or rates"]
    level = MARKET.series["benchmark"]
    np.testing.assert_allclose(told.values[:, 0], level[-250:] / level[-251:-1] - 1)
    assert market_factors(MARKET.select(("A0", "A1")), 250).names == ("market", "VIX")
    assert "Tech" not in market_factors(MARKET, sectors=False).names


def test_a_spread_is_its_slow_twin() -> None:
    told = market_factors(MARKET, 50).select(["momentum"]).values[:, 0]
    close, returns = MARKET.close, MARKET.returns
    for back in (1, 17, 50):
        row = len(MARKET) - back
        past = close[row - 1 - 21] / close[row - 1 - 21 - 231] - 1
        order = np.argsort(past)
        expected = returns[row, order[-3:]].mean() - returns[row, order[:3]].mean()
        assert told[-back] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("cut", [300, 555])
def test_factors_know_no_future(cut: int) -> None:
    holed = simulated_market(seed=4, sessions=700, assets=9, holes=0.02)
    whole, past = market_factors(holed), market_factors(holed[:cut])
    names = [name for name in past.names if name in whole.names]
    assert len(names) > 4
    np.testing.assert_array_equal(whole.select(names).values[:cut], past.select(names).values)


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 4))
def test_factors_of_a_covariance_sum_to_the_volatility(seed: int, assets: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    risk = FactorCovariance(
        assets=tuple(f"A{i}" for i in range(assets)),
        loadings=rng.normal(0, 1, (assets, count)),
        factors=np.diag(rng.uniform(0, 1e-4, count)),
        specific=rng.uniform(1e-6, 1e-4, assets),
    )
    weights = rng.normal(0, 1, assets)
    told = attribute_to_factors(weights, risk)
    assert told.component.sum() == pytest.approx(np.sqrt(weights @ risk.matrix @ weights))
    assert told.names == (*(f"F{k + 1}" for k in range(count)), "specific")


def short_market() -> Market:
    return simulated_market(sessions=60, assets=3)


def test_what_cannot_be_analysed_is_said() -> None:
    returns, factors = case(5)
    with pytest.raises(InputError, match="give a row of factors for each return"):
        analyze_factors(returns[1:], factors)
    with pytest.raises(NotEnoughHistory, match="a regression on 3 factors needs 33"):
        analyze_factors(
            returns[:30], FactorReturns(names=factors.names, values=factors.values[:30])
        )
    with pytest.raises(InputError, match="one column for each name"):
        FactorReturns(names=("x",), values=factors.values)
    with pytest.raises(InputError, match="no factor F9; there is F0, F1, F2"):
        factors.select(["F9"])
    with pytest.raises(InputError, match="none of the factors x moves"):
        analyze_factors(returns, FactorReturns(names=("x",), values=np.zeros((400, 1))))
    with pytest.raises(InputError, match="10 components of 9 assets"):
        principal_factors(MARKET.returns, 10)
    assert market_factors(short_market()).names == ("market", "VIX")
