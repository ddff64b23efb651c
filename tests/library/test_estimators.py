"""Portfolios as estimators: the checks of scikit-learn, pipelines, grids, skfolio."""

import warnings

import numpy as np
import pandas as pd
import pytest
from skfolio.model_selection import WalkForward, cross_val_predict
from skfolio.optimization import MeanRisk
from sklearn.base import clone
from sklearn.covariance import EmpiricalCovariance, ShrunkCovariance
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from forefolio import PortfolioEstimator, SkfolioEstimator


@pytest.fixture
def returns(prices: pd.DataFrame) -> pd.DataFrame:
    return prices.pct_change().iloc[1:]


@pytest.mark.parametrize("estimator", [PortfolioEstimator(), PortfolioEstimator("equal_weight")])
def test_the_checks_of_scikit_learn_pass(estimator: PortfolioEstimator) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the checks: small samples, skipped array libraries
        found = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = [one["check_name"] for one in found if one["status"] == "failed"]
    skipped = {one["check_name"] for one in found if one["status"] == "skipped"}
    assert not failed and len(found) > 30
    assert skipped <= {"check_array_api_input"}  # it needs SCIPY_ARRAY_API in the environment


def test_weights_are_least_variance_and_labels_are_kept(returns: pd.DataFrame) -> None:
    fitted = PortfolioEstimator("minimum_variance", covariance="sample").fit(returns)
    peer = MeanRisk().fit(returns)  # skfolio: least variance, long only, fully invested
    np.testing.assert_allclose(fitted.weights_, peer.weights_, atol=1e-4)
    assert list(fitted.feature_names_in_) == list("ABCD")
    assert set(fitted.portfolio_.weights) <= set("ABCD")


def test_predictions_are_the_returns_of_the_weights(returns: pd.DataFrame) -> None:
    train, test = returns.iloc[:500], returns.iloc[500:]
    fitted = PortfolioEstimator("minimum_variance").fit(train)
    np.testing.assert_allclose(fitted.predict(test), test @ fitted.weights_)
    cash = 1.02 ** (1 / 252) - 1
    excess = fitted.predict(test) - cash
    expected = excess.mean() / excess.std(ddof=1) * np.sqrt(252)
    assert fitted.score(test) == pytest.approx(expected)
    with pytest.raises(NotFittedError):
        PortfolioEstimator().predict(test)


def test_constraints_in_words_name_the_columns(returns: pd.DataFrame) -> None:
    fitted = PortfolioEstimator("minimum_variance", constraints="'A' <= 5%").fit(returns)
    assert fitted.weights_[0] <= 0.05 + 1e-9


def test_settings_are_searched_and_cloned(returns: pd.DataFrame) -> None:
    own = PortfolioEstimator("minimum_variance", covariance=ShrunkCovariance())
    assert clone(own).get_params()["covariance__shrinkage"] == 0.1
    grid = {
        "covariance": ["sample", EmpiricalCovariance()],
        "constraints": ["w <= 100%", "w <= 30%"],
    }
    least = PortfolioEstimator("minimum_variance")
    search = GridSearchCV(least, grid, cv=TimeSeriesSplit(3)).fit(returns)
    assert search.best_estimator_.weights_.sum() == pytest.approx(1.0)
    assert len(search.cv_results_["params"]) == 4
    assert len(set(search.cv_results_["mean_test_score"].round(9))) == 2


def test_it_ends_a_pipeline(returns: pd.DataFrame) -> None:
    pipeline = make_pipeline(FunctionTransformer(lambda x: x[["A", "B"]]), PortfolioEstimator())
    assert pipeline.fit(returns)[-1].weights_.shape == (2,)
    assert pipeline.predict(returns).shape == (len(returns),)


def test_skfolio_walks_it_forward(returns: pd.DataFrame) -> None:
    walk = WalkForward(train_size=252, test_size=63)
    estimator = SkfolioEstimator("minimum_variance", constraints="w <= 60%", covariance="sample")
    found = cross_val_predict(estimator, returns, cv=walk)
    peer = cross_val_predict(MeanRisk(max_weights=0.6), returns, cv=walk)
    np.testing.assert_allclose(found.returns, peer.returns, atol=1e-5)
    assert len(found.portfolios) == len(peer.portfolios) > 5
