"""What the combination's belief costs where there is no skill, and keeps where there is.

`python benchmarks/belief.py [seeds]`: forecasts of a known skill
(`forecast/scoring/planted.py`: 20 assets, 12 years out of sample) go through the real
combination. Gains are those to be expected, in points of R2 over the prior; beside the default
stand the slope that the past shows, without any doubt, and that slope beyond two standard errors.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from _report import circumstances, table

from forefolio.core.units import Array
from forefolio.forecast import Belief, Combiner
from forefolio.forecast.judging.belief import centred
from forefolio.forecast.scoring.planted import Planted, plant
from forefolio.forecast.scoring.sampling_error import expanding_ratio

YEAR = 252
CASES = ((1, 0.0), (5, 0.0), (21, 0.0), (63, 0.0), (1, 0.02), (5, 0.03), (5, 0.05), (21, 0.05),
         (21, 0.09), (63, 0.09))  # fmt: skip


class Undoubted(Belief):
    """The slope that past outcomes show beyond `errors` standard errors, as it was until now."""

    errors: float = 0.0

    def slopes(self, signal: Array, outcome: Array, horizon: int) -> Array:
        """`b (1 - (errors se / b)^2)`, clipped to [0, 1]; after 12 outcomes that do not overlap."""
        x, y = centred(signal, outcome)
        b, se = expanding_ratio((x * y).sum(axis=1), (x * x).sum(axis=1), horizon)
        enough = (np.arange(1, len(b) + 1) >= 12 * horizon) & np.isfinite(se) & (b > 0)
        doubted = self.errors * np.where(enough, se, 0.0) / np.where(enough, b, 1.0)
        slope = b * np.clip(1 - doubted**2, 0, 1)
        return np.where(enough, np.clip(slope, 0, 1), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What one rule makes of many planted cases, means over the seeds."""

    points: float  # of R2 over the prior, to be expected
    error: float
    share: float  # of sessions with any belief
    years: float  # median time to the first belief


def main() -> None:
    """Print the table."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    print(f"{circumstances(('numpy',))}; {seeds} seeds\n")
    head = ("sessions", "rank IC", "points", "sessions with belief", "years to it",
            "no doubt", "kept", "two errors")  # fmt: skip
    table(head, [_row(horizon, skill, seeds) for horizon, skill in CASES])


def _row(horizon: int, skill: float, seeds: int) -> Sequence[str]:
    cases = [plant(seed, horizon, skill) for seed in range(seeds)]
    own, plain, strict = (
        measure(Combiner(belief=belief), cases)
        for belief in (Belief(), Undoubted(), Undoubted(errors=2.0))
    )
    return (
        str(horizon),
        f"{skill:.2f}" if skill else "none",
        f"{own.points:+.4f} ± {own.error:.4f}",
        f"{own.share:.0%}",
        f"{own.years:.1f}" if np.isfinite(own.years) else "never",
        f"{plain.points:+.4f}",
        f"{own.points / plain.points:.0%}" if skill else "",
        f"{strict.points:+.4f}",
    )


def measure(combiner: Combiner, cases: Sequence[Planted]) -> Power:
    """Run the combination on each case."""
    points, shares, years = [], [], []
    for case in cases:
        combined = combiner.combine(case.panels, case.prior, case.std, case.returns)
        believed = combined.slopes > 0
        points.append(100 * case.gain(combined.panel.mean))
        shares.append(believed.mean())
        years.append(np.argmax(believed) / YEAR if believed.any() else np.inf)
    return Power(
        points=float(np.mean(points)),
        error=float(np.std(points, ddof=1) / np.sqrt(len(points))),
        share=float(np.mean(shares)),
        years=float(np.median(years)),
    )


if __name__ == "__main__":
    main()
