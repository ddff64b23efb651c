"""The search space of `Tuned`: which settings of a model are varied, and over which values."""

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeAlias

from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import BadSettings

Value: TypeAlias = bool | int | float | str
Settings: TypeAlias = Mapping[str, Value]


class Range(Component):
    """A setting with any value from `low` to `high`.

    >>> Range(setting="penalty", low=1, high=100, log=True).at(0.5)
    10.0
    """

    setting: str = Field(description="Name of the model's setting that is varied.")
    low: float = Field(description="Smallest value tried.")
    high: float = Field(description="Largest value tried.")
    log: bool = Field(False, description="Whether values are spread evenly by their logarithm.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if not self.low < self.high or (self.log and self.low <= 0):
            least = "0 < low < high" if self.log else "low < high"
            raise ValueError(f"{self.setting}: need {least}, not {self.low:g} and {self.high:g}")
        return self

    @property
    def ends(self) -> tuple[Value, ...]:
        """The extreme values."""
        return self.low, self.high

    def at(self, share: float) -> Value:
        """The value that far on the way, from 0 to 1."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share


class Choice(Component):
    """A setting with one of several values.

    >>> Choice(setting="window", values=(750, 1250)).at(0.9)
    1250
    """

    setting: str = Field(description="Name of the model's setting that is varied.")
    values: Annotated[tuple[Value, ...], Field(min_length=2)] = Field(
        description="Values tried, at least two."
    )

    @property
    def ends(self) -> tuple[Value, ...]:
        """All of the values."""
        return self.values

    def at(self, share: float) -> Value:
        """The value that far on the way, from 0 to 1."""
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]


Dimension: TypeAlias = Range | Choice


def _log(setting: str, low: float, high: float) -> Range:
    return Range(setting=setting, low=low, high=high, log=True)


_BOOSTED: tuple[Dimension, ...] = (
    Range(setting="depth", low=1, high=6),
    _log("learning_rate", 0.01, 0.2),
    _log("leaf", 10, 1000),
    _log("penalty", 1, 1000),
)
_HISTORY: tuple[Dimension, ...] = (Choice(setting="window", values=(750, 1250, 2500, 5040)),)
SPACES: Mapping[str, tuple[Dimension, ...]] = {
    "xgboost": _BOOSTED,
    "xgboost_ranks": _BOOSTED,
    "random_forest": (
        Range(setting="depth", low=2, high=9),
        _log("leaf", 10, 1000),
        Range(setting="column_share", low=0.1, high=0.9),
    ),
    "svr": (
        _log("cost", 0.001, 1),
        Range(setting="epsilon", low=0, high=1),
        _log("gamma", 0.03, 3),
    ),
    "kernel_ridge": (_log("gamma", 0.03, 3), Choice(setting="landmarks", values=(50, 100, 200))),
    "ridge_ranks": _HISTORY,
    "bayesian_ridge": _HISTORY,
    "arima": _HISTORY,
}
"""What is varied, by kind of model, where a study does not say."""


def varied(model: object) -> str:
    """The settings that a model has, as text."""
    return ", ".join(name for name in getattr(type(model), "model_fields", ()) if name != "kind")


def changed(model: Any, settings: Settings) -> Any:
    """The model with other settings; whole numbers stay whole.

    Raises:
        ValueError: it has no such setting, or the setting may not have that value.
    """
    if not settings:
        return model
    current = {name: getattr(model, name) for name in getattr(type(model), "model_fields", ())}
    for name, value in settings.items():
        if name not in current or name == "kind":
            raise ValueError(f"there is no setting {name!r} to vary; there is {varied(model)}")
        is_integer = isinstance(value, float) and isinstance(current[name], int)
        current[name] = round(float(value)) if is_integer else value
    try:
        return type(model)(**current)
    except BadSettings as error:
        name, reason = error.problems[0]
        raise ValueError(f"{name} = {current.get(name)!r}: {reason}") from error
