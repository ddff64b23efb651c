"""Portfolios as estimators of scikit-learn, for pipelines, grids and cross-validation.

X holds simple returns, a row per period and a column per asset. `fit` reads means and a covariance
off them and chooses weights; `predict` says what a portfolio of these weights, brought back to
them every period, earns on other rows.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from skfolio.optimization import BaseOptimization
from sklearn.base import BaseEstimator, clone
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf
from sklearn.utils.validation import check_is_fitted, validate_data

from forefolio.core.kinds import named
from forefolio.core.units import Array
from forefolio.evidence.sharpe import spread_of
from forefolio.forecast import Forecast
from forefolio.library.given import read_as
from forefolio.optimize import AnyOptimizer, Outlook
from forefolio.optimize.portfolio import (
    CASH_RATE,
    PortfolioResult,
    constrained,
    idle,
    measured,
    without_dust,
)
from forefolio.optimize.words.recorded import recorded
from forefolio.risk import Covariance

DAILY = 252.0  # periods a year, of daily returns on stock exchanges
FEWEST = 2  # rows, before a covariance can be spoken of
COVARIANCES = {"ledoit_wolf": LedoitWolf, "oas": OAS, "sample": EmpiricalCovariance}


class PortfolioEstimator(BaseEstimator):  # type: ignore[misc]
    """Weights by an objective within constraints, from a frame of returns.

    Args:
        objective: such as "maximum_sharpe" or "minimum_variance", a component, or a function of
            (mu, cov) that returns weights.
        constraints: such as "w <= 20%", or functions of the weights, such as
            `lambda w: w[:2].sum() <= 0.4`; added to fully invested and long only.
        covariance: "ledoit_wolf", "oas", "sample", or an estimator that has `covariance_` once
            it has fitted returns.
        cash_rate: simple return of cash, fraction a year.
        periods_per_year: rows of X that make a year.

    Attributes:
        weights_: (N,) fractions, one per column of X; what they leave of 1 is cash.
        portfolio_: the `PortfolioResult`: expected return and risk a year, notes.
        n_features_in_: N.
        feature_names_in_: the columns, where X is a frame whose columns are named by texts.

    >>> import numpy as np
    >>> from forefolio.estimators import PortfolioEstimator
    >>> returns = np.random.default_rng(0).normal(0.0005, [0.005, 0.02], (500, 2))
    >>> PortfolioEstimator("minimum_variance", constraints="w <= 80%").fit(returns).weights_
    array([0.8, 0.2])
    """

    def __init__(
        self,
        objective: Any = "maximum_sharpe",
        *,
        constraints: Any = (),
        covariance: Any = "ledoit_wolf",
        cash_rate: float = CASH_RATE,
        periods_per_year: float = DAILY,
    ) -> None:
        self.objective = objective
        self.constraints = constraints
        self.covariance = covariance
        self.cash_rate = cash_rate
        self.periods_per_year = periods_per_year

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 (names of scikit-learn)
        """Choose weights from returns X (T, N); y is not looked at.

        Raises:
            ValueError: X is no table of finite numbers, or has a single row.
            Infeasible: no portfolio satisfies the constraints together.
        """
        returns = validate_data(self, X, dtype=np.float64, ensure_min_samples=FEWEST)
        self.portfolio_ = _chosen(self, returns, _names(self, returns.shape[1]))
        self.weights_ = _in_order(self.portfolio_, _names(self, returns.shape[1]))
        return self

    def predict(self, X: Any) -> Array:
        """Returns (T,) of the portfolio over rows X (T, N), cash included."""
        check_is_fitted(self)
        returns = validate_data(self, X, dtype=np.float64, reset=False)
        earned: Array = returns @ self.weights_ + (1.0 - self.weights_.sum()) * _cash(self)
        return earned

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ARG002
        """The annual Sharpe ratio of the portfolio over rows X; 0 where nothing varies."""
        excess = self.predict(X) - _cash(self)
        deviation = spread_of(excess)
        if deviation is None:
            return 0.0
        return float(excess.mean()) / deviation * float(np.sqrt(self.periods_per_year))


class SkfolioEstimator(BaseOptimization):  # type: ignore[misc]
    """The same for skfolio, whose `predict` returns a skfolio `Portfolio`.

    Works in skfolio's `cross_val_predict`, `WalkForward` and pipelines. The arguments and
    attributes are those of `PortfolioEstimator`; `portfolio_params` are skfolio's.

    >>> import forefolio as ff
    >>> import numpy as np
    >>> returns = np.random.default_rng(0).normal(0.0005, [0.005, 0.02], (500, 2))
    >>> ff.SkfolioEstimator("minimum_variance").fit(returns).weights_.round(2)
    array([0.94, 0.06])
    """

    def __init__(
        self,
        objective: Any = "maximum_sharpe",
        *,
        constraints: Any = (),
        covariance: Any = "ledoit_wolf",
        cash_rate: float = CASH_RATE,
        periods_per_year: float = DAILY,
        portfolio_params: dict[str, Any] | None = None,
        fallback: Any = None,
        raise_on_failure: bool = True,
    ) -> None:
        super().__init__(
            portfolio_params=portfolio_params,
            fallback=fallback,
            raise_on_failure=raise_on_failure,
        )
        self.objective = objective
        self.constraints = constraints
        self.covariance = covariance
        self.cash_rate = cash_rate
        self.periods_per_year = periods_per_year

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Choose weights from returns X (T, N); y is not looked at."""
        returns = validate_data(self, X, dtype=np.float64, ensure_min_samples=FEWEST)
        self.portfolio_ = _chosen(self, returns, _names(self, returns.shape[1]))
        self.weights_ = _in_order(self.portfolio_, _names(self, returns.shape[1]))
        return self


def _names(estimator: Any, count: int) -> tuple[str, ...]:
    named = getattr(estimator, "feature_names_in_", None)
    return tuple(f"x{k}" for k in range(count)) if named is None else tuple(map(str, named))


def _in_order(portfolio: PortfolioResult, names: tuple[str, ...]) -> Array:
    return np.array([portfolio.weights.get(name, 0.0) for name in names])


def _chosen(estimator: Any, returns: Array, names: tuple[str, ...]) -> PortfolioResult:
    """The portfolio that an estimator's settings make of returns (T, N)."""
    objective = read_as(AnyOptimizer, estimator.objective, "objective")
    covariance = Covariance(assets=names, matrix=_covariance(estimator.covariance, returns))
    outlook = Outlook(
        forecast=Forecast(
            made=np.datetime64("NaT", "D"),
            horizon=1,
            assets=names,
            mean=returns.mean(axis=0),
            std=covariance.std,
        ),
        covariance=covariance,
        current=np.zeros(len(names)),
        risk_free=_cash(estimator),
        periods_per_year=estimator.periods_per_year,
    )
    limits = recorded(estimator.constraints or None, outlook.universe)
    chosen = constrained(objective, limits)
    return measured(outlook, without_dust(chosen, outlook).noted(*idle(chosen, outlook)))


def _covariance(given: Any, returns: Array) -> Array:
    """The covariance (N, N) by a name or by an estimator in the manner of `sklearn.covariance`."""
    if isinstance(given, str):
        given = named(given, COVARIANCES, "covariance")()
    matrix: Array = np.atleast_2d(clone(given).fit(returns).covariance_)
    return matrix


def _cash(estimator: Any) -> float:
    """The return of cash over one row."""
    rate: float = (1.0 + estimator.cash_rate) ** (1.0 / estimator.periods_per_year) - 1.0
    return rate
