"""`forecast` and `leaderboard` over prices in memory, with models of whoever."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import forefolio as ff
from forefolio.core.errors import InputError
from forefolio.forecast import ScikitLearn
from forefolio.forecast.models.scikit_learn import OwnRegressor
from forefolio.library.forecasts import forecast, leaderboard


class Always(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts one number."""

    def __init__(self, value: float = 0.5) -> None:
        self.value = value

    def fit(self, X: object, y: object) -> "Always":  # noqa: ARG002
        self.fitted_ = True
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.full(len(X), self.value)


def test_a_regressor_of_scikit_learn_is_a_model_that_a_document_names() -> None:
    recipe = ff.Recipe(models=(Ridge(alpha=3.0), Ridge))
    assert recipe.models == (ScikitLearn(settings={"alpha": 3.0}), ScikitLearn())
    assert ff.Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    study = ff.ForecastStudy(recipe=recipe)
    assert ff.ForecastStudy.model_validate_json(study.model_dump_json()) == study


@pytest.mark.parametrize("model", ["os.system", "sklearn.svm.SVC", "sklearn.nothing.Ridge"])
def test_a_document_names_no_other_code(model: str) -> None:
    with pytest.raises(ff.ForefolioError, match="of scikit-learn"):
        ScikitLearn(model=model)


def test_every_regressor_is_fitted_and_scored(prices: pd.DataFrame, settings: ff.Settings) -> None:
    pipeline = make_pipeline(StandardScaler(), Ridge())
    board = leaderboard(
        prices, 5, model=[Ridge(), Always(), pipeline], features="momentum", settings=settings
    )
    errors = board["rmse"].droplevel("horizon").to_dict()
    for name in ("Ridge", "Always", "Pipeline"):
        assert np.isfinite(errors[name])
    assert errors["Pipeline"] == pytest.approx(errors["Ridge"])
    assert errors["Always"] != errors["Ridge"]
    shares = board["share"].droplevel("horizon")
    assert shares.sum() == pytest.approx(1.0) and shares["zero"] == 0.0
    assert shares[["combined", "volatility average", "EWMA"]].isna().all()


def test_a_regressor_of_ones_own_is_named_by_its_settings_and_code() -> None:
    assert isinstance(ff.Recipe(models=(Always(),)).models[0], OwnRegressor)
    assert repr(OwnRegressor(regressor=Always(0.1))) != repr(OwnRegressor(regressor=Always(0.2)))
    with pytest.raises(InputError, match=r"forefolio\.register"):
        ff.ForecastStudy(recipe=ff.Recipe(models=(Always(),)))


def test_a_function_of_prices_is_a_feature(prices: pd.DataFrame, settings: ff.Settings) -> None:
    def month(prices: pd.DataFrame) -> pd.DataFrame:
        return prices.pct_change(21)

    made = forecast(prices, 5, model=Ridge(), features=month, settings=settings)
    assert made.assets == tuple("ABCD") and np.isfinite(made.mean).all()
    frame = made.to_frame()
    assert list(frame.columns[:2]) == ["mean", "std"]
    assert ((frame["5%"] < frame["mean"]) & (frame["mean"] < frame["95%"])).all()
    again = forecast(prices, 5, model=Ridge(), features=month, settings=settings)
    np.testing.assert_array_equal(made.mean, again.mean)


def test_what_is_wrong_is_said_in_one_line(prices: pd.DataFrame, settings: ff.Settings) -> None:
    with pytest.raises(InputError, match="did you mean 'bayesian_ridge'"):
        forecast(prices, model="bayesian_rigde", settings=settings)
    with pytest.raises(InputError, match="number of sessions"):
        forecast(prices, 0, model=Ridge(), settings=settings)
    with pytest.raises(InputError, match="must be"):
        forecast(prices, 5, model=Ridge(), features=lambda p: p.iloc[1:], settings=settings)
