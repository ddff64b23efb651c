"""Models by the names that people read and write, in one text or in a list."""

import pytest

from forefolio.core.errors import BadSettings
from forefolio.studies.comparison import ComparisonStudy
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.recipe import as_words


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("arima,xgboost", ("arima", "xgboost")),
        ("arima xgboost", ("arima", "xgboost")),
        ("pooled mean; volatility average", ("pooled mean", "volatility average")),
        ("kernel ridge", ("kernel ridge",)),
        (" Range HAR ,zero", ("Range HAR", "zero")),
        ("", ()),
    ],
)
def test_a_name_of_several_words_is_one_name(text: str, names: tuple[str, ...]) -> None:
    assert as_words(text) == names


def test_studies_take_the_names_that_their_tables_print() -> None:
    assert ForecastStudy.model_validate({"models": "Bayesian ridge"}).recipe.models == (
        ForecastStudy.model_validate({"models": ["bayesian_ridge"]}).recipe.models
    )
    assert ComparisonStudy.model_validate({"models": "pooled mean, zero"}).models
    with pytest.raises(BadSettings, match="no model 'kernel'"):
        ForecastStudy(models="kernel mean")


@pytest.mark.parametrize(
    ("models", "told"),
    [
        ("xgboost", "XGBoost alone cannot be compared; name two models or more"),
        ("xgboost, XGBoost", "cannot be compared with itself"),
        ("zero, ewma", "compare the volatility models on their own"),
        ("pooled mean, volatility average", "compare the volatility models on their own"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_computed(
    models: str, told: str
) -> None:
    with pytest.raises(BadSettings, match=told):
        ComparisonStudy(models=models)
    assert len(ComparisonStudy(models="ewma, volatility average").models) == 2
