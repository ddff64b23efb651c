"""Backtest of value-at-risk models: a forecast before every session, and the test of its breaches.

1. Before every session a model sees the `window` of returns up to the session before.
2. A filtered model is refitted every 250 sessions and updates its volatility in between.
3. Its forecasts are compared with the realised returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.errors import DataError, InputError, NotEnoughHistory
from forefolio.core.units import Array, read_only
from forefolio.market.sources.return_series import read_returns
from forefolio.risk.tails.breaches import ValueAtRiskCheck, check_value_at_risk
from forefolio.risk.tails.measures import TAIL_MODELS
from forefolio.risk.tails.models import TailModel, TailSpec

WINDOW = 1000  # sessions that a model is fitted on: four years
SHORTEST = 100  # forecasts that a test of breaches needs


@runtime_checkable
class RollingTailModel(Protocol):
    """A tail model that can forecast a whole history without refitting at every session."""

    def follow(self, returns: Array, spec: TailSpec, first: int) -> Array:
        """Value at risk (T - first,) forecast before each of the sessions from row `first` on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValueAtRiskBacktest:
    """A model's value-at-risk forecasts, NaN where it had none, and the test of their breaches."""

    model: str
    first: int  # row of the returns that the first forecast is for
    forecasts: Array  # (T - first,) losses, positive
    check: ValueAtRiskCheck

    def __post_init__(self) -> None:
        read_only(self.forecasts)

    @property
    def missing(self) -> int:
        """Sessions without a forecast; they are not counted."""
        return int((~np.isfinite(self.forecasts)).sum())


def backtest_value_at_risk(
    returns: ArrayLike,
    models: Sequence[TailModel] | None = None,
    *,
    level: float = 0.95,
    window: int = WINDOW,
) -> tuple[ValueAtRiskBacktest, ...]:
    """Backtest the one-session value at risk of `models` (all four by default) on returns (T,).

    >>> import numpy as np
    >>> from forefolio.risk import Historical
    >>> returns = np.random.default_rng(0).normal(0.0, 0.01, 600)
    >>> backtest_value_at_risk(returns, [Historical()], window=400)[0].check.sessions
    200

    Args:
        returns: simple, per session, oldest first.
        models: how a loss is measured.
        level: probability that the loss stays below the value at risk.
        window: returns that each forecast is made from.

    Raises:
        InputError: a return is missing, or level or window are out of their range.
        NotEnoughHistory: fewer than 100 sessions come after the first window.
        DataError: a model has no forecast of any session.
    """
    history = read_returns(returns).values
    if not np.isfinite(history).all():
        raise InputError("returns must be one finite number per session; leave out what is missing")
    if not 0.5 <= level < 1.0 or window < 2 or window * (1.0 - level) < 1.0:
        raise InputError(
            f"level is {level} and window {window}; a level between 0.5 and 1 needs a window of "
            "at least one loss beyond it, such as 0.95 and 250"
        )
    if len(history) < window + SHORTEST:
        raise NotEnoughHistory(window + SHORTEST, len(history), "testing a value at risk")
    spec = TailSpec(level=level, horizon=1)
    chosen = [model() for model in TAIL_MODELS] if models is None else models
    return tuple(_walked(model, history, spec, window) for model in chosen)


def _walked(model: TailModel, returns: Array, spec: TailSpec, window: int) -> ValueAtRiskBacktest:
    name = str(getattr(model, "kind", type(model).__name__))
    if isinstance(model, RollingTailModel):
        forecasts = model.follow(returns, spec, window)
    else:
        rows = range(window, len(returns))
        forecasts = np.array([_forecast(model, returns[row - window : row], spec) for row in rows])
    finite = np.isfinite(forecasts)
    if not finite.any():
        raise DataError(f"{name} has no value at risk for these returns; use historical")
    check = check_value_at_risk(returns[window:][finite], forecasts[finite], spec.level)
    return ValueAtRiskBacktest(model=name, first=window, forecasts=forecasts, check=check)


def _forecast(model: TailModel, past: Array, spec: TailSpec) -> float:
    try:
        return model.measure(past, spec).value_at_risk
    except DataError:  # such as a skew too large for Cornish-Fisher
        return float("nan")
