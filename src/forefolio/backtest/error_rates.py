"""How often the whole chain says "better than equal weight": of markets whose skill is known.

1. A market has a score for each asset and session that stands in its volumes, and moves the returns
   of the sessions after the next close as far as its `skill` says: a rank correlation of so much
   with the returns of a month. Without skill it moves nothing.
2. Every asset is paid for its risk within equal weights and for nothing else, so that without skill
   no rule has a higher true Sharpe ratio than equal weights: whoever says so is wrong.
3. The chain is the whole one: features, a model fitted again and again, its combination shrunk to
   the pooled mean, the optimiser, a backtest with costs, and the comparison as one of a family.
4. It is asked with cheap members: one feature, ridge regression and EWMA, at one horizon. The rule
   of the default study is asked without forecasts.
5. Beside the chains that learn stands the same rule told the true expected returns: what nobody
   can know, and so the most that a record of this length can show.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from forefolio.backtest.compare import beside_each
from forefolio.backtest.engine import backtest
from forefolio.backtest.trading import Trading
from forefolio.core.component import Component
from forefolio.core.events import Job, finish
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Dates
from forefolio.forecast import EWMA, BayesianRidge, Recipe, WalkForward
from forefolio.forecast.scoring.planted import MARKET_SHARE, planted_scores
from forefolio.market import Market, simulated_market
from forefolio.optimize import Allocation
from forefolio.strategy import (
    Classical,
    Diversified,
    EqualWeight,
    ForecastDriven,
    InverseVolatility,
    Policy,
    RiskOnTarget,
    Strategy,
    Tilted,
)

special: Any = lazy("scipy.special")

ASSETS, SESSIONS, MONTH = 60, 1500, 21
WARMUP = 504  # sessions before the first decision: some four years are judged
LEVEL = 14.0  # of the logarithm of a volume
REWARD = 0.6  # annual Sharpe ratio of equal weights
YEAR = 252.0  # sessions
CASH = 5e-5  # per session
TRUE_RETURNS = "true returns"


class ScoreInVolume(Component):
    """The score that a market of known skill carries in its volumes."""

    needs: ClassVar[tuple[str, ...]] = ("volume",)
    kind: Literal["score_in_volume"] = "score_in_volume"

    @property
    def name(self) -> str:
        """What tables call it."""
        return "score in volume"

    def __call__(self, market: Market) -> Array:
        """Standard normal numbers (T, N)."""
        assert market.volume is not None
        score: Array = np.log(market.volume) - LEVEL
        return score


RECIPE = Recipe(
    features=(ScoreInVolume(),),
    models=(BayesianRidge(),),
    baselines=(),
    volatility=(EWMA(),),
    walk=WalkForward(first=WARMUP - 1),
)
TILTED = Tilted(recipe=RECIPE, horizon=MONTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSkill:
    """What the chain said of one market."""

    better: bool  # shown to be better than equal weight
    worse: bool
    lead: float  # in the annual Sharpe ratio


def market_of_skill(
    seed: int, skill: float, assets: int = ASSETS, sessions: int = SESSIONS
) -> Market:
    """A market whose volumes carry a score of that `skill`, a rank correlation; 0 for none."""
    base = simulated_market(seed, 10, assets)
    planted = planted_scores(seed, MONTH, skill, assets, sessions)
    returns = np.maximum(CASH + _paid(planted.volatility) + planted.moves, -0.9)
    start = base.sessions[0]
    days = np.arange(start, start + 2 * sessions)
    return Market(
        sessions=days[np.is_busday(days)][:sessions],
        assets=base.assets,
        close=np.asarray(50.0 * np.cumprod(1.0 + returns, axis=0), dtype=np.float64),
        volume=np.exp(LEVEL + planted.score),
        series={"cash": np.full(sessions, CASH), "risk_free": np.full(sessions, CASH)},
        periods_per_year=base.periods_per_year,
    )


def _paid(volatility: Array) -> Array:
    """Expected returns over cash (T, N): each asset's covariance with equal weights, priced.

    So equal weights have the highest Sharpe ratio there is (Sharpe 1964; Roll 1977).
    """
    assets, mean = volatility.shape[1], volatility.mean(axis=1, keepdims=True)
    own = (1.0 - MARKET_SHARE) * volatility**2 / assets
    covariance = MARKET_SHARE * volatility * mean + own
    spread = np.sqrt(covariance.mean(axis=1, keepdims=True))
    paid: Array = REWARD / np.sqrt(YEAR) * covariance / spread
    return paid


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueReturns:
    """Weights that lean to the true expected returns of one market, all of them believed."""

    seed: int
    skill: float

    @property
    def name(self) -> str:
        """What tables call it."""
        return TRUE_RETURNS

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Draw again what was planted in the market."""
        planted = planted_scores(self.seed, MONTH, self.skill, len(market.assets), len(market))
        a_session = planted.expected(MONTH, self.skill) / MONTH
        yield from ()

        def decide(snapshot: Market, current: Array) -> Allocation:
            row = a_session[len(snapshot) - 1].tolist()
            return TILTED.leant(dict(zip(market.assets, row, strict=True)), snapshot, current)

        return decide


def judged(seed: int, skill: float, strategy: Strategy, executor: Executor) -> KnownSkill:
    """What the chain says of `strategy` beside simpler rules, on one market."""
    market = market_of_skill(seed, skill)
    trading = Trading(warmup=WARMUP, cash_rate="risk_free")
    others: Sequence[Strategy] = (EqualWeight(), InverseVolatility())
    results = [finish(backtest(one, trading, market, executor)) for one in (strategy, *others)]
    test = beside_each(results[0], results[1:], seed)[0]
    lead = test.sharpe or 0.0
    shown = test.mark == "shown"
    return KnownSkill(better=shown and lead > 0.0, worse=shown and lead < 0.0, lead=lead)


def chains(seed: int, skill: float) -> Mapping[str, Strategy]:
    """The rules whose rates are counted on a market, by name; with skill those that could use it.

    >>> list(chains(0, 0.03))
    ['forecast driven', 'tilted', 'true returns']
    """
    learning: dict[str, Strategy] = {
        "forecast driven": ForecastDriven(recipe=RECIPE, horizon=MONTH),
        "tilted": TILTED,
    }
    if skill:
        return {**learning, TRUE_RETURNS: TrueReturns(seed=seed, skill=skill)}
    unlearnt: dict[str, Strategy] = {
        "classical": Classical(),
        "risk on target": RiskOnTarget(strategy=Diversified()),
    }
    return {**unlearnt, **learning}


def rate_bounds(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Exact bounds of a rate of which `count` of `of` were seen (Clopper and Pearson 1934).

    >>> [round(bound, 3) for bound in rate_bounds(2, 40)]
    [0.006, 0.169]
    """
    tail = (1.0 - level) / 2.0
    low = float(special.betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(special.betaincinv(count + 1, of - count, 1.0 - tail)) if count < of else 1.0
    return low, high
