"""Every way of taking a volatility apart adds up to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.market import Market
from forefolio.risk import Covariance, LedoitWolf, attribute_risk


def covariance(matrix: Array) -> Covariance:
    return Covariance(assets=tuple(f"A{i}" for i in range(len(matrix))), matrix=matrix)


def random_case(seed: int, size: int) -> tuple[Array, Covariance]:
    rng = np.random.default_rng(seed)
    factors = rng.normal(0, 0.01, (size, size + 2))
    return rng.normal(0.2, 0.5, size), covariance(factors @ factors.T)


@given(seed=st.integers(0, 10**6), size=st.integers(1, 30))
def test_each_way_sums_to_the_volatility(seed: int, size: int) -> None:
    weights, risk = random_case(seed, size)
    sectors = [("Tech", "Energy", "")[i % 3] for i in range(size)]
    told = attribute_risk(weights, risk, sectors)
    assert told.volatility == pytest.approx(np.sqrt(weights @ risk.matrix @ weights), rel=1e-14)
    for part in (told.assets, told.sectors, told.principal):
        assert part.component.sum() == pytest.approx(told.volatility, rel=1e-12)
        assert part.share.sum() == pytest.approx(1.0, rel=1e-12)
        np.testing.assert_allclose(part.exposure * part.marginal, part.component, atol=1e-15)


@given(seed=st.integers(0, 10**6), size=st.integers(2, 8))
def test_marginals_are_slopes(seed: int, size: int) -> None:
    weights, risk = random_case(seed, size)
    told = attribute_risk(weights, risk)
    step = 1e-6
    for asset in range(size):
        up, down = weights.copy(), weights.copy()
        up[asset] += step
        down[asset] -= step
        slope = attribute_risk(up, risk).volatility - attribute_risk(down, risk).volatility
        assert told.assets.marginal[asset] == pytest.approx(slope / 2 / step, abs=1e-8)


def test_a_case_by_hand() -> None:
    matrix = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.0], [0.0, 0.0, 0.01]])
    told = attribute_risk(np.array([0.5, 0.5, 0.0]), covariance(matrix), ("x", "y", "x"))
    volatility = np.sqrt(0.0375)
    assert told.volatility == pytest.approx(volatility)
    np.testing.assert_allclose(told.assets.component * volatility, [0.0125, 0.025, 0.0])
    assert told.sectors.names == ("x", "y")
    np.testing.assert_allclose(told.sectors.component * volatility, [0.0125, 0.025])
    np.testing.assert_allclose(told.sectors.marginal * volatility, [0.025, 0.05])


def test_principal_components_of_equal_correlation_are_the_market_and_the_rest() -> None:
    matrix = 1e-4 * (0.4 * np.ones((5, 5)) + 0.6 * np.eye(5))
    told = attribute_risk(np.full(5, 0.2), covariance(matrix))
    assert told.principal.names[0] == "PC1"
    np.testing.assert_allclose(told.principal.share, [1, 0, 0, 0, 0], atol=1e-12)
    assert told.principal.exposure[0] == pytest.approx(np.sqrt(0.2))


def test_scaling_the_weights_scales_the_components(market: Market) -> None:
    risk, weights = LedoitWolf()(market), np.linspace(0.1, 0.3, len(market.assets))
    one = attribute_risk(weights, risk, market.sectors)
    two = attribute_risk(2 * weights, risk, market.sectors)
    np.testing.assert_allclose(two.sectors.component, 2 * one.sectors.component, rtol=1e-12)
    np.testing.assert_allclose(two.principal.share, one.principal.share, rtol=1e-10)


def test_all_in_cash_there_is_nothing_to_attribute() -> None:
    told = attribute_risk(np.zeros(2), covariance(np.eye(2)))
    assert told.volatility == 0.0
    for part in (told.assets, told.sectors, told.principal):
        assert not part.component.any()
        assert np.isnan(part.marginal).all() and np.isnan(part.share).all()


def test_a_hedged_sector_adds_risk_without_exposure() -> None:
    told = attribute_risk(np.array([1.0, -1.0]), covariance(np.eye(2)), ("x", "x"))
    assert told.sectors.exposure[0] == 0.0 and np.isnan(told.sectors.marginal[0])
    assert told.sectors.component[0] == pytest.approx(np.sqrt(2))


def test_an_unknown_sector_is_called_so() -> None:
    assert attribute_risk(np.ones(2), covariance(np.eye(2))).sectors.names == ("unknown",)


def test_the_frame_holds_every_part() -> None:
    frame = attribute_risk(np.ones(3), covariance(np.eye(3)), ("x", "y", "x")).to_frame()
    assert list(frame.index.names) == ["part", "name"]
    assert len(frame.loc["asset"]) == 3 and list(frame.loc["sector"].index) == ["x", "y"]
    assert frame.loc[("asset", "A0"), "share"] == pytest.approx(1 / 3)


def test_a_result_cannot_be_changed() -> None:
    weights = np.ones(2)
    told = attribute_risk(weights, covariance(np.eye(2)))
    with pytest.raises(ValueError, match="read-only"):
        told.assets.exposure[0] = 2.0
    weights[0] = 5.0  # the caller's own array stays the caller's


@pytest.mark.parametrize(
    ("weights", "matrix", "sectors", "told"),
    [
        (np.ones(3), np.eye(2), (), r"weights have shape \(3,\); give one .* of the 2 assets"),
        (np.array([1.0, np.nan]), np.eye(2), (), "those of A1 are not"),
        (np.ones(2), np.eye(2), ("x",), "1 sectors for 2 assets"),
        (np.ones(2), np.array([[1.0, 2.0], [2.0, 1.0]]), (), "negative variance, -1"),
    ],
)
def test_what_cannot_be_attributed_is_said(
    weights: Array, matrix: Array, sectors: tuple[str, ...], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        attribute_risk(weights, covariance(matrix), sectors)
