"""Choosing a model for each asset, and how certain the choice is.

1. An asset's own record is short, so it is shrunk to the record pooled over all assets:
   s = s_pooled + k / (k + tau) (s_own - s_pooled), with k independent outcomes.
2. The best of several records is partly luck, so a choice is never scored on the record it was made
   from. Every `refresh` sessions the choice is made from the outcomes ended by then, and scored on
   the sessions that follow: gains and regrets are of those alone.
3. Errors are taken across assets, in units of volatility (`losses`): what verdicts judge, too.

Out of sample the best model per asset usually loses to the combination; use a selection only where
a single model is required.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.events import Job
from forefolio.core.units import Array, Days, DaysAhead
from forefolio.forecast.base import Forecaster, ForecastPanel
from forefolio.forecast.judging.evidence import Recipe, gather
from forefolio.forecast.scoring.sampling_error import memory
from forefolio.forecast.scoring.score import Score
from forefolio.market import Market

RESAMPLES = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The model chosen for one asset, and the out-of-sample gain of such choices.

    Gains are shares of squared error saved over the prior, means over past choices, whichever
    model they fell on; None where the record is too short for a choice and sessions after it.
    """

    ticker: str
    model: str
    gain: float | None  # shrunk
    own_gain: float | None  # of the asset's own choices alone
    pooled_gain: float | None  # of the choices for all assets
    outcomes: int  # independent ones
    probability_best: float  # share of block bootstrap samples in which it is the best
    regret: (
        float | None
    )  # gain of the combination less that of the choices; negative is an advantage


class ModelSelector(Component):
    """Validates models out of sample and selects one per asset.

    >>> ModelSelector(horizon=5, tau=50.0).horizon
    5
    """

    recipe: Recipe = Field(Recipe(), description="The features and models to choose among.")
    horizon: DaysAhead = Field(21, description="Sessions that the forecasts cover.")
    tau: Annotated[float, Field(ge=0)] = Field(
        100.0,
        description=(
            "Independent outcomes at which an asset's own record has half of the weight, "
            "the pooled record the rest."
        ),
    )
    refresh: Days = Field(
        250, description="Sessions between two of the past choices that are scored."
    )
    seed: Annotated[int, Field(ge=0)] = Field(0, description="Seed of the block bootstrap.")

    def validate_model(self, model: Forecaster, market: Market, executor: Executor) -> Job[Score]:
        """Score one model out of sample, walking forward through `market`."""
        alone = self.recipe.model_copy(update={"models": (model,)})
        forecasts = yield from gather(alone, (self.horizon,), market, executor)
        (name,) = alone.names.models
        scores = forecasts.horizons[self.horizon].scores
        score_of_model = next(score for score in scores if score.model == name)
        logger.info(
            "%s at %d sessions: %s; %s", name, self.horizon, score_of_model.verdict, score_of_model
        )
        return score_of_model

    def select_best_model(self, market: Market, executor: Executor) -> Job[dict[str, Selection]]:
        """Choose a model for each asset from its shrunk record out of sample."""
        forecasts = yield from gather(self.recipe, (self.horizon,), market, executor)
        evidence = forecasts.horizons[self.horizon]
        candidates = {name: evidence.panels[name] for name in evidence.combination.names}
        chosen = self.choose(candidates, evidence.panel, evidence.prior.mean, evidence.returns)
        for selection in chosen.values():
            logger.info("%s", selection)
        return chosen

    def choose(
        self,
        candidates: Mapping[str, ForecastPanel],
        combined: ForecastPanel,
        prior: Array,
        returns: Array,
    ) -> dict[str, Selection]:
        """Choose among panels made at the same R sessions, given the outcomes (R, N).

        Raises:
            InputError: there is nothing to choose among.
        """
        if not candidates:
            raise InputError("there is no model to choose among; name one in the recipe")
        names = tuple(candidates)
        means = [panel.mean for panel in (*candidates.values(), combined)]
        saved, base = _savings(means, prior, returns, combined.std)
        outcomes = (base > 0).sum(axis=0) / combined.horizon
        best = self._best(saved[:-1], base, combined.horizon)
        own, pooled = self._past_choices(saved, base, combined.horizon)
        gains = _shrunk(own, pooled, _credibility(outcomes, self.tau))
        blocks = _in_blocks(saved[:-1], base, memory(combined.horizon))
        probability = _probabilities(*blocks, _credibility(outcomes, self.tau), best, self.seed)
        has_record = bool(np.isfinite(pooled).all())
        return {
            ticker: Selection(
                ticker=ticker,
                model=names[best[i]],
                gain=float(gains[0, i]) if has_record else None,
                own_gain=float(own[0, i]) if has_record else None,
                pooled_gain=float(pooled[0, 0]) if has_record else None,
                outcomes=int(outcomes[i]),
                probability_best=float(probability[i]),
                regret=float(gains[1, i] - gains[0, i]) if has_record else None,
            )
            for i, ticker in enumerate(combined.assets)
        }

    def _best(self, saved: Array, base: Array, horizon: int) -> NDArray[np.intp]:
        """The model (N,) whose shrunk record, of savings (M, R, N), is the best for each asset."""
        own, pooled = _gains(saved.sum(axis=1), base.sum(axis=0))
        outcomes = (base > 0).sum(axis=0) / horizon
        best: NDArray[np.intp] = _shrunk(own, pooled, _credibility(outcomes, self.tau)).argmax(
            axis=0
        )
        return best

    def _past_choices(self, saved: Array, base: Array, horizon: int) -> tuple[Array, Array]:
        """Gains of past choices and of the combination after them: own (2, N), pooled (2, 1).

        NaN where no choice could be made and scored. The combination is the last of `saved`.
        """
        chosen, scale = np.zeros((2, base.shape[1])), np.zeros(base.shape[1])
        for row in range(self.refresh, len(base), self.refresh):
            past, after = slice(0, max(row - horizon, 0)), slice(row, row + self.refresh)
            if not base[past].any():
                continue
            best = self._best(saved[:-1, past], base[past], horizon)
            realised = saved[:, after].sum(axis=1)
            chosen += np.stack([np.take_along_axis(realised, best[None], axis=0)[0], realised[-1]])
            scale += base[after].sum(axis=0)
        if not scale.any():
            return np.full(chosen.shape, np.nan), np.full((2, 1), np.nan)
        return _gains(chosen, scale)


def _savings(means: list[Array], prior: Array, returns: Array, std: Array) -> tuple[Array, Array]:
    """Squared error saved over the prior (M, R, N), and the prior's squared error (R, N).

    Errors are in units of `std`, less their mean over the assets.
    """
    scale = np.where(std > 0, std, np.nan)
    errors = (np.stack([*means, prior]) - returns) / scale
    finite = np.isfinite(errors).all(axis=0)
    errors = np.where(finite, errors, 0.0)
    count = np.maximum(finite.sum(axis=1, keepdims=True), 1)
    errors = np.where(finite, errors - errors.sum(axis=2, keepdims=True) / count, 0.0)
    return errors[-1] ** 2 - errors[:-1] ** 2, errors[-1] ** 2


def _gains(saved: Array, base: Array) -> tuple[Array, Array]:
    """Shares of the prior's error saved: each asset's own (..., N), all assets' (..., 1)."""
    least = np.finfo(float).tiny
    pooled = saved.sum(axis=-1, keepdims=True) / np.maximum(base.sum(axis=-1, keepdims=True), least)
    return saved / np.maximum(base, least), pooled


def _credibility(outcomes: Array, tau: float) -> Array:
    """The weight (N,) of an asset's own record: k / (k + tau)."""
    return np.divide(outcomes, outcomes + tau, out=np.zeros(len(outcomes)), where=outcomes > 0)


def _shrunk(own: Array, pooled: Array, credibility: Array) -> Array:
    return np.asarray(pooled + credibility * (own - pooled))


def _in_blocks(saved: Array, base: Array, length: int) -> tuple[Array, Array]:
    """Sums over stretches of `length` sessions (M, B, N) and (B, N): what moves together stays."""
    starts = np.arange(0, len(base), length)
    return np.add.reduceat(saved, starts, axis=1), np.add.reduceat(base, starts, axis=0)


def _probabilities(
    saved: Array, base: Array, credibility: Array, best: NDArray[np.intp], seed: int
) -> Array:
    """How often the best (N,) still has the largest shrunk gain when the blocks are drawn again."""
    blocks = base.shape[0]
    counts = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), RESAMPLES)
    bases = counts @ base
    drawn = np.stack([_shrunk(*_gains(counts @ model, bases), credibility) for model in saved])
    share: Array = (drawn.argmax(axis=0) == best).mean(axis=0)
    return share
