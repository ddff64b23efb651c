"""Feature importance out of sample, fold by fold: by permutation, and by Shapley values.

1. A model is fitted at each fold's first session and forecasts the fold, as in a walk forward.
2. Permutation importance: the values of a feature are permuted among the assets and sessions of the
   fold; its importance is the loss of R2 and rank IC (Breiman 2001).
3. Shapley values: the mean absolute contribution of each feature to the forecasts (`shapley`).
4. Correlated features can replace each other: their groups are listed.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import ForefolioError, InputError
from forefolio.core.events import Job, Note, Progress, Started
from forefolio.core.lazy import lazy
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Dates, read_only
from forefolio.features import FeaturePanel
from forefolio.forecast.base import Dataset, Forecaster, Predictor
from forefolio.forecast.judging.shapley import contributions
from forefolio.forecast.scoring.rank_kernel import rank_correlations
from forefolio.forecast.targets import ForwardReturn, build_dataset
from forefolio.forecast.walk import WalkForward, model_digest, model_name
from forefolio.market import Market

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

TOGETHER = 0.7  # absolute correlation from which features form a group


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Importance:
    """The importance of F features in K folds; a positive loss means that a feature was useful."""

    model: str
    horizon: int
    features: tuple[str, ...]  # (F,)
    labels: tuple[str, ...]  # (F,) in economic words
    sessions: Dates  # (K,) first of each fold
    r2_loss: Array  # (K, F) of R2 against zero, a fraction, when the feature is exchanged
    rank_ic_loss: Array  # (K, F)
    size: Array  # (K, F) mean size of its part in a forecast over the horizon; NaN if not asked for
    groups: tuple[tuple[str, ...], ...]  # labels of features that move together
    failures: tuple[str, ...] = ()  # folds in which the model could not be fitted, with the reason

    def __post_init__(self) -> None:
        read_only(self.sessions, self.r2_loss, self.rank_ic_loss, self.size)

    def to_frame(self) -> "pd.DataFrame":
        """One row per feature, the most useful first: means over the folds and their errors."""
        columns: dict[str, Any] = {"feature": self.features}
        for name in ("r2_loss", "rank_ic_loss", "size"):
            values = getattr(self, name)
            columns[name], columns[f"{name}_se"] = _mean(values), _error(values)
        frame: pd.DataFrame = pandas.DataFrame(columns, index=list(self.labels))
        return frame.sort_values("r2_loss", ascending=False, kind="stable")

    def over_time(self, measure: str = "r2_loss") -> "pd.DataFrame":
        """One row per fold, one column per feature, of `r2_loss`, `rank_ic_loss` or `size`."""
        frame: pd.DataFrame = pandas.DataFrame(
            getattr(self, measure),
            index=pandas.DatetimeIndex(self.sessions),
            columns=list(self.labels),
        )
        return frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImportanceTask:
    """Take the forecasts of one fold apart."""

    model: Forecaster
    horizon: int
    fold: tuple[int, int]
    settings: "Explainer"
    market: Market
    features: FeaturePanel
    content: str  # digest of the data known at the end of the fold

    @property
    def digest(self) -> str:
        """Name what this task computes."""
        parts = repr((self.horizon, self.fold)), self.settings.digest, self.content
        return content_digest(model_digest(self.model), *parts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldImportance:
    """What each feature was worth in one fold, (F,) each; or why that is not known."""

    r2_loss: Array
    rank_ic_loss: Array
    size: Array
    failure: str = ""


class Explainer(Component):
    """Measures the importance of each feature for a model, out of sample.

    Shapley values are exact for trees and ridge regressions, sampled for other models.
    Source: Breiman (2001), "Random forests"; Lundberg et al. (2020), "From local explanations to
    global understanding with explainable AI for trees".

    >>> Explainer(draws=5).draws
    5
    """

    walk: WalkForward = Field(
        WalkForward(), description="The folds in which the importance is measured."
    )
    draws: Annotated[int, Field(ge=1, le=100)] = Field(
        2, description="Permutations of each feature in each fold."
    )
    shap: bool = Field(False, description="Whether Shapley values are computed as well.")
    orders: Annotated[int, Field(ge=2, le=1000)] = Field(
        4, description="Orders of the features that sampled Shapley values are averaged over."
    )
    seed: Annotated[int, Field(ge=0)] = Field(0, description="Seed of the permutations and orders.")

    def explain(
        self,
        model: Forecaster,
        horizon: int,
        data: tuple[Market, FeaturePanel],
        executor: Executor,
        labels: Mapping[str, str] | None = None,
    ) -> Job[Importance]:
        """Measure every feature of the panel in every fold; `labels` are their economic names.

        Raises:
            InputError: there are no features, or the model could be fitted in no fold.
        """
        market, panel = data
        tasks = self._tasks(model, horizon, market, panel)
        yield Started(stage="importance", total=len(tasks))
        futures: dict[Future[FoldImportance], int] = {
            executor.submit(explain_fold, task): number for number, task in enumerate(tasks)
        }
        results: dict[int, FoldImportance] = {}
        try:
            for future in as_completed(futures):
                results[futures[future]] = future.result()
                yield Progress(stage="importance", done=len(results), total=len(tasks))
        finally:
            for future in futures:
                future.cancel()
        folds = [(market.sessions[task.fold[0]], results[n]) for n, task in enumerate(tasks)]
        words = tuple((labels or {}).get(name, name) for name in panel.names)
        joined = _joined(model, horizon, panel, words, folds)
        for message in joined.failures:
            yield Note(code="model_failed", about=joined.model, message=message)
        return joined

    def _tasks(
        self, model: Forecaster, horizon: int, market: Market, panel: FeaturePanel
    ) -> list[ImportanceTask]:
        if not panel.names:
            raise InputError("there are no features whose importance could be measured")
        return [
            ImportanceTask(
                model=model,
                horizon=horizon,
                fold=fold,
                settings=self,
                market=market,
                features=panel,
                content=content_digest(market[: fold[1]].digest, panel[: fold[1]].digest),
            )
            for fold in self.walk.folds(len(market))
            if fold[1] - fold[0] > horizon + 1  # or no outcome would be known
        ]


def explain_fold(task: ImportanceTask) -> FoldImportance:
    """Fit at the start of a fold and measure each feature within it; runs in a worker."""
    start, stop = task.fold
    with one_thread():
        target = ForwardReturn(horizon=task.horizon)
        data = build_dataset(task.market[:stop], task.features[:stop], target)
        try:
            predictor = task.model.fit(data.as_of(start + 1))
        except (ForefolioError, np.linalg.LinAlgError) as error:
            unknown = np.full(len(data.names), np.nan)
            return FoldImportance(
                r2_loss=unknown, rank_ic_loss=unknown, size=unknown, failure=str(error)
            )
        losses = _losses(predictor, data, stop - start, task.settings)
        size = _sizes(predictor, data, stop - start, task.settings)
        return FoldImportance(r2_loss=losses[0], rank_ic_loss=losses[1], size=size)


def _losses(predictor: Predictor, data: Dataset, rows: int, settings: Explainer) -> Array:
    """What R2 and rank IC lose, (2, F), when a feature is exchanged within the last rows."""
    x, outcome = np.array(data.x), data.y[-rows:]
    rng = np.random.default_rng(settings.seed)
    skill = _skill(predictor.predict(data, rows).mean, outcome)
    lost = np.zeros((2, len(data.names)))
    for feature in range(len(data.names)):
        truth = x[-rows:, :, feature].copy()
        finite = np.isfinite(truth)
        for _ in range(settings.draws):
            x[-rows:, :, feature][finite] = rng.permutation(truth[finite])
            without = predictor.predict(replace(data, x=x.view()), rows).mean
            lost[:, feature] += (skill - _skill(without, outcome)) / settings.draws
        x[-rows:, :, feature] = truth
    return lost


def _skill(mean: Array, outcome: Array) -> Array:
    """R2 against zero and rank IC, (2,), of forecasts of outcomes (R, N)."""
    finite = np.isfinite(mean) & np.isfinite(outcome)
    energy = float((outcome[finite] ** 2).sum())
    error = float(((outcome - mean)[finite] ** 2).sum())
    ranks = rank_correlations(np.ascontiguousarray(mean), np.ascontiguousarray(outcome))
    defined = ranks[np.isfinite(ranks)]
    return np.array(
        [1 - error / energy if energy else 0.0, defined.mean() if len(defined) else 0.0]
    )


def _sizes(predictor: Predictor, data: Dataset, rows: int, settings: Explainer) -> Array:
    if not settings.shap:
        return np.full(len(data.names), np.nan)
    parts = contributions(predictor, data, rows, orders=settings.orders, seed=settings.seed).values
    finite = np.isfinite(parts).all(axis=-1)
    return np.abs(parts[finite]).mean(axis=0) if finite.any() else np.full(parts.shape[-1], np.nan)


def _joined(
    model: Forecaster,
    horizon: int,
    panel: FeaturePanel,
    labels: tuple[str, ...],
    folds: Sequence[tuple[np.datetime64, FoldImportance]],
) -> Importance:
    done = [(session, result) for session, result in folds if not result.failure]
    if not done:
        reason = folds[-1][1].failure if folds else f"no fold is longer than {horizon} sessions"
        raise InputError(f"{model_name(model)} could be fitted in no fold: {reason}")
    return Importance(
        model=model_name(model),
        horizon=horizon,
        features=panel.names,
        labels=labels,
        sessions=np.array([session for session, _ in done]),
        r2_loss=np.stack([result.r2_loss for _, result in done]),
        rank_ic_loss=np.stack([result.rank_ic_loss for _, result in done]),
        size=np.stack([result.size for _, result in done]),
        groups=_groups(panel, labels),
        failures=tuple(
            f"{model_name(model)} could not be fitted on {session}: {result.failure}"
            for session, result in folds
            if result.failure
        ),
    )


def _groups(panel: FeaturePanel, labels: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Features that correlate by 0.7 or more, chained together."""
    x = panel.x[::5].reshape(-1, len(labels))
    x = x[np.isfinite(x).all(axis=1)]
    if len(x) < 3:
        return ()
    moving = x.std(axis=0) > 0
    linked = np.eye(len(labels), dtype=bool)
    linked[np.ix_(moving, moving)] |= (
        np.abs(np.corrcoef(x[:, moving], rowvar=False)).reshape(moving.sum(), -1) >= TOGETHER
    )
    for through in range(len(labels)):
        linked |= np.outer(linked[:, through], linked[through])
    members = {tuple(np.flatnonzero(row).tolist()) for row in linked}
    return tuple(tuple(labels[i] for i in group) for group in sorted(members) if len(group) > 1)


def _mean(values: Array) -> Array:
    return np.asarray(values.mean(axis=0))


def _error(values: Array) -> Array:
    if len(values) < 2:
        return np.full(values.shape[1], np.nan)
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(len(values)))
