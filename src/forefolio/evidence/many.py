"""Several strategies against one: what the best of them shows, and each within the family."""

import numpy as np

from forefolio.core.units import Array
from forefolio.evidence.bootstrap import SharpeDifferences


def family_p_values(differences: SharpeDifferences) -> Array:
    """The p-value (K,) of each difference as one of all of them (Romano and Wolf 2005, StepM).

    Below 0.05 in any of them: at most one in twenty families without a difference has one. The
    largest statistic is held against the largest of all draws, the next against that of the rest.
    """
    seen, by_luck = np.abs(differences.statistics), np.abs(differences.by_luck)
    order = np.argsort(-seen, kind="stable")
    p_values, so_far = np.empty(len(seen)), 0.0
    for place, which in enumerate(order):
        largest = by_luck[:, order[place:]].max(axis=1)
        p = (1.0 + (largest >= seen[which]).sum()) / (1.0 + len(largest))
        so_far = max(so_far, float(p))
        p_values[which] = so_far
    return p_values


def superior_p_value(differences: SharpeDifferences) -> float:
    """How likely the best difference is by luck, if none of the strategies is better.

    Hansen (2005), "A test for superior predictive ability": strategies that are clearly worse do
    not make the test harder to pass.
    """
    seen = differences.statistics
    bound = -np.sqrt(2.0 * np.log(np.log(max(differences.sessions, 16))))
    shift = np.where(seen < bound, seen, 0.0)
    largest = np.maximum((differences.by_luck + shift).max(axis=1), 0.0)
    best = max(float(seen.max()), 0.0)
    return float((1.0 + (largest >= best).sum()) / (1.0 + len(largest)))
