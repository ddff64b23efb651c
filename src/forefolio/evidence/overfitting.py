"""How likely it is that the best of several trials is no better than their middle.

Bailey, Borwein, Lopez de Prado and Zhu (2017), "The probability of backtest overfitting": the
sessions are cut into blocks; whatever half of them is chosen, the trial that is best there has a
rank among all in the other half. The probability of overfitting is the share of choices in which
it is not above the middle.

One set of trials without any skill gives anything from 0.2 to 0.86: the number is printed beside
the range that luck alone gives it.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.errors import InputError
from forefolio.core.units import Array, read_only
from forefolio.evidence.overfitting_kernel import judge_choices
from forefolio.evidence.trials import mean_correlation

By: TypeAlias = Literal["sharpe", "mean"]

FEWEST_TRIALS = 3
COARSE_BELOW = 10  # trials, with fewer of which a rank says little
LUCKY_SETS = 200  # of trials without skill, for the range
LUCKY_CHOICES = 200  # of halves, for each of them: enough beside how much the sets differ


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overfitting:
    """What becomes of the trial that is best in half of the sessions, over all halves."""

    trials: int
    blocks: int
    probability: float  # that it is not above the middle of all in the other half
    by_luck: tuple[float, float]  # 5 % and 95 % of that probability where no trial has skill
    inside: Array  # (C,) its measure in the chosen half
    outside: Array  # (C,) and in the other
    rank: Array  # (C,) of it there, from 1, the worst, to the number of trials

    def __post_init__(self) -> None:
        read_only(self.inside, self.outside, self.rank)

    @property
    def logits(self) -> Array:
        """Logarithm (C,) of the odds of the rank, w / (1 - w) with w = rank / (trials + 1)."""
        share = self.rank / (self.trials + 1.0)
        return np.log(share / (1.0 - share))

    @property
    def loss(self) -> float:
        """Share of choices whose best trial loses in the other half."""
        return float(np.mean(self.outside < 0.0))

    @property
    def slope(self) -> float | None:
        """What one unit of the measure in the chosen half is worth in the other; None: no spread.

        Below zero, what was better was worse afterwards.
        """
        centred = self.inside - self.inside.mean()
        scale = float(centred @ centred)
        return None if scale == 0.0 else float(centred @ self.outside) / scale

    @property
    def coarse(self) -> bool:
        """Whether there are so few trials that ranks say little."""
        return self.trials < COARSE_BELOW


def overfitting(
    returns: Array, blocks: int = 16, purge: int = 0, by: By = "sharpe", seed: int = 0
) -> Overfitting:
    """Judge the choice among trials by all halves of their sessions.

    Args:
        returns: (T, N) of each trial, less cash; never centred by trial, as what is good in one
            half would then be bad in the other.
        blocks: into which the sessions are cut, an even number; the oldest few that do not fill
            the blocks are left out.
        purge: sessions left out where a block begins, such as the horizon of a position.
        by: what is compared.
        seed: of the trials without skill that the range is taken from.

    Raises:
        InputError: there are fewer than three trials, a return is missing, the blocks are an odd
            number, or fewer than three sessions are left in each.

    >>> noise = 0.01 * np.random.default_rng(0).standard_normal((400, 20))
    >>> round(overfitting(noise, blocks=8).probability, 6)
    0.557143
    """
    sums, squares, rows = _blocks(returns, blocks, purge)
    judged = _judged(_halves(blocks), sums, squares, rows, by)
    trials = returns.shape[1]
    return Overfitting(
        trials=trials,
        blocks=blocks,
        probability=_probability(judged, trials),
        by_luck=_by_luck(rows, trials, mean_correlation(returns), by, seed),
        inside=judged[:, 0].copy(),
        outside=judged[:, 1].copy(),
        rank=judged[:, 2].copy(),
    )


def _blocks(returns: Array, blocks: int, purge: int) -> tuple[Array, Array, Array]:
    """Sums and sums of squares (S, N) of each block, and its rows (S,)."""
    sessions, trials = returns.shape
    if trials < FEWEST_TRIALS:
        raise InputError(f"{trials} trials are too few to tell a choice from luck; at least 3")
    if not np.isfinite(returns).all():
        raise InputError("a trial lacks returns; keep the sessions that all trials have")
    if blocks < 2 or blocks % 2:
        raise InputError(f"blocks is {blocks}, must be an even number, such as 16")
    length = sessions // blocks
    if length - purge < 2:
        raise InputError(
            f"{sessions} sessions in {blocks} blocks leave fewer than 2 after a purge of {purge}; "
            "take fewer blocks"
        )
    whole = returns[sessions - blocks * length :].reshape(blocks, length, trials)
    sums, squares = whole.sum(axis=1), np.einsum("btn,btn->bn", whole, whole)
    rows = np.full(blocks, float(length))
    if purge:
        cut = whole[1:, :purge]
        sums[1:] -= cut.sum(axis=1)
        squares[1:] -= (cut**2).sum(axis=1)
        rows[1:] -= purge
    return sums, squares, rows


def _halves(blocks: int) -> NDArray[np.int64]:
    """All choices (C / 2, S / 2) of half of the blocks that hold the first: the rest are theirs."""
    others = combinations(range(1, blocks), blocks // 2 - 1)
    return np.array([(0, *chosen) for chosen in others], dtype=np.int64)


def _judged(halves: NDArray[np.int64], sums: Array, squares: Array, rows: Array, by: By) -> Array:
    """Inside, outside and rank (C, 3) of the best trial of each half."""
    out = np.empty((2 * len(halves), 3))
    judge_choices(halves, sums, squares, rows, by == "mean", out)
    return out


def _probability(judged: Array, trials: int) -> float:
    return float(np.mean(judged[:, 2] <= 0.5 * (trials + 1.0)))


def _by_luck(
    rows: Array, trials: int, correlation: float, by: By, seed: int
) -> tuple[float, float]:
    """5 % and 95 % of the probability for as many normal trials of that correlation, unskilled.

    Sums of blocks are all that is needed of them, and are drawn as such.
    """
    rng = np.random.default_rng(seed)
    halves = _halves(len(rows))
    halves = halves[np.sort(rng.permutation(len(halves))[: LUCKY_CHOICES // 2])]
    shared = np.sqrt(min(max(correlation, 0.0), 1.0))
    own = np.sqrt(1.0 - shared**2)
    found = []
    for _ in range(LUCKY_SETS):
        common = rng.standard_normal((len(rows), 1))
        drawn = shared * common + own * rng.standard_normal((len(rows), trials))
        sums = drawn * np.sqrt(rows)[:, None]
        squares = np.repeat(rows[:, None], trials, axis=1)
        found.append(_probability(_judged(halves, sums, squares, rows, by), trials))
    low, high = np.quantile(found, [0.05, 0.95])
    return float(low), float(high)
