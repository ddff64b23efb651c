"""How long it takes to say how much of a result is luck, beside plain loops and arch.

`python benchmarks/luck.py`; returns in, probabilities out.
"""

from itertools import combinations

import numpy as np
from _report import Line, report, timed
from arch.bootstrap import SPA, StationaryBootstrap

from forefolio.core.units import Array
from forefolio.evidence.bootstrap import growth_paths, sharpe_differences
from forefolio.evidence.many import superior_p_value
from forefolio.evidence.overfitting import overfitting

YEARS = 2520  # sessions of ten
BLOCKS = 8  # with which the plain loop is asked: it takes minutes with 16
OVERFITTING_BARS = {(2520, 100): 0.3, (4000, 1000): 1.0}


def returns(sessions: int, series: int) -> Array:
    """Of strategies that share a market and have no skill."""
    rng = np.random.default_rng(0)
    common = rng.standard_normal((sessions, 1))
    return 0.007 * (common + rng.standard_normal((sessions, series)))


def probability_by_loop(trials: Array, blocks: int) -> float:
    """The probability of overfitting as the paper defines it, half by half."""
    parts = np.array_split(trials, blocks)
    unlucky = []
    for chosen in combinations(range(blocks), blocks // 2):
        inside = np.vstack([parts[k] for k in chosen])
        outside = np.vstack([parts[k] for k in range(blocks) if k not in chosen])
        best = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0, ddof=1)))
        ratio = outside.mean(axis=0) / outside.std(axis=0, ddof=1)
        below, equal = int((ratio < ratio[best]).sum()), int((ratio == ratio[best]).sum())
        unlucky.append(below + 0.5 * (equal + 1) <= 0.5 * (trials.shape[1] + 1))
    return float(np.mean(unlucky))


def main() -> None:
    """Print the table."""
    lines = [*_bootstraps(), *_overfitting()]
    report("How much is luck, CPU time", lines, ["arch"])


def _bootstraps() -> list[Line]:
    one = returns(YEARS, 5)
    paths = timed(lambda: growth_paths(one[:, 0], block=21.0))

    def drawn_by_arch() -> None:
        for data, _ in StationaryBootstrap(21, one[:, 0], seed=1).bootstrap(1000):
            np.cumprod(1.0 + data[0])

    def judged_by_arch() -> None:
        SPA(-one[:, 0], -one[:, 1:], block_size=21, reps=1000, seed=1).compute()

    return [
        Line(
            work="1,000 paths of ten years", ours=paths, bar=0.2, peer="arch",
            theirs=timed(drawn_by_arch, 3),
        ),
        Line(
            work="4 Sharpe ratios against one, 1,000 studentised draws",
            ours=timed(lambda: superior_p_value(sharpe_differences(one[:, 1:], one[:, 0]))),
            peer="arch's SPA of means", theirs=timed(judged_by_arch, 3),
        ),
    ]  # fmt: skip


def _overfitting() -> list[Line]:
    small = returns(YEARS, 100)
    ours, theirs = overfitting(small, BLOCKS).probability, probability_by_loop(small, BLOCKS)
    lines = [
        Line(
            work=f"overfitting, 100 x {YEARS:,}, {BLOCKS} blocks",
            ours=timed(lambda: overfitting(small, BLOCKS)), peer="a plain loop",
            theirs=timed(lambda: probability_by_loop(small, BLOCKS), 1, warm=False),
            accuracy="the same" if ours == theirs else f"{ours} and {theirs}",
        )
    ]  # fmt: skip
    for (sessions, series), bar in OVERFITTING_BARS.items():
        trials = returns(sessions, series)
        work = f"overfitting, {series:,} x {sessions:,}, 16 blocks, with its range by luck"
        lines.append(Line(work=work, ours=timed(lambda t=trials: overfitting(t)), bar=bar))  # type: ignore[misc]
    return lines


if __name__ == "__main__":
    main()
