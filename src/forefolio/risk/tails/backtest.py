"""What each way of measuring a value at risk would have said, session by session, and its verdict.

1. Before every session a model sees the `window` of returns that end the day before, no more.
2. A model that filters is fitted anew now and then, and follows the volatility in between.
3. Its forecasts are held against what happened.
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
from forefolio.risk.tails.models import Question, TailModel

WINDOW = 1000  # sessions that a model sees: four years
SHORTEST = 100  # forecasts, of which a share of breaches says something


@runtime_checkable
class Following(Protocol):
    """A tail model that need not be fitted anew for every session."""

    def follow(self, returns: Array, asked: Question, first: int) -> Array:
        """Value at risk (T - first,) said before each of the sessions from row `first` on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValueAtRiskBacktest:
    """What a model said before each session, NaN where it could not, and what became of it."""

    model: str
    first: int  # row of the returns that the first forecast is for
    forecasts: Array  # (T - first,) losses, positive
    check: ValueAtRiskCheck

    def __post_init__(self) -> None:
        read_only(self.forecasts)

    @property
    def silent(self) -> int:
        """Sessions that the model could not speak about; they are not counted."""
        return int((~np.isfinite(self.forecasts)).sum())


def backtest_value_at_risk(
    returns: ArrayLike,
    models: Sequence[TailModel] | None = None,
    *,
    level: float = 0.95,
    window: int = WINDOW,
) -> tuple[ValueAtRiskBacktest, ...]:
    """Walk each of the `models` (all four, if none) through the returns (T,) of a portfolio.

    Args:
        returns: simple, per session, oldest first.
        models: how a loss is measured.
        level: probability that the loss stays below the value at risk.
        window: returns that each forecast is made from.

    Raises:
        InputError: a return is missing, or level or window are out of their range.
        NotEnoughHistory: fewer than 100 sessions come after the first window.
        DataError: a model could speak about no session.
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
    asked = Question(level=level, horizon=1)
    chosen = [model() for model in TAIL_MODELS] if models is None else models
    return tuple(_walked(model, history, asked, window) for model in chosen)


def _walked(model: TailModel, returns: Array, asked: Question, window: int) -> ValueAtRiskBacktest:
    name = str(getattr(model, "kind", type(model).__name__))
    if isinstance(model, Following):
        said = model.follow(returns, asked, window)
    else:
        rows = range(window, len(returns))
        said = np.array([_said(model, returns[row - window : row], asked) for row in rows])
    known = np.isfinite(said)
    if not known.any():
        raise DataError(f"{name} could say no value at risk of these returns; use historical")
    check = check_value_at_risk(returns[window:][known], said[known], asked.level)
    return ValueAtRiskBacktest(model=name, first=window, forecasts=said, check=check)


def _said(model: TailModel, past: Array, asked: Question) -> float:
    try:
        return model.measure(past, asked).value_at_risk
    except DataError:  # such as a skew that an expansion cannot follow
        return float("nan")
