"""A result says which part of the volatility each holding brings."""

import numpy as np
import pytest

import forefolio as ff
from forefolio.risk import Covariance, FactorCovariance, attribute_risk, volatility_shares
from forefolio.studies.risk_shares import risk_shares

WEIGHTS = np.array([0.5, 0.3, 0.2])
BY_PAIR = {
    "A": {"A": 0.04, "B": 0.01, "C": 0.0},
    "B": {"A": 0.01, "B": 0.09, "C": -0.01},
    "C": {"A": 0.0, "B": -0.01, "C": 0.01},
}
GIVEN = {"expected_returns": {"A": 0.08, "B": 0.12, "C": 0.03}, "covariance": BY_PAIR}


def by_hand(weights: dict[str, float]) -> dict[str, float]:
    matrix = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, -0.01], [0.0, -0.01, 0.01]])
    row = np.array([weights.get(one, 0.0) for one in "ABC"])
    shares = row * (matrix @ row) / (row @ matrix @ row)
    return {one: shares["ABC".index(one)] for one in weights}


def test_a_portfolio_has_its_shares_of_the_risk() -> None:
    result = ff.ask(ff.PortfolioStudy(**GIVEN))
    assert len(result.weights) > 1
    assert list(result.risk_shares) == list(result.weights)
    assert dict(result.risk_shares) == pytest.approx(by_hand(dict(result.weights)), rel=1e-9)


def test_every_portfolio_of_a_frontier_has_them() -> None:
    given = {"weights": {"A": 0.5, "C": 0.5}, "points": 3}
    result = ff.ask(ff.FrontierStudy(**GIVEN, **given))
    assert result.placed is not None
    assert result.equal is not None
    for one in (*result.points, result.best, result.placed, result.equal):
        assert dict(one.risk_shares) == pytest.approx(by_hand(dict(one.weights)), abs=1e-4)


def test_a_factor_model_needs_no_matrix() -> None:
    rng = np.random.default_rng(0)
    loadings, specific = rng.normal(0, 0.01, (3, 2)), np.array([1e-4, 2e-4, 3e-4])
    model = FactorCovariance(
        assets=("A", "B", "C"), loadings=loadings, factors=np.eye(2), specific=specific
    )
    dense = Covariance(assets=model.assets, matrix=model.matrix)
    expected = attribute_risk(WEIGHTS, dense).assets.share
    for covariance in (model, dense):
        np.testing.assert_allclose(volatility_shares(WEIGHTS, covariance), expected, rtol=1e-12)


def test_without_volatility_there_are_none() -> None:
    flat = Covariance(assets=("A", "B", "C"), matrix=np.zeros((3, 3)))
    assert risk_shares("ABC", WEIGHTS, flat) == {}
    assert risk_shares((), np.empty(0), flat) == {}
