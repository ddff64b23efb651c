"""What a simulated portfolio may lose, by horizon, level and method; and where its paths end."""

from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError
from forefolio.core.kinds import kind_of
from forefolio.core.units import Array
from forefolio.risk import CornishFisher, Historical, MonteCarlo, Normal, Simulation
from forefolio.risk.tails.models import TailModel, TailSpec
from forefolio.studies.result import Number

LEVELS = (0.9, 0.95, 0.99)
SOONER = (1, 10)  # sessions, beside the horizon itself
METHODS: tuple[TailModel, ...] = (Historical(), Normal(), CornishFisher())
MONTE_CARLO = "monte_carlo"
BINS = 40
OUTERMOST = 0.001  # of the paths: what lies beyond counts in the last bin


class PathLoss(Component):
    """What may be lost over some sessions, with a probability, by one method."""

    horizon: int = Field(description="Sessions ahead.")
    level: float = Field(description="Probability that the loss stays below the value at risk.")
    method: str = Field(
        description="monte_carlo: of the simulated paths; else the model of the returns, "
        "compounded or scaled to the horizon."
    )
    value_at_risk: Number = Field(
        description="Positive is a loss; none: the history is too short, or the model does not fit."
    )
    value_at_risk_error: Number = Field(description="Its Monte Carlo error, if it has one.")
    expected_shortfall: Number = Field(
        description="Mean loss beyond the value at risk (CVaR); positive is a loss."
    )
    expected_shortfall_error: Number = Field(description="Its Monte Carlo error, if it has one.")


class Distribution(Component):
    """How numbers of paths are distributed, as bins of one width."""

    edges: tuple[float, ...] = Field(description="The ends of the bins, ascending.")
    shares: tuple[float, ...] = Field(
        description="Share of the paths in each bin; what lies beyond counts in the outermost ones."
    )


def distribution(ascending: Array) -> Distribution:
    """The distribution of numbers (P,), ascending.

    >>> import numpy as np
    >>> [round(share, 2) for share in distribution(np.arange(1000.0)).shares[:2]]
    [0.03, 0.03]
    """
    low, high = np.quantile(ascending, (OUTERMOST, 1.0 - OUTERMOST))
    if not high > low:
        return Distribution(edges=(float(low), float(high)), shares=(1.0,))
    edges = np.linspace(low, high, BINS + 1)
    counts, _ = np.histogram(np.clip(ascending, low, high), edges)
    return Distribution(
        edges=tuple(edges.tolist()), shares=tuple((counts / len(ascending)).tolist())
    )


def horizons_to(last: int) -> tuple[int, ...]:
    """The horizons that losses are said of, ascending, up to the last.

    >>> horizons_to(252), horizons_to(10)
    ((1, 10, 252), (1, 10))
    """
    return (*(steps for steps in SOONER if steps < last), last)


def losses_by_paths(
    plan: MonteCarlo, whole: Simulation, weights: Array, history: Array, cash: float
) -> tuple[PathLoss, ...]:
    """Losses of the simulated paths: after a session, after ten, and at the end of the plan.

    `whole` is what the plan came to with `weights` (N,), the returns `history` (T, N) and what
    `cash` earns per session; what comes sooner is simulated by the same plan, cut short.
    """
    *sooner, _ = horizons_to(plan.horizon)
    short = {steps: plan.model_copy(update={"horizon": steps}) for steps in sooner}
    ran = {steps: one.run(weights, history, cash) for steps, one in short.items()}
    return tuple(
        _of_paths(one, steps, level)
        for steps, one in {**ran, plan.horizon: whole}.items()
        for level in LEVELS
    )


def _of_paths(one: Simulation, horizon: int, level: float) -> PathLoss:
    at_risk, beyond = one.value_at_risk(level), one.expected_shortfall(level)
    return PathLoss(
        horizon=horizon,
        level=level,
        method=MONTE_CARLO,
        value_at_risk=at_risk.value,
        value_at_risk_error=at_risk.error,
        expected_shortfall=beyond.value,
        expected_shortfall_error=beyond.error,
    )


def losses_by_models(returns: Array, horizon: int) -> tuple[PathLoss, ...]:
    """Losses by models of the returns (T,) of a portfolio, over the same horizons."""
    specs = [
        TailSpec(level=level, horizon=steps) for steps in horizons_to(horizon) for level in LEVELS
    ]
    return tuple(_by_model(model, returns, spec) for spec in specs for model in METHODS)


def _by_model(model: TailModel, returns: Array, spec: TailSpec) -> PathLoss:
    try:
        loss = model.measure(returns, spec) if _is_known(model, len(returns), spec) else None
    except DataError:
        loss = None
    return PathLoss(
        horizon=spec.horizon,
        level=spec.level,
        method=kind_of(model),
        value_at_risk=None if loss is None else loss.value_at_risk,
        value_at_risk_error=None,
        expected_shortfall=None if loss is None else loss.expected_shortfall,
        expected_shortfall_error=None,
    )


def _is_known(model: TailModel, sessions: int, spec: TailSpec) -> bool:
    """A quantile of the past needs a stretch beyond it that shares no session with another."""
    return not isinstance(model, Historical) or (1.0 - spec.level) * sessions >= spec.horizon


def of_horizon(losses: Sequence[PathLoss]) -> Iterator[tuple[int, str, dict[float, PathLoss]]]:
    """The losses of each horizon and method, by level."""
    for horizon in sorted({one.horizon for one in losses}):
        own = [one for one in losses if one.horizon == horizon]
        for method in dict.fromkeys(one.method for one in own):
            yield horizon, method, {one.level: one for one in own if one.method == method}
