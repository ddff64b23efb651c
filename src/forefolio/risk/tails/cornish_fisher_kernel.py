"""Moments of a cubic of a normal variable, and the cubic that has wanted ones.

The cubic is `z + (z^2 - 1) s / 6 + (z^3 - 3 z) k / 24 - (2 z^3 - 5 z) s^2 / 36`, that of Cornish
and Fisher 1938. Moments up to the fourth are exact with seven Gauss-Hermite points.
"""

from math import sqrt

import numpy as np

from forefolio.core.numerics import Scalar, kernel
from forefolio.core.units import Array

STEPS = 8  # from the normal distribution to the wanted skew and kurtosis
ITERATIONS = 5  # of Newton's method at each: the last leaves nothing
HALVINGS = 60  # of an interval, until nothing is left of it
MOST_SKEW = 3.95  # that rising cubics have on both of their edges
LOWER_END = 6.0 * (sqrt(2.0) - 1.0)  # largest s for which the cubic rises
UPPER_END = 2.2  # largest s up to which the skew rises along the upper edge


def _gauss_hermite() -> tuple[Array, Array]:
    points, mass = np.polynomial.hermite_e.hermegauss(7)
    return points, mass / mass.sum()


POINTS, MASS = _gauss_hermite()


@kernel((Scalar, Scalar))
def moments(s: float, k: float) -> tuple[float, float, float]:
    """Variance, skew and excess kurtosis of the distribution with the parameters `s` and `k`."""
    m2, m3, m4 = 0.0, 0.0, 0.0
    for node in range(len(POINTS)):
        z = POINTS[node]
        q = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
        m2 += MASS[node] * q**2
        m3 += MASS[node] * q**3
        m4 += MASS[node] * q**4
    return m2, m3 / m2**1.5, m4 / m2**2 - 3.0


@kernel((Scalar, Scalar, Scalar, Scalar))
def _newton(s: float, k: float, skew: float, excess: float) -> tuple[float, float]:
    """One step of Newton's method from `s` and `k` towards the wanted moments."""
    m2, m3, m4 = 0.0, 0.0, 0.0
    by_s, by_k = np.zeros(3), np.zeros(3)
    for node in range(len(POINTS)):
        z, mass = POINTS[node], MASS[node]
        q = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
        q_s, q_k = (z**2 - 1) / 6 - (2 * z**3 - 5 * z) * s / 18, (z**3 - 3 * z) / 24
        m2 += mass * q**2
        m3 += mass * q**3
        m4 += mass * q**4
        for power in range(3):
            slope = mass * (power + 2) * q ** (power + 1)
            by_s[power] += slope * q_s
            by_k[power] += slope * q_k
    off_skew, off_excess = m3 / m2**1.5 - skew, m4 / m2**2 - 3.0 - excess
    a = by_s[1] / m2**1.5 - 1.5 * m3 * by_s[0] / m2**2.5
    b = by_k[1] / m2**1.5 - 1.5 * m3 * by_k[0] / m2**2.5
    c = by_s[2] / m2**2 - 2.0 * m4 * by_s[0] / m2**3
    d = by_k[2] / m2**2 - 2.0 * m4 * by_k[0] / m2**3
    determinant = a * d - b * c
    s -= (off_skew * d - off_excess * b) / determinant
    k -= (off_excess * a - off_skew * c) / determinant
    return s, k


@kernel((Scalar, Scalar))
def solve_parameters(skew: float, excess: float) -> tuple[float, float]:
    """The `s` and `k` of the distribution with this skew and excess kurtosis.

    Newton's method, from the normal distribution in small steps along a straight line: the moments
    that can be reached hold it whole.
    """
    s, k = 0.0, 0.0
    for step in range(1, STEPS + 1):
        part = step / STEPS
        for _ in range(ITERATIONS):
            s, k = _newton(s, k, part * skew, part * excess)
    return s, k


@kernel((Scalar, Scalar))
def _edge(s: float, side: float) -> float:
    """The least or the largest `k` for which quantiles rise: their slope is a parabola in z."""
    root: float = np.sqrt(max(1.0 - s**2 / 6 + s**4 / 1296, 0.0))
    return 4.0 * (1.0 + 11.0 * s**2 / 36 + side * root)


@kernel((Scalar, Scalar))
def kurtosis_on_edge(skew: float, side: float) -> float:
    """Excess kurtosis where `skew` is had on the lower (-1) or the upper (1) edge."""
    low, high = 0.0, LOWER_END if side < 0.0 else UPPER_END
    for _ in range(HALVINGS):
        s = (low + high) / 2.0
        _, reached, excess = moments(s, _edge(s, side))
        if reached < skew:
            low = s
        else:
            high = s
    return excess
