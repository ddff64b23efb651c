"""The whole chain on markets of known skill: what is planted is there, and little is claimed."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from forefolio.backtest.error_rates import (
    LEVEL,
    MONTH,
    RECIPE,
    ScoreInVolume,
    TrueReturns,
    chains,
    judged,
    market_of_skill,
    rate_bounds,
)
from forefolio.core.events import finish
from forefolio.forecast import gather
from forefolio.runs.executors import executor
from forefolio.strategy import Diversified

MARKETS = 40
MOST = 4  # of 40, where 2.5 % are to be expected: more come once in 300 times


@pytest.mark.slow
def test_a_market_has_the_skill_that_it_was_given() -> None:
    for skill in (0.0, 0.05):
        market = market_of_skill(3, skill, assets=40, sessions=3000)
        score = ScoreInVolume()(market)
        assert market.volume is not None
        assert score == pytest.approx(np.log(market.volume) - LEVEL)
        later = market.close[1 + MONTH :] / market.close[1:-MONTH] - 1.0  # traded a session later
        rows = range(0, len(later) - 1, 5)
        ranks = [spearmanr(score[t], later[t]).statistic for t in rows]
        assert np.mean(ranks) == pytest.approx(skill, abs=0.015)


def test_what_the_models_say_is_the_score_that_was_planted() -> None:
    market = market_of_skill(2, 0.05, assets=30, sessions=1200)
    with executor("inline:") as inline:
        evidence = finish(gather(RECIPE, (MONTH,), market, inline)).horizons[MONTH]
    said = evidence.combination.signal
    planted = ScoreInVolume()(market)[-len(said) :]
    alike = [np.corrcoef(one, other)[0, 1] for one, other in zip(said, planted, strict=True)]
    assert np.mean(np.abs(alike)) > 0.9  # and no opinion of calm assets against wild ones


def test_who_is_told_the_true_returns_holds_more_of_what_will_rise() -> None:
    market = market_of_skill(3, 0.1, assets=20, sessions=700)
    policy = finish(
        TrueReturns(seed=3, skill=0.1).prepare(market, market.sessions, executor("inline:"))
    )
    seen, nothing = market[:650], np.zeros(20)
    moved = policy(seen, nothing).weights - Diversified().decide(seen, nothing).weights
    assert np.corrcoef(moved, ScoreInVolume()(seen)[-1])[0, 1] > 0.5
    unskilled = finish(
        TrueReturns(seed=3, skill=0.0).prepare(market, market.sessions, executor("inline:"))
    )
    np.testing.assert_array_equal(
        unskilled(seen, nothing).weights, Diversified().decide(seen, nothing).weights
    )


def test_bounds_hold_the_rate() -> None:
    assert rate_bounds(0, 40)[0] == 0.0 and rate_bounds(40, 40)[1] == 1.0
    low, high = rate_bounds(2, 40)
    assert low < 0.05 < high


@pytest.mark.slow
def test_without_skill_little_is_claimed_on_forty_markets() -> None:
    with executor("inline:") as inline:
        found = [
            judged(seed, 0.0, chains(seed, 0.0)["classical"], inline) for seed in range(MARKETS)
        ]
    assert sum(one.better for one in found) <= MOST
