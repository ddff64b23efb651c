"""How far a signal is believed: the mean of what its past leaves likely.

Before any outcome a signal has skill with probability `share`; its information coefficient, the
correlation with what happens, is then normal about zero with the deviation `size`. Past outcomes
say b with standard error se, of the slope of outcomes on signals. In slopes the deviation is
tau = size sd(outcome) / sd(signal), and with r = tau^2 / (tau^2 + se^2), z = b / se

1. the outcomes speak for skill by the factor F = sqrt(1 - r) exp(r z^2 / 2) (Bayes factor),
2. skill has the probability p = share F / (share F + 1 - share),
3. the slope expected is p r b, though no more than two errors below b, for a prior that the
   outcomes contradict must not have the last word (limited translation, Efron and Morris 1972);
   it is clipped to [0, 1].

Nothing is believed while the outcomes speak against skill (F up to 1, about z up to 1), for a
contrary signal, or before `dates` outcomes that do not overlap. Grinold (1994): a forecast is
skill x volatility x score; the prior is about the skill, so that a model does not gain belief by
being loud.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Probability
from forefolio.forecast.scoring.sampling_error import FEWEST_SPANS, expanding_ratio, memory

LARGEST_EXPONENT = 300.0  # beyond it the probability of skill is one to the last digit
LARGEST_SHIFT = 2.0  # standard errors by which the prior may lower a slope
SMALLEST_ERROR = 1e-9  # of a slope, relative to it: what came true to the last digit


class Belief(Component):
    """The prior about the skill of a combined forecast.

    A signal has skill with probability `share`, and then an information coefficient of the order
    of `size`; nothing is believed before `dates` outcomes that do not overlap.
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
        24, description="Fewest non-overlapping outcomes before any skill is credited."
    )

    def slopes(self, signal: Array, outcome: Array, horizon: int) -> Array:
        """The slopes (R,) expected of the next outcomes over `horizon` sessions.

        Row t is learnt from the first t + 1 rows, all of which must have ended by then.

        Args:
            signal: (R, N) centred over the assets, zero where nothing is said.
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
