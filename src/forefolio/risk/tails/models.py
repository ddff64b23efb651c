"""How large a loss the worst sessions bring: from the sample itself, or from its moments.

Each model says, for a level such as 95 % and a horizon in sessions, the loss exceeded with
probability 1 - level (value at risk) and the mean loss of those cases (expected shortfall, also
called CVaR); and says both again for resampled histories, which shows how certain they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.risk.simulation.bootstrap import BLOCK, stationary_draws
from forefolio.risk.tails.cornish_fisher import NORMAL, Bent, bent_to, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: losses over `horizon` sessions at `level`."""

    level: float
    horizon: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Value at risk and expected shortfall over a horizon: fractions, positive for a loss."""

    value_at_risk: float
    expected_shortfall: float
    note: str = ""  # what the model had to do without, if anything


@runtime_checkable
class TailModel(Protocol):
    """Says what a return series may lose."""

    def measure(self, returns: Array, asked: Question) -> Loss:
        """Losses after the last of `returns` (T,)."""
        ...

    def redraw(self, returns: Array, asked: Question, draws: int, seed: int) -> Iterator[Loss]:
        """The same for `draws` histories that might have been."""
        ...


class Historical(Component):
    """What happened before: the quantile of past returns, and the mean beyond it.

    Over several sessions it is that of all, overlapping, compounded stretches of the history.
    """

    kind: Literal["historical"] = "historical"

    def measure(self, returns: Array, asked: Question) -> Loss:
        """Losses as they were."""
        return empirical(_compounded(returns, asked.horizon), asked.level)

    def redraw(self, returns: Array, asked: Question, draws: int, seed: int) -> Iterator[Loss]:
        """Histories resampled in blocks."""
        return _resampled(self.measure, returns, asked, draws, seed)


class Normal(Component):
    """What returns with the mean and standard deviation of the sample lose if they are normal.

    Over several sessions mean and variance add up.
    """

    kind: Literal["normal"] = "normal"

    def measure(self, returns: Array, asked: Question) -> Loss:
        """Losses of the normal distribution."""
        point = NORMAL.inv_cdf(1.0 - asked.level)
        return _scaled(returns, asked.horizon, point, -NORMAL.pdf(point) / (1.0 - asked.level))

    def redraw(self, returns: Array, asked: Question, draws: int, seed: int) -> Iterator[Loss]:
        """Histories resampled in blocks."""
        return _resampled(self.measure, returns, asked, draws, seed)


class CornishFisher(Component):
    """The normal distribution bent to the skew and kurtosis of the sample.

    Quantiles of Cornish and Fisher 1938, with the parameters whose distribution has the sample's
    skew and kurtosis; the shortfall is the mean of those beyond the level (Maillard 2012, "A
    user's guide to the Cornish Fisher expansion"). Over several sessions skew falls with the root
    of their number and excess kurtosis with the number.
    """

    kind: Literal["cornish_fisher"] = "cornish_fisher"

    def measure(self, returns: Array, asked: Question) -> Loss:
        """Losses of the bent distribution.

        Raises:
            DataError: no bent distribution has so large a skew or kurtosis.
        """
        return _of_bent(bent_to(*_shape(returns, asked.horizon)), returns, asked)

    def redraw(self, returns: Array, asked: Question, draws: int, seed: int) -> Iterator[Loss]:
        """Histories resampled in blocks; of each the nearest bent distribution."""
        return _resampled(self._nearest, returns, asked, draws, seed)

    def _nearest(self, returns: Array, asked: Question) -> Loss:
        return _of_bent(nearest(*_shape(returns, asked.horizon)), returns, asked)


def empirical(returns: Array, level: float) -> Loss:
    """Losses of a sample of returns, each as likely as the other."""
    return Loss(
        value_at_risk=quantile_loss(returns, level), expected_shortfall=tail_loss(returns, level)
    )


def quantile_loss(returns: Array, level: float) -> float:
    """The loss that a share 1 - level of `returns` exceeds."""
    return float(-np.quantile(returns, 1.0 - level))


def tail_loss(returns: Array, level: float) -> float:
    """Mean loss of the worst share 1 - level of `returns`.

    The return at the edge of that share counts with the part of it that belongs there
    (Rockafellar and Uryasev 2002).
    """
    tail = (1.0 - level) * len(returns)
    share = np.clip(tail - np.arange(len(returns)), 0.0, 1.0)
    return float(-(share @ np.sort(returns)) / tail)


def _compounded(returns: Array, horizon: int) -> Array:
    if horizon == 1:
        return returns
    stretches: Array = sliding_window_view(1.0 + returns, horizon).prod(axis=1) - 1.0
    return stretches


def _scaled(returns: Array, horizon: int, quantile: float, shortfall: float) -> Loss:
    """Losses at points of a distribution with mean 0 and standard deviation 1."""
    mean, std = horizon * float(returns.mean()), float(returns.std(ddof=1) * np.sqrt(horizon))
    return Loss(value_at_risk=-mean - std * quantile, expected_shortfall=-mean - std * shortfall)


def _shape(returns: Array, horizon: int) -> tuple[float, float]:
    """Skew and excess kurtosis of returns over a horizon; none where nothing varies."""
    std = returns.std()
    if std == 0.0:
        return 0.0, 0.0
    standard = (returns - returns.mean()) / std
    skew, kurtosis = float(np.mean(standard**3)), float(np.mean(standard**4))
    return skew / horizon**0.5, (kurtosis - 3.0) / horizon


def _of_bent(bent: Bent, returns: Array, asked: Question) -> Loss:
    share = 1.0 - asked.level
    loss = _scaled(returns, asked.horizon, bent.quantile(share), bent.mean_below(share))
    return replace(loss, note=bent.note)


def _resampled(
    measure: Callable[[Array, Question], Loss],
    returns: Array,
    asked: Question,
    draws: int,
    seed: int,
) -> Iterator[Loss]:
    block = max(BLOCK, asked.horizon)
    return (
        measure(returns[rows], asked) for rows in stationary_draws(len(returns), seed, block, draws)
    )
