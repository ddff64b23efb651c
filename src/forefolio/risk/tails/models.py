"""Value at risk and expected shortfall (CVaR) of a return series: from the sample or its moments.

For a level a such as 0.95 and a horizon in sessions, with the loss L = -return over the horizon,
a fraction that is positive for a loss:

* value at risk: the a-quantile of L, exceeded with probability 1 - a;
* expected shortfall, also called conditional value at risk (CVaR): the mean of L over the worst
  1 - a of cases, where the case at the edge counts in part (Rockafellar and Uryasev 2002).

Shapes: returns are (T,), simple, per session, oldest first, all finite (`portfolio_returns` makes
them of weights (N,) and scenarios (T, N) and drops sessions with a NaN of a held asset). Every case
has the same weight. Each model repeats both measures for resampled histories, which gives standard
errors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from forefolio.core.component import Component
from forefolio.core.errors import DataError
from forefolio.core.units import Array
from forefolio.risk.bootstrap import BLOCK, stationary_draws
from forefolio.risk.tails.cornish_fisher import (
    NORMAL,
    CornishFisherDistribution,
    distribution_with,
    nearest,
)
from forefolio.risk.tails.rolling import moments_of, rolling_moments, rolling_quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class TailSpec:
    """The loss to measure: over `horizon` sessions, at the probability `level`."""

    level: float
    horizon: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Value at risk and expected shortfall over a horizon: fractions, positive for a loss."""

    value_at_risk: float
    expected_shortfall: float
    note: str = ""  # what the model had to simplify, if anything


@runtime_checkable
class TailModel(Protocol):
    """Measures the tail losses of a return series."""

    def measure(self, returns: Array, spec: TailSpec) -> Loss:
        """Tail losses over the horizon after the last of `returns` (T,)."""
        ...

    def redraw(self, returns: Array, spec: TailSpec, draws: int, seed: int) -> Iterator[Loss]:
        """The same for `draws` resampled or simulated histories."""
        ...


class Historical(Component):
    """Historical simulation: the quantile of past returns, and the mean beyond it.

    Over several sessions, of all overlapping compounded returns of that length.

    >>> import numpy as np
    >>> returns = np.arange(-10, 10) / 100  # -10 % to +9 %
    >>> loss = Historical().measure(returns, TailSpec(level=0.9, horizon=1))
    >>> round(loss.expected_shortfall, 4)  # mean of the two worst of twenty
    0.095
    """

    kind: Literal["historical"] = "historical"

    def measure(self, returns: Array, spec: TailSpec) -> Loss:
        """Losses of the sample."""
        return empirical(_compounded(returns, spec.horizon), spec.level)

    def follow(self, returns: Array, spec: TailSpec, first: int) -> Array:
        """Value at risk (T - first,) over one session, each from the `first` returns before it."""
        return -rolling_quantiles(returns, first, 1.0 - spec.level)

    def redraw(self, returns: Array, spec: TailSpec, draws: int, seed: int) -> Iterator[Loss]:
        """Histories resampled in blocks."""
        return _resampled(self.measure, returns, spec, draws, seed)


class Normal(Component):
    """Normal returns with the mean m and standard deviation s of the sample.

    VaR = -m - s z(1 - a), expected shortfall = -m + s phi(z(1 - a)) / (1 - a); over h sessions m is
    multiplied by h and s by its root.

    >>> import numpy as np
    >>> loss = Normal().measure(np.array([-0.01, 0.01] * 50), TailSpec(level=0.95, horizon=1))
    >>> round(loss.value_at_risk, 4)
    0.0165
    """

    kind: Literal["normal"] = "normal"

    def measure(self, returns: Array, spec: TailSpec) -> Loss:
        """Losses of the normal distribution."""
        point = NORMAL.inv_cdf(1.0 - spec.level)
        return _scaled(returns, spec.horizon, point, -NORMAL.pdf(point) / (1.0 - spec.level))

    def follow(self, returns: Array, spec: TailSpec, first: int) -> Array:
        """Value at risk (T - first,) over one session, each from the `first` returns before it."""
        mean, std, _, _ = rolling_moments(returns, first)
        return _loss_at(NORMAL.inv_cdf(1.0 - spec.level), mean, std, first)

    def redraw(self, returns: Array, spec: TailSpec, draws: int, seed: int) -> Iterator[Loss]:
        """Histories resampled in blocks."""
        return _resampled(self.measure, returns, spec, draws, seed)


class CornishFisher(Component):
    """The Cornish-Fisher distribution with the skew and kurtosis of the sample.

    Over h sessions the skew is divided by the root of h and the excess kurtosis by h.
    Source: Cornish and Fisher (1938); Maillard (2012), "A user's guide to the Cornish Fisher
    expansion".

    >>> import numpy as np
    >>> returns = np.random.default_rng(0).standard_t(8, 1000) / 100
    >>> CornishFisher().measure(returns, TailSpec(level=0.99, horizon=1)).value_at_risk > 0.02
    True
    """

    kind: Literal["cornish_fisher"] = "cornish_fisher"

    def measure(self, returns: Array, spec: TailSpec) -> Loss:
        """Losses of the Cornish-Fisher distribution.

        Raises:
            DataError: no such distribution has so large a skew or kurtosis.
        """
        return _losses_of(distribution_with(*_shape(returns, spec.horizon)), returns, spec)

    def follow(self, returns: Array, spec: TailSpec, first: int) -> Array:
        """Value at risk (T - first,) over one session, each from the `first` returns before it.

        NaN where no such distribution has so large a skew or kurtosis.
        """
        mean, std, skew, excess = rolling_moments(returns, first)
        shapes = zip(skew.tolist(), excess.tolist(), strict=True)
        points = [_quantile_with(*shape, 1.0 - spec.level) for shape in shapes]
        return _loss_at(np.array(points), mean, std, first)

    def redraw(self, returns: Array, spec: TailSpec, draws: int, seed: int) -> Iterator[Loss]:
        """Histories resampled in blocks; each with the nearest distribution."""
        return _resampled(self._nearest, returns, spec, draws, seed)

    def _nearest(self, returns: Array, spec: TailSpec) -> Loss:
        return _losses_of(nearest(*_shape(returns, spec.horizon)), returns, spec)


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


def _loss_at(quantile: Array | float, mean: Array, std: Array, count: int) -> Array:
    """The same for many samples of `count` returns each; `std` is that of the sample itself."""
    loss: Array = -mean - std * np.sqrt(count / (count - 1)) * quantile
    return loss


def _quantile_with(skew: float, excess: float, share: float) -> float:
    try:
        return distribution_with(skew, excess).quantile(share)
    except DataError:  # no distribution of the family has these moments
        return np.nan


def _shape(returns: Array, horizon: int) -> tuple[float, float]:
    """Skew and excess kurtosis of returns over a horizon; 0 where nothing varies."""
    _, _, skew, excess = moments_of(returns).tolist()
    return skew / horizon**0.5, excess / horizon


def _losses_of(distribution: CornishFisherDistribution, returns: Array, spec: TailSpec) -> Loss:
    share = 1.0 - spec.level
    loss = _scaled(
        returns, spec.horizon, distribution.quantile(share), distribution.mean_below(share)
    )
    return replace(loss, note=distribution.note)


def _resampled(
    measure: Callable[[Array, TailSpec], Loss],
    returns: Array,
    spec: TailSpec,
    draws: int,
    seed: int,
) -> Iterator[Loss]:
    block = max(BLOCK, spec.horizon)
    return (
        measure(returns[rows], spec) for rows in stationary_draws(len(returns), seed, block, draws)
    )
