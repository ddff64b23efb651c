"""Value at risk and expected shortfall of a portfolio over a horizon, with standard errors."""

from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.component import OneOf
from forefolio.core.errors import DataError, InputError, NotEnoughHistory
from forefolio.core.units import Array
from forefolio.market import read_weights_of
from forefolio.market.sources.return_series import read_returns
from forefolio.risk.tails.filtered import FilteredHistorical
from forefolio.risk.tails.models import CornishFisher, Historical, Normal, TailModel, TailSpec

DRAWS = 200  # of which a standard error is known to a twentieth of itself

TAIL_MODELS = (Historical, Normal, CornishFisher, FilteredHistorical)
AnyTailModel: TypeAlias = Annotated[TailModel, OneOf(*TAIL_MODELS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TailRisk:
    """Tail losses over `horizon` sessions, as positive fractions, with bootstrap standard errors.

    `value_at_risk` is exceeded with probability 1 - `level`; `expected_shortfall` (CVaR) is the
    mean loss of those cases. Definitions: `forefolio.risk.tails.models`.
    """

    level: float
    horizon: int
    value_at_risk: float
    expected_shortfall: float
    value_at_risk_error: float
    expected_shortfall_error: float
    note: str = ""  # what the model had to do without, if anything


def tail_risk(
    returns: ArrayLike,
    model: TailModel | None = None,
    *,
    level: float = 0.95,
    horizon: int = 1,
    draws: int = DRAWS,
    seed: int = 0,
) -> TailRisk:
    """Value at risk and expected shortfall (CVaR) over the sessions after returns (T,) end.

    A portfolio's returns are `portfolio_returns(weights, scenarios)`.

    >>> import numpy as np
    >>> returns = np.random.default_rng(0).normal(0.0, 0.01, 1000)
    >>> risk = tail_risk(returns, level=0.95, horizon=1)
    >>> 0.01 < risk.value_at_risk < risk.expected_shortfall < 0.03
    True

    Args:
        returns: simple, per session; where they have dates, these say which is the oldest.
        model: how losses are measured; historical simulation by default.
        level: probability that the loss stays below the value at risk.
        horizon: sessions over which the loss is counted.
        draws: histories that the standard errors are taken over, at least 2.
        seed: of those histories.

    Raises:
        InputError: a return is missing, or level, horizon or draws are out of their range.
        NotEnoughHistory: there are too few returns for one case beyond the level.
        DataError: the model cannot be fitted to these returns.
    """
    history = read_returns(returns).values
    _check(history, level, horizon, draws)
    spec, chosen = TailSpec(level=level, horizon=horizon), model or Historical()
    loss = chosen.measure(history, spec)
    redrawn = chosen.redraw(history, spec, draws, seed)
    drawn = [(one.value_at_risk, one.expected_shortfall) for one in redrawn]
    if len(drawn) < 2:
        raise DataError("the model fits hardly any history like this one; use the historical loss")
    error, shortfall_error = np.std(drawn, axis=0, ddof=1)
    return TailRisk(
        level=level,
        horizon=horizon,
        value_at_risk=loss.value_at_risk,
        expected_shortfall=loss.expected_shortfall,
        value_at_risk_error=float(error),
        expected_shortfall_error=float(shortfall_error),
        note=loss.note,
    )


def portfolio_returns(weights: Any, scenarios: Any) -> Array:
    """Returns (T,) of a portfolio that is rebalanced to `weights` every session.

    Weights are fractions (N,), or by ticker where `scenarios` is a frame; the rest of 1 is cash
    that earns nothing. Rows of `scenarios` (T, N) with a NaN of a held asset are left out; a NaN
    of an asset of weight zero is ignored.

    >>> import numpy as np
    >>> portfolio_returns([0.5, 0.5], np.array([[0.02, 0.0], [np.nan, 0.01]]))
    array([0.01])

    Raises:
        InputError: there is not one finite weight per asset, or weights are percentages.
        UnknownTicker: something is held of which there are no scenarios.
    """
    weights, scenarios = read_weights_of(weights, scenarios)
    holdings = np.flatnonzero(weights)
    earned: Array = scenarios[:, holdings] @ weights[holdings]
    return earned[np.isfinite(earned)]


def _check(returns: Array, level: float, horizon: int, draws: int) -> None:
    if returns.ndim != 1 or not np.isfinite(returns).all():
        raise InputError("returns must be one finite number per session; leave out what is missing")
    if not 0.5 <= level < 1.0:
        raise InputError(f"level is {level}, must be at least 0.5 and below 1, such as 0.95")
    if horizon < 1 or draws < 2:
        raise InputError(f"horizon is {horizon}, draws {draws}; at least 1 and 2 are needed")
    needed = ceil(round(1.0 / (1.0 - level), 6)) + horizon - 1
    if len(returns) < needed:
        raise NotEnoughHistory(needed, len(returns), f"a loss at {level:g} over {horizon} sessions")
