"""The choice among trials, judged by all halves of their sessions."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import rankdata

from forefolio.core.errors import InputError
from forefolio.evidence.overfitting import overfitting

SMALL = np.array(
    [[-2, 2, 1], [-1, -3, 1], [-1, 3, -1], [1, -2, 0],
     [-3, 2, -3], [2, 2, 0], [2, 1, 3], [2, 3, -3]],
    dtype=float,
)  # fmt: skip


def noise(seed: int = 0) -> NDArray[np.float64]:
    return 0.01 * np.random.default_rng(seed).standard_normal((400, 20))


def slowly(
    returns: NDArray[np.float64], blocks: int, *, by_mean: bool
) -> list[tuple[float, float]]:
    """Rank and measure outside of the best trial of each half, as the paper has it."""
    parts = np.array_split(returns, blocks)

    def measured(chosen: tuple[int, ...]) -> NDArray[np.float64]:
        rows = np.vstack([parts[k] for k in chosen])
        means: NDArray[np.float64] = rows.mean(axis=0)
        return means if by_mean else means / rows.std(axis=0, ddof=1)

    found = []
    for chosen in combinations(range(blocks), blocks // 2):
        rest = tuple(k for k in range(blocks) if k not in chosen)
        best = int(np.argmax(measured(chosen)))
        outside = measured(rest)
        found.append((float(rankdata(outside)[best]), float(outside[best])))
    return sorted(found)


def test_a_case_worked_by_hand() -> None:
    judged = overfitting(SMALL, blocks=4, by="mean")
    assert sorted(judged.rank.tolist()) == [1, 2, 3, 3, 3, 3]
    assert sorted(judged.outside.tolist()) == [-0.75, 0.0, 0.75, 0.75, 1.25, 1.25]
    assert sorted(judged.logits.tolist()) == pytest.approx([-np.log(3), 0.0, *[np.log(3)] * 4])
    assert judged.probability == pytest.approx(1 / 3)
    assert judged.loss == pytest.approx(1 / 6)


@pytest.mark.parametrize("by_mean", [True, False])
def test_every_choice_is_that_of_the_paper(by_mean: bool) -> None:
    returns = noise(3)[:396]
    judged = overfitting(returns, blocks=6, by="mean" if by_mean else "sharpe")
    pairs = sorted(zip(judged.rank.tolist(), judged.outside.tolist(), strict=True))
    for one, other in zip(pairs, slowly(returns, 6, by_mean=by_mean), strict=True):
        assert one == pytest.approx(other)


def test_the_computed_probabilities() -> None:
    assert overfitting(noise(), blocks=8).probability == pytest.approx(0.557143, abs=1e-6)
    assert len(overfitting(noise(), blocks=8).rank) == 70
    skilled = noise()
    skilled[:, 0] += 0.002
    assert overfitting(skilled, blocks=8).probability == pytest.approx(0.071429, abs=1e-6)
    centred = noise() - noise().mean(axis=0)
    assert overfitting(centred, blocks=8, by="mean").probability == 1.0


@pytest.mark.slow
def test_the_range_by_luck_is_that_of_many_sets_without_skill() -> None:
    found = [overfitting(noise(seed), blocks=8).probability for seed in range(60)]
    low, high = overfitting(noise(), blocks=8).by_luck
    assert low == pytest.approx(0.20, abs=0.07) and high == pytest.approx(0.86, abs=0.06)
    assert 0.8 < np.mean([(low <= one <= high) for one in found]) <= 1.0


def test_a_purge_leaves_out_where_blocks_begin() -> None:
    returns = noise(5)
    left_out = returns.copy().reshape(8, 50, 20)
    left_out[1:, :5] = 1e3  # would be seen, if it counted
    purged = overfitting(left_out.reshape(400, 20), blocks=8, purge=5)
    assert np.abs(purged.outside).max() < 1.0


def test_the_slope_says_what_being_better_was_worth() -> None:
    skilled = noise(7) + np.linspace(0, 0.004, 20)
    judged = overfitting(skilled, blocks=8)
    slope = np.polyfit(judged.inside, judged.outside, 1)[0]
    assert judged.slope == pytest.approx(slope)


@pytest.mark.parametrize(
    ("returns", "blocks", "message"),
    [
        (noise()[:, :2], 8, "too few"),
        (np.full((40, 4), np.nan), 8, "lacks"),
        (noise(), 7, "even"),
        (noise()[:10], 8, "fewer blocks"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    returns: NDArray[np.float64], blocks: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        overfitting(returns, blocks=blocks)
