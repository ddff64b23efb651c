"""Regressors of scikit-learn, and others with its methods, as models of expected returns.

1. Scale the labels by volatility and standardise the features, as for our own pooled models.
2. A fresh copy of the regressor is fitted to the labels of all assets at once, five per horizon.
3. Its predictions are put back into returns; the residuals give the standard deviation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import AfterValidator, Field, field_validator

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.core.own_code import code_of
from forefolio.core.units import Array, Days
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.scaling import Standard, TrainingSample, horizon_volatility, in_returns

sklearn_base: Any = lazy("sklearn.base")

LIBRARY = "sklearn"
Plain: TypeAlias = bool | int | float | str | None


class _Frozen(dict[str, Plain]):
    """Settings that are a part of a frozen component: never changed, so that they have a hash."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


class ScikitLearn(Component):
    """A regressor of scikit-learn on volatility-scaled returns, pooled over all assets.

    >>> ScikitLearn(model="sklearn.linear_model.Lasso", settings={"alpha": 0.001}).name
    'Lasso'
    """

    kind: Literal["scikit_learn"] = "scikit_learn"
    model: str = Field(
        "sklearn.linear_model.Ridge", description="Class of the regressor, with its module."
    )
    settings: Annotated[Mapping[str, Plain], AfterValidator(_Frozen)] = Field(
        default_factory=_Frozen, description="Its settings, where they are not the usual ones."
    )
    window: Days = Field(
        2500,
        description="Sessions of history that the model is fitted on, up to the last known label.",
    )

    @field_validator("model")
    @classmethod
    def _is_there(cls, model: str) -> str:
        """Refuse what is no regressor of scikit-learn: a document names nothing else."""
        module, _, name = model.rpartition(".")
        if module.partition(".")[0] != LIBRARY or "_" in (part[:1] for part in module.split(".")):
            raise ValueError(f"{model} is no class of scikit-learn, such as {_EXAMPLE}")
        try:
            regressor = getattr(import_module(module), name, None)
        except ImportError:
            regressor = None
        if not (isinstance(regressor, type) and issubclass(regressor, sklearn_base.RegressorMixin)):
            raise ValueError(f"{model} is no regressor of scikit-learn, such as {_EXAMPLE}")
        return model

    @field_validator("settings")
    @classmethod
    def _leaves_the_machine_alone(cls, settings: Mapping[str, Plain]) -> Mapping[str, Plain]:
        """Refuse to choose how many processes work: whoever runs the program does."""
        if "n_jobs" in settings:
            raise ValueError("n_jobs is no setting here: FOREFOLIO_EXECUTOR says how many work")
        return settings

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.model.rpartition(".")[2]

    def fit(self, data: Dataset) -> Predictor:
        """Fit to the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a label.
        """
        module, _, name = self.model.rpartition(".")
        regressor = getattr(import_module(module), name)(**self.settings)
        return _fitted(regressor, data, self.name, self.window)


_EXAMPLE = "sklearn.linear_model.Ridge"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OwnRegressor:
    """A regressor of whatever library, or a pipeline; in Python alone, for no document names it."""

    regressor: Any
    window: int = 2500

    @property
    def name(self) -> str:
        """What tables call it."""
        return type(self.regressor).__name__

    def __repr__(self) -> str:
        settings = sorted((k, repr(v)) for k, v in self.regressor.get_params(deep=True).items())
        code = code_of(type(self.regressor))
        return f"OwnRegressor({self.name}, {settings}, window={self.window}, code={code})"

    def fit(self, data: Dataset) -> Predictor:
        """Fit a copy of the regressor to the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a label.
        """
        return _fitted(sklearn_base.clone(self.regressor), data, self.name, self.window)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedRegressor:
    """A fitted regressor over standardised features, and the scale of its residuals."""

    standard: Standard
    regressor: Any
    residual_scale: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Mean and std at each of the last `rows` sessions."""
        x = data.x[-rows:]
        finite = np.isfinite(x).all(axis=-1)
        score = np.full(finite.shape, np.nan)
        if finite.any():
            score[finite] = _predicted(self.regressor, self.standard(x[finite]))
        risk = horizon_volatility(data, rows)
        return ForecastPanel.of(data, in_returns(score, data, rows), self.residual_scale * risk)


def as_forecaster(given: object) -> object:
    """A regressor in the manner of scikit-learn as a model; anything else as it is."""
    methods = ("fit", "predict", "get_params", "set_params")
    if isinstance(given, Component) or not all(hasattr(given, name) for name in methods):
        return given
    regressor: Any = given
    changed = _changed(regressor)
    model = f"{_public(type(regressor))}.{type(regressor).__name__}"
    plain = all(isinstance(value, Plain) for value in changed.values())
    if plain and model.startswith(f"{LIBRARY}.") and sklearn_base.is_regressor(regressor):
        return ScikitLearn(model=model, settings=changed)
    return OwnRegressor(regressor=regressor)


def _changed(regressor: Any) -> dict[str, Any]:
    """The settings of a regressor that are not the usual ones."""
    settings = regressor.get_params(deep=False)
    try:
        usual = type(regressor)().get_params(deep=False)
    except TypeError:  # it needs some
        usual = {}
    return {
        name: value
        for name, value in settings.items()
        if name not in usual or repr(usual[name]) != repr(value)
    }


def _public(cls: type[Any]) -> str:
    """The module that people import a class from: without the private part of its own."""
    return ".".join(part for part in cls.__module__.split(".") if not part.startswith("_"))


def _fitted(regressor: Any, data: Dataset, name: str, window: int) -> FittedRegressor:
    sample = TrainingSample.of(data, name, window)
    standard = Standard.of(sample.x)
    fitted = regressor.fit(standard(sample.x), sample.target)
    residual = sample.target - _predicted(fitted, standard(sample.x))
    return FittedRegressor(
        standard=standard, regressor=fitted, residual_scale=float(residual.std())
    )


def _predicted(regressor: Any, x: Array) -> Array:
    return np.asarray(regressor.predict(x), dtype=np.float64).reshape(len(x))
