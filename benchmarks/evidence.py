"""Every goal of the forecasts, the covariances and the default strategy, beside what was found.

`python benchmarks/evidence.py [part ...]` measures all parts, or those named, on some 300 US stocks
2000-2021, 18 funds and the sample (`../shared/data` is needed). Each part prints tables of its own
and is a script, too. What is found is kept in `$FOREFOLIO_HOME` under the code that found it: a run
that was stopped goes on. The last two tables are the goals, and how much was tried to reach them.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import covariance
import forecasts
import on_target
import speed
import volatility
import volatility_intervals
from _goals import Goal, print_goals
from _report import circumstances, table
from _wide import long_histories, wide_market

from forefolio.runs.memo import code_digest

LONG = 180  # stocks with a full history, whose covariance is judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Goals of one subject."""

    shown: Callable[[], Iterator[Goal]]  # prints its tables
    tried: int  # variants that were looked at on these data, the one that is kept included
    where: str  # they are told


PARTS: Mapping[str, Part] = {
    "volatility": Part(
        shown=volatility.wide_goals,
        tried=13,
        where="docs/forecasting.md, How far volatility can be forecast",
    ),
    "covariance": Part(
        shown=lambda: covariance.shown_goals(long_histories(wide_market(), LONG)),
        tried=15,
        where="docs/optimisation.md, VolatilityTimesCorrelation",
    ),
    "portfolio intervals": Part(
        shown=volatility_intervals.shown_goals,
        tried=14,
        where="docs/risk.md, How much it will move",
    ),
    "default strategy": Part(
        shown=on_target.shown_goals,
        tried=64,
        where="docs/backtest.md, RiskOnTarget",
    ),
    "forecasts": Part(
        shown=partial(forecasts.shown_goals, "wide"),
        tried=38,
        where="docs/forecasting.md, intervals (14) and What 311 stocks show (24)",
    ),
    "speed": Part(shown=speed.shown_goals, tried=1, where="docs/benchmarks.md"),
}


def main(*names: str) -> None:
    """Print the parts, the goals of all of them, and what was tried."""
    print(circumstances(("numpy", "numba", "jax")))
    chosen = {name: PARTS[name] for name in names or PARTS}
    goals = [goal for name, part in chosen.items() for goal in _kept(name, part)]
    print_goals(goals)
    print("Variants tried on these data, what is kept included:\n")
    rows = [(name, str(part.tried), part.where) for name, part in chosen.items()]
    table(("part", "tried", "told in"), rows)


def _kept(name: str, part: Part) -> list[Goal]:
    """The goals of a part, measured once with this code."""
    print(f"\n== {name}", flush=True)
    path = Path(os.environ["FOREFOLIO_HOME"]) / "goals" / f"{name}-{code_digest()}.json"
    if path.exists():
        print(f"found before: {path}")
        return [Goal(**one) for one in json.loads(path.read_text())]
    goals = list(part.shown())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(goal) for goal in goals], indent=1))
    return goals


if __name__ == "__main__":
    main(*sys.argv[1:])
