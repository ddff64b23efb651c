"""How time and memory grow with assets, factors, scenarios, sessions, paths: and what ends first.

`python benchmarks/growth.py`; Linux. Each size runs in a process of its own: CPU time on one
thread, and the memory that the data and the call take at most. A ladder of sizes is climbed while
the next one is expected within `STEP_S`; from the last two follows where a minute, or 24 GB, ends.
"""

import math
import multiprocessing
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _report import circumstances, shown, table, timed
from cvar import scenarios
from factor_model import model
from frontier import problem
from walk_forward_sharpe import EVERY, WINDOW, simulated

from forefolio.backtest import Trading
from forefolio.backtest.target_weights import follow_weights
from forefolio.market import simulated_market
from forefolio.optimize import factor_frontier, minimum_cvar, walk_maximum_sharpe
from forefolio.risk import MonteCarlo

Work = Callable[[], object]

STEP_S = 20.0
LONG_S, LARGE_BYTES = 60.0, 24e9
QUICK_S = 1.0  # what is quicker is measured thrice


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Work of one kind at growing sizes."""

    title: str
    unit: str
    sizes: Sequence[int]
    prepare: Callable[[int], Work]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What one size took."""

    size: int
    seconds: float
    memory: float  # bytes


def main() -> None:
    """Print a table for each kind of work."""
    print(f"Growth, CPU time\n{circumstances(('numpy', 'numba'))}\n")
    for ladder in LADDERS:
        rungs = climbed(ladder)
        print(f"**{ladder.title}**\n")
        cells = [
            (f"{rung.size:,}", shown(rung.seconds), _bytes(rung.memory), _power(rungs[:k], rung))
            for k, rung in enumerate(rungs)
        ]
        table((ladder.unit, "time", "memory", "time grows with"), cells)
        print(f"{_end(ladder, rungs)}\n", flush=True)


# -- what is measured ------------------------------------------------------------------------------


def _factor_model(assets: int, factors: int = 50) -> Work:
    return factor_frontier(*model(assets, factors)).minimum_variance


def _sharpest(assets: int) -> Work:
    return factor_frontier(*model(assets, 50)).maximum_sharpe


def _least_cvar(count: int, assets: int) -> Work:
    returns = scenarios(count, assets)
    return lambda: minimum_cvar(returns)


def _walk(sessions: int, assets: int) -> Work:
    returns = simulated(sessions, assets)
    return lambda: walk_maximum_sharpe(returns, WINDOW, EVERY)


def _follow(sessions: int) -> Work:
    market = simulated_market(sessions=sessions, assets=500)
    weights, trading = np.full((sessions, 500), 1 / 500), Trading()
    return lambda: follow_weights(weights, market, trading)


def _simulate(paths: int) -> Work:
    history = simulated_market(sessions=1_000, assets=20).returns[1:]
    plan, weights = MonteCarlo(horizon=252, paths=paths), np.full(20, 0.05)
    return lambda: plan.run(weights, history)


LADDERS = (
    Ladder(
        title="Exact frontier, all of it",
        unit="N",
        sizes=(20, 50, 100, 200, 500, 1_000, 2_000, 4_000),
        prepare=lambda size: problem(size).frontier,
    ),
    Ladder(
        title="Factor model, least variance, k = 50",
        unit="N",
        sizes=(1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000),
        prepare=_factor_model,
    ),
    Ladder(
        title="Factor model, greatest Sharpe ratio, k = 50",
        unit="N",
        sizes=(1_000, 5_000, 10_000, 50_000, 100_000),
        prepare=_sharpest,
    ),
    Ladder(
        title="Factor model, least variance, N = 10,000",
        unit="k",
        sizes=(10, 20, 50, 100, 200, 400),
        prepare=lambda size: _factor_model(10_000, size),
    ),
    Ladder(
        title="Least CVaR 95 %, N = 100",
        unit="S",
        sizes=(1_000, 5_000, 10_000, 50_000, 100_000, 300_000),
        prepare=lambda size: _least_cvar(size, 100),
    ),
    Ladder(
        title="Least CVaR 95 %, S = 10,000",
        unit="N",
        sizes=(100, 200, 500, 1_000, 2_000),
        prepare=lambda size: _least_cvar(10_000, size),
    ),
    Ladder(
        title=f"Greatest Sharpe ratio every {EVERY} sessions, 20 assets",
        unit="T",
        sizes=(2_520, 5_040, 10_080, 20_160, 40_320),
        prepare=lambda size: _walk(size, 20),
    ),
    Ladder(
        title=f"Greatest Sharpe ratio every {EVERY} sessions, T = 2,520",
        unit="N",
        sizes=(20, 50, 100, 200, 500),
        prepare=lambda size: _walk(2_520, size),
    ),
    Ladder(
        title="Given weights, daily, 500 assets",
        unit="T",
        sizes=(630, 2_520, 10_080, 40_320),
        prepare=_follow,
    ),
    Ladder(
        title="Monte Carlo, 252 sessions, 20 assets (at most 1,000,000 paths)",
        unit="paths",
        sizes=(1_000, 10_000, 100_000, 1_000_000),
        prepare=_simulate,
    ),
)


# -- how it is measured ----------------------------------------------------------------------------


def climbed(ladder: Ladder) -> list[Rung]:
    """What each size took, as far as the next one is expected in time."""
    rungs: list[Rung] = []
    for size in ladder.sizes:
        if len(rungs) > 1 and _reached(rungs, "seconds", STEP_S) < size:
            break
        rungs.append(_alone(ladder, size))
    return rungs


def _alone(ladder: Ladder, size: int) -> Rung:
    """Measure in a process of its own, so that nothing before counts."""
    there, here = (fork := multiprocessing.get_context("fork")).Pipe()
    child = fork.Process(target=_measure, args=(ladder, size, here))
    child.start()
    here.close()
    seconds, memory = there.recv()
    child.join()
    return Rung(size=size, seconds=seconds, memory=memory)


def _measure(ladder: Ladder, size: int, tell: Any) -> None:
    before = _resident("VmRSS")
    work = ladder.prepare(size)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of the preparation
    seconds = timed(work, 1, warm=False).best
    if seconds < QUICK_S:
        seconds = min(seconds, timed(work, 2, warm=False).best)
    tell.send((seconds, _resident("VmHWM") - before))


def _resident(name: str) -> float:
    told = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert told is not None
    return 1024.0 * int(told.group(1))


# -- what follows ----------------------------------------------------------------------------------


def _end(ladder: Ladder, rungs: Sequence[Rung]) -> str:
    """Which comes first, a minute or 24 GB, if it goes on as from the last size but one."""
    long, large = _reached(rungs, "seconds", LONG_S), _reached(rungs, "memory", LARGE_BYTES)
    first = "time" if long < large else "memory"
    return (
        f"A minute at {ladder.unit} = {_rounded(long)}, 24 GB at {ladder.unit} = "
        f"{_rounded(large)}: {first} ends first."
    )


def _reached(rungs: Sequence[Rung], what: str, limit: float) -> float:
    """The size at which `limit` is reached, by the power of the last two sizes, at least one."""
    (one, before), (other, after) = ((r.size, getattr(r, what)) for r in rungs[-2:])
    power = max(math.log(after / before) / math.log(other / one), 1.0)
    return float(other * (limit / after) ** (1 / power))


def _power(before: Sequence[Rung], rung: Rung) -> str:
    if not before:
        return ""
    times, sizes = rung.seconds / before[-1].seconds, rung.size / before[-1].size
    return f"power {math.log(times) / math.log(sizes):.1f}"


def _rounded(size: float) -> str:
    return f"{float(f'{size:.2g}'):,.0f}"


def _bytes(size: float) -> str:
    return f"{size / 1e9:.3g} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"


if __name__ == "__main__":
    main()
