"""From a market to combined, calibrated and scored forecasts, one horizon at a time.

1. Every model, baseline and volatility model forecasts out of sample (`walk_in_parts`).
2. The volatility models' log-average, weighed by their records, is the standard deviation of all
   that follows.
3. The models are combined and shrunk towards the prior by their past skill (`combine`).
4. Intervals are calibrated on past outcomes (`conformal`).
5. Everything is scored on the same sessions, baselines included (`scores`).
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.events import Job, Note, Progress, Started
from forefolio.core.logs import facts
from forefolio.core.market_argument import takes_market
from forefolio.core.memory import give_back
from forefolio.core.units import Array
from forefolio.features import DEFAULT_FEATURES, AnyFeature, FeaturePanel, compute
from forefolio.forecast.base import ForecastPanel, learns_from_features
from forefolio.forecast.catalog import AnyForecaster
from forefolio.forecast.judging.combine import Combination, Combiner
from forefolio.forecast.judging.conformal import Conformal
from forefolio.forecast.judging.volatility_record import weigh_by_record
from forefolio.forecast.models.arima import ARIMA
from forefolio.forecast.models.baselines import (
    AlwaysUp,
    HistoricalMean,
    PooledMean,
    ShrunkMean,
    Zero,
)
from forefolio.forecast.models.linear import BayesianRidge
from forefolio.forecast.models.neural import LSTM
from forefolio.forecast.models.ranks import XGBoostRanks
from forefolio.forecast.scoring.known_risks import known_risks
from forefolio.forecast.scoring.score import Score
from forefolio.forecast.scoring.scores import ForecastScorer
from forefolio.forecast.scoring.truth import Truth
from forefolio.forecast.volatility.forecasters import EWMA
from forefolio.forecast.volatility.garch import GARCH
from forefolio.forecast.volatility.har import HARX, RangeHAR
from forefolio.forecast.walk import (
    WalkForward,
    model_digest,
    model_name,
    names_of,
    walk_in_parts,
)
from forefolio.market import Market
from forefolio.market.causal import forget_learnt

logger = logging.getLogger(__name__)

COMBINED = "combined"
AVERAGE = "volatility average"


class Names(NamedTuple):
    """The names of a recipe's models, by what they are for."""

    baselines: tuple[str, ...]
    prior: str
    volatility: tuple[str, ...]
    models: tuple[str, ...]


class Recipe(Component):
    """Features, models, and how their forecasts are combined.

    >>> Recipe(models=(BayesianRidge(),)).names.models
    ('BayesianRidge',)
    """

    features: tuple[AnyFeature, ...] = Field(
        DEFAULT_FEATURES, description="Features that the models learn from."
    )
    models: tuple[AnyForecaster, ...] = Field(
        (ARIMA(), BayesianRidge(), XGBoostRanks(), LSTM()),
        description="Models of expected returns that are combined.",
    )
    prior: AnyForecaster = Field(
        PooledMean(),
        description=(
            "Forecast of expected returns without skill, which the combination is shrunk to."
        ),
    )
    baselines: tuple[AnyForecaster, ...] = Field(
        (Zero(), HistoricalMean(), ShrunkMean(), AlwaysUp()),
        description="Simple forecasts that the models are compared with.",
    )
    volatility: Annotated[tuple[AnyForecaster, ...], Field(min_length=1)] = Field(
        (
            EWMA(),
            GARCH(),
            RangeHAR(),
            HARX(),
        ),
        description="Models of volatility; the first is the reference of the scores.",
    )
    walk: WalkForward = Field(
        WalkForward(),
        description="When walk-forward forecasts begin and how often models are refitted.",
    )
    combiner: Combiner = Field(
        Combiner(),
        description="How the models are combined and how far the combination is followed.",
    )
    intervals: Conformal = Field(
        Conformal(), description="How prediction intervals are calibrated."
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        identical = Counter((model_name(model), model_digest(model)) for model in self.everything)
        if twice := [name for (name, _), times in identical.items() if times > 1]:
            raise ValueError(f"{', '.join(twice)} is in the recipe twice with the same settings")
        return self

    @property
    def everything(self) -> tuple[AnyForecaster, ...]:
        """All models: baselines, prior, volatility models, models of returns."""
        return (*self.baselines, self.prior, *self.volatility, *self.models)

    @property
    def needed_features(self) -> tuple[AnyFeature, ...]:
        """The features, or none where every model is known to learn from prices alone."""
        return self.features if any(map(learns_from_features, self.everything)) else ()

    @property
    def from_prices(self) -> Self:
        """The same without models of returns, and without volatility learnt from features."""
        kept = tuple(
            model for model in self.volatility if not getattr(model, "learns_from_features", False)
        )
        return self.model_copy(update={"models": (), "volatility": kept or (EWMA(),)})

    @property
    def names(self) -> Names:
        """What tables call the models; two of one kind are numbered."""
        numbered = iter(names_of(self.everything))
        return Names(
            baselines=tuple(islice(numbered, len(self.baselines))),
            prior=next(numbered),
            volatility=tuple(islice(numbered, len(self.volatility))),
            models=tuple(numbered),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """The out-of-sample forecasts at one horizon, their outcomes and their scores."""

    horizon: int
    panel: ForecastPanel  # the combined forecast, intervals included
    panels: dict[str, ForecastPanel]  # by name
    prior: ForecastPanel
    prior_name: str
    truth: Truth
    combination: Combination
    scores: tuple[Score, ...]
    kinds: dict[str, str]  # "model", "baseline", "volatility" or "combined", by name

    @property
    def returns(self) -> Array:
        """The (R, N) outcomes, NaN where not ended yet."""
        return self.truth.returns

    def only(self, *names: str) -> Self:
        """The same with the forecasts of single models of these names alone."""
        return replace(self, panels={name: self.panels[name] for name in names})

    @property
    def last(self) -> Self:
        """The same with the forecasts of the last session alone; scores are of all sessions."""
        return replace(
            self,
            panel=self.panel.last,
            panels={name: panel.last for name, panel in self.panels.items()},
            prior=self.prior.last,
            truth=self.truth.last,
            combination=self.combination.last,
        )

    def expected(self, session: np.datetime64) -> Array:
        """Forecast returns (N,) per session made at `session`; of what has none, the prior's.

        Raises:
            KeyError: no forecast was made then.
        """
        forecast, prior = self.panel.at(session), self.prior.at(session)
        mean = np.where(np.isfinite(forecast.mean), forecast.mean, prior.mean)
        return mean / self.horizon


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecasts:
    """The evidence of every horizon, with the features left out and the notes."""

    horizons: dict[int, Evidence]
    skipped: tuple[tuple[str, str], ...]  # features switched off: name, reason
    notes: tuple[Note, ...]


@takes_market
def gather(
    recipe: Recipe,
    horizons: Sequence[int],
    market: Market,
    executor: Executor,
    features: FeaturePanel | None = None,
) -> Job[Forecasts]:
    """Forecast at every horizon, out of sample, and weigh the evidence.

    `features` may be given when they are known already, such as a panel mapped from disk.
    """
    return (yield from _gathered(recipe, horizons, (market, features), executor, lambda each: each))


@takes_market
def gather_combined(
    recipe: Recipe,
    horizons: Sequence[int],
    market: Market,
    executor: Executor,
    features: FeaturePanel | None = None,
    *,
    whole: Collection[int] | None = None,
) -> Job[Forecasts]:
    """As `gather`, for those who go by the combined forecasts: of the models hardly any is kept.

    The forecasts of single models are most of what evidence holds, and have been scored. What is
    left of them is the first volatility model, which is the reference of the scores. At horizons
    that are not among the `whole` ones, if these are given, only the last session is kept.
    """
    reference = recipe.names.volatility[0]

    def kept(each: Evidence) -> Evidence:
        combined = each.only(reference)
        return combined if whole is None or each.horizon in whole else combined.last

    return (yield from _gathered(recipe, horizons, (market, features), executor, kept, whole or ()))


def _gathered(
    recipe: Recipe,
    horizons: Sequence[int],
    data: tuple[Market, FeaturePanel | None],
    executor: Executor,
    kept: Callable[[Evidence], Evidence],
    last: Collection[int] = (),
) -> Job[Forecasts]:
    """Forecast and weigh one horizon after the other, and keep of each what `kept` leaves.

    Those of which much is kept come `last`: fewer others wait beside it.
    """
    market, features = data
    panel = compute(recipe.needed_features, market) if features is None else features
    walk = yield from walk_in_parts(
        recipe.everything, horizons, recipe.walk, (market, panel), executor
    )
    forget_learnt(market)
    give_back()
    yield Started(stage="evidence", total=len(horizons))
    gathered: dict[int, Evidence] = {}
    risks = known_risks(market, len(market) - recipe.walk.first)
    give_back()
    for horizon in sorted(horizons, key=lambda horizon: horizon in last):
        panels = walk.take(horizon)
        gathered[horizon] = kept(_logged(weigh(recipe, horizon, panels, market, risks)))
        del panels  # those of one horizon at a time are enough
        give_back()
        yield Progress(stage="evidence", done=len(gathered), total=len(horizons))
    del risks
    give_back()
    gaps = tuple(Note(code="feature_filled", about=f, message=r) for f, r in panel.filled)
    return Forecasts(
        horizons={horizon: gathered[horizon] for horizon in horizons},
        skipped=panel.skipped,
        notes=(*gaps, *walk.failures, *walk.fallbacks),
    )


@takes_market
def weigh(
    recipe: Recipe,
    horizon: int,
    panels: Mapping[str, ForecastPanel],
    market: Market,
    risks: Array | None = None,
) -> Evidence:
    """Combine, calibrate and score the panels of one horizon.

    `risks` are the `known_risks` of their sessions, where they are reckoned already.
    """
    names = recipe.names
    prior = panels[names.prior]
    truth = Truth.of(market, horizon, len(prior))
    std = weigh_by_record([panels[name] for name in names.volatility], truth)
    give_back()
    available = [name for name in names.models if np.isfinite(panels[name].mean).any()]
    models = {name: panels[name] for name in available} or {names.prior: prior}
    combination = recipe.combiner.combine(models, prior.mean, std, truth.returns)
    give_back()
    panel = recipe.intervals.calibrate(combination.panel, truth.returns)
    give_back()
    average = replace(prior, std=std)
    order = (*names.models, *names.volatility, names.prior, *names.baselines)
    everything = {**{name: panels[name] for name in order}, AVERAGE: average, COMBINED: panel}
    reference = panels[names.volatility[0]].std ** 2
    exposures = known_risks(market, len(prior)) if risks is None else risks
    scorer = ForecastScorer(truth, prior.mean, reference, exposures)
    return Evidence(
        horizon=horizon,
        panel=panel.carried(market),
        panels=everything,
        prior=prior.carried(market),
        prior_name=names.prior,
        truth=truth,
        combination=combination,
        scores=tuple(scorer.score(name, p) for name, p in everything.items()),
        kinds=_kinds(names),
    )


def _logged(evidence: Evidence) -> Evidence:
    """The same; the log has what each model scored, and what was made of them."""
    for scored in evidence.scores:
        logger.info(
            "scored",
            extra=facts(
                model=scored.model,
                horizon=scored.horizon,
                sessions=scored.sessions,
                r2=scored.r2_zero,
                r2_across=scored.r2_across,
                rmse=scored.rmse,
                rank_ic=scored.rank_ic,
            ),
        )
    combination = evidence.combination
    weights = dict(zip(combination.names, combination.weights[-1].round(4).tolist(), strict=True))
    slope = float(combination.slopes[-1])
    logger.info(
        "combined", extra=facts(horizon=evidence.horizon, weights=weights, followed_to=slope)
    )
    return evidence


def _kinds(names: Names) -> dict[str, str]:
    kinds = dict.fromkeys(names.models, "model")
    kinds |= dict.fromkeys((names.prior, *names.baselines), "baseline")
    kinds |= dict.fromkeys(names.volatility, "volatility")
    return kinds | {AVERAGE: "volatility", COMBINED: "combined"}
