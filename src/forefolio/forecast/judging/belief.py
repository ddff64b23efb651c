"""The slope expected of a signal: a posterior mean, given its record and a prior about skill.

Before any outcome a signal has skill with probability `share`; its information coefficient, the
correlation with what happens, is then normal about zero with the deviation `size`. Past outcomes
say b with standard error se, of the slope of outcomes on signals. In slopes the deviation is
tau = size sd(outcome) / sd(signal), and with r = tau^2 / (tau^2 + se^2), z = b / se

1. the Bayes factor for skill is F = sqrt(1 - r) exp(r z^2 / 2),
2. skill has the posterior probability p = share F / (share F + 1 - share),
3. the expected slope is p r b, at most two standard errors below b (limited translation, Efron
   and Morris 1972), clipped to [0, 1].

The slope is zero while F is at most 1 (z up to about 1), for a negative b, or before `dates`
non-overlapping outcomes. Grinold (1994): a forecast is skill x volatility x score; the prior is
about the skill, so that larger forecasts earn no larger slope.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Probability
from forefolio.forecast.scoring.sampling_error import FEWEST_SPANS, expanding_ratio, memory

LARGEST_EXPONENT = 300.0  # beyond it the probability of skill is one to the last digit
LARGEST_SHIFT = 2.0  # standard errors by which the prior may lower a slope
SMALLEST_ERROR = 1e-9  # of a slope, relative to it: a perfect forecast has no error


class Belief(Component):
    """The prior about the skill of a combined forecast.

    A signal has skill with probability `share`, and then a normal information coefficient with the
    standard deviation `size`.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> signal, noise = rng.normal(size=(2, 1000, 10))
    >>> 0.0 < Belief().slopes(signal, 0.2 * signal + noise, horizon=1)[-1] < 0.25
    np.True_
    """

    share: Probability = Field(
        0.3, description="Prior probability that a combined forecast has any skill."
    )
    size: Annotated[float, Field(gt=0, le=1)] = Field(
        0.025,
        description=(
            "Prior standard deviation of the information coefficient of a forecast that has skill."
        ),
    )
    dates: Annotated[int, Field(ge=2)] = Field(
        12, description="Fewest non-overlapping outcomes before any skill is credited."
    )

    def slopes(self, signal: Array, outcome: Array, horizon: int) -> Array:
        """The slopes (R,) expected of the next outcomes over `horizon` sessions.

        Row t uses the first t + 1 rows, whose outcomes must have ended by then.

        Args:
            signal: (R, N) centred over the assets, zero where there is no forecast.
            outcome: (R, N), NaN where not known.
            horizon: sessions over which an outcome is reckoned.
        """
        x, y = centred(signal, outcome)
        products, squares = (x * y).sum(axis=1), (x * x).sum(axis=1)
        slope, error = expanding_ratio(products, squares, horizon)
        energy, size = np.cumsum(squares), self.size * np.sqrt(np.cumsum((y * y).sum(axis=1)))
        spread = np.divide(size, np.sqrt(energy), out=np.zeros(len(energy)), where=energy > 0)
        count = np.cumsum(squares > 0)
        enough = count >= max(self.dates * horizon, FEWEST_SPANS * memory(horizon))
        return np.where(enough, self._expected(slope, error, spread), 0.0)

    def _expected(self, slope: Array, error: Array, spread: Array) -> Array:
        """Slopes expected, from those seen, their errors, and the spread before anything is."""
        usable = (slope > 0) & np.isfinite(error) & (spread > 0)
        b, se, tau = (np.where(usable, v, 1.0) for v in (slope, error, spread))
        se = np.maximum(se, SMALLEST_ERROR * b)
        reach = tau**2 / (tau**2 + se**2)
        exponent = np.minimum(reach * (b / se) ** 2 / 2, LARGEST_EXPONENT)
        factor = np.sqrt(1 - reach) * np.exp(exponent)
        skill = self.share * factor / (self.share * factor + 1 - self.share)
        expected = np.maximum(skill * reach * b, b - LARGEST_SHIFT * se)
        return np.where(usable & (factor > 1), np.clip(expected, 0.0, 1.0), 0.0)


def centred(signal: Array, outcome: Array) -> tuple[Array, Array]:
    """Both (R, N) less their means over the assets that are known of both; zero elsewhere."""
    finite = np.isfinite(signal) & np.isfinite(outcome)
    count = np.maximum(finite.sum(axis=1, keepdims=True), 1)
    x, y = (np.where(finite, values, 0.0) for values in (signal, outcome))
    x, y = (values - values.sum(axis=1, keepdims=True) / count for values in (x, y))
    return np.where(finite, x, 0.0), np.where(finite, y, 0.0)
