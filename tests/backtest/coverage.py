"""How often the intervals of `measure` hold the truth, of returns whose law is known.

`python -m tests.backtest.coverage` writes the table of docs/risk.md.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from forefolio.backtest import measure
from forefolio.core.units import Array

DRIFT, STD = 4e-4, 0.01
Law = Callable[[np.random.Generator, int, int], Array]


def _normal(rng: np.random.Generator, samples: int, sessions: int) -> Array:
    drawn: Array = DRIFT + STD * rng.standard_normal((samples, sessions))
    return drawn


def _fat(rng: np.random.Generator, samples: int, sessions: int) -> Array:
    drawn: Array = DRIFT + STD * rng.standard_t(5, (samples, sessions)) / np.sqrt(5 / 3)
    return drawn


def _alike(rng: np.random.Generator, samples: int, sessions: int) -> Array:
    """AR(1) with a coefficient of .15."""
    out, last = np.empty((samples, sessions)), STD * rng.standard_normal(samples)
    for row in range(sessions):
        last = 0.15 * last + STD * np.sqrt(1 - 0.15**2) * rng.standard_normal(samples)
        out[:, row] = DRIFT + last
    return out


def _clustered(rng: np.random.Generator, samples: int, sessions: int) -> Array:
    """GARCH(1,1): a shock to the variance has half gone after 23 sessions."""
    out, variance = np.empty((samples, sessions + 300)), np.full(samples, STD**2)
    for row in range(sessions + 300):
        shock = np.sqrt(variance) * rng.standard_normal(samples)
        out[:, row] = DRIFT + shock
        variance = 0.03 * STD**2 + 0.07 * shock**2 + 0.90 * variance
    return out[:, 300:]


LAWS: Mapping[str, Law] = {
    "normal": _normal,
    "t(5)": _fat,
    "AR(1)": _alike,
    "GARCH": _clustered,
}


def coverage(law: str, sessions: int, samples: int, seed: int = 1) -> dict[str, float]:
    """The share of samples whose 90 % interval holds the truth, of each measure that has one.

    The benchmark is of the same law, and half of what is measured.
    """
    draw = LAWS[law]
    own, index = _pair(draw, np.random.default_rng(seed), samples, sessions)
    truth = _truth(law)
    held: dict[str, int] = {}
    for returns, beside in zip(own, index, strict=True):
        for one in measure(returns, beside, periods_per_year=252.0).each:
            if one.low is not None and one.high is not None:
                held[one.name] = held.get(one.name, 0) + (one.low <= truth[one.name] <= one.high)
    return {name: count / samples for name, count in held.items()}


def _pair(draw: Law, rng: np.random.Generator, samples: int, sessions: int) -> tuple[Array, Array]:
    index, rest = draw(rng, samples, sessions), draw(rng, samples, sessions)
    return (index + rest) / 2.0, index


@cache
def _truth(law: str) -> dict[str, float]:
    """Measures of 600,000 sessions, in pieces that forget each other."""
    own, index = _pair(LAWS[law], np.random.default_rng(99), 300, 2000)
    told = measure(own.ravel(), index.ravel(), periods_per_year=252.0)
    return {one.name: one.value for one in told.each if one.value is not None}


def main() -> None:
    """Print the table."""
    columns = [(law, sessions) for sessions in (60, 252, 1250) for law in LAWS]
    found = [coverage(law, sessions, samples=int(sys.argv[1])) for law, sessions in columns]
    names = list(dict.fromkeys(name for one in found for name in one))
    lines = ["| measure | " + " | ".join(f"{law}, {n}" for law, n in columns) + " |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    for name in names:
        shares = [f"{100 * one[name]:.0f}" if name in one else "" for one in found]
        lines.append(f"| `{name}` | " + " | ".join(shares) + " |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
