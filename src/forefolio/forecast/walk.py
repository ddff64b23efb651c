"""Out-of-sample forecasts by walking forward: a map over (model, horizons, folds).

1. History is cut into folds. A model is fitted at a fold's first session on what was known at
   that close, and forecasts each session of the fold from what was known at each.
2. A task is one model, one horizon (all of them, if the model learns them jointly) and a few
   consecutive folds. Tasks do not depend on each other nor on holdings: they run in any order, in
   any process, and are named by their content.
3. A fold that cannot be fitted is a value: its forecasts are NaN and the reason is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Self

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import ClusterUnavailable, ForefolioError, NotEnoughHistory
from forefolio.core.events import Job, Note, Progress, Started
from forefolio.core.memory import give_back
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Days
from forefolio.core.wording import note_lines
from forefolio.features import FeaturePanel
from forefolio.forecast.alike import Alike
from forefolio.forecast.base import (
    Dataset,
    Forecaster,
    ForecastPanel,
    JointForecaster,
    QuickForecaster,
    fit_each,
    learns_from_features,
)
from forefolio.forecast.targets import ForwardReturn, build_dataset
from forefolio.market import Market

FOLDS_PER_TASK = 4
LARGE = 500_000  # forecasts, of 16 bytes each: reading them takes as long as making quick ones


class WalkForward(Component):
    """When forecasts begin and how often models are fitted again."""

    first: Days = Field(1250, description="Sessions of history before the first forecast.")
    refit: Days = Field(250, description="Sessions between two fits of a model.")

    def folds(self, sessions: int) -> tuple[tuple[int, int], ...]:
        """Rows (start, stop) of each fold; the last one ends with the data.

        Raises:
            NotEnoughHistory: if no fold fits.
        """
        if sessions <= self.first:
            raise NotEnoughHistory(self.first + 1, sessions, "walk-forward forecasting")
        starts = range(self.first, sessions, self.refit)
        return tuple((start, min(start + self.refit, sessions)) for start in starts)

    def from_fold_of(self, row: int) -> Self:
        """The same, from the fold on that forecasts at `row`."""
        earlier = max(row - self.first, 0) // self.refit
        return self.model_copy(update={"first": self.first + earlier * self.refit})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldTask:
    """Forecast some folds with one model at some horizons."""

    model: Forecaster
    horizons: tuple[int, ...]
    folds: tuple[tuple[int, int], ...]
    market: Market
    features: FeaturePanel
    content: str  # digest of the data known at the end of the last fold

    @property
    def digest(self) -> str:
        """Name what this task computes; sessions after its last fold make no difference."""
        parts = (model_digest(self.model), repr((self.horizons, self.folds)))
        return content_digest(*parts, self.content)

    @property
    def remembered(self) -> bool:
        """Whether the result is worth storing: not if it is large, and made at once."""
        rows = self.folds[-1][1] - self.folds[0][0]
        large = rows * len(self.market.assets) * len(self.horizons) > LARGE
        return not (large and isinstance(self.model, QuickForecaster))

    def datasets(self) -> tuple[Dataset, ...]:
        """What was known at the end of the last fold, for each horizon."""
        stop = self.folds[-1][1]
        if not learns_from_features(self.model):
            market = self.market[:stop]
            return tuple(Dataset.of_prices(market, horizon) for horizon in self.horizons)
        data = self.market[:stop], self.features[:stop]
        return tuple(build_dataset(*data, ForwardReturn(horizon=h)) for h in self.horizons)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldResult:
    """The forecasts of a task's folds, one after another, at each horizon; why some are missing."""

    panels: tuple[ForecastPanel, ...]  # (H,)
    failures: tuple[tuple[str, str], ...] = ()  # session of the fold, reason


def model_digest(model: Forecaster) -> str:
    """Name a model by its settings."""
    return model.digest if isinstance(model, Component) else content_digest(repr(model))


def model_name(model: Forecaster) -> str:
    """What tables call a model."""
    return str(getattr(model, "name", type(model).__name__))


def names_of(models: Sequence[Forecaster]) -> tuple[str, ...]:
    """What tables call each of several models: the second XGBoost is "XGBoost 2"."""
    names: list[str] = []
    for plain in map(model_name, models):
        numbered = (f"{plain} {number}" for number in count(2))
        names.append(next(name for name in chain([plain], numbered) if name not in names))
    return tuple(names)


def forecast_folds(task: FoldTask) -> FoldResult:
    """Fit and forecast each fold of `task`; runs in a worker."""
    with one_thread():
        data = task.datasets()
        parts, failures = [], []
        for fold in task.folds:
            try:
                parts.append(_forecast_fold(task.model, data, fold))
            except (ForefolioError, np.linalg.LinAlgError) as error:
                failures.append((str(data[0].sessions[fold[0]]), str(error)))
                parts.append([_nothing(each, fold) for each in data])
        return FoldResult(panels=_joined(parts), failures=tuple(failures))


def _forecast_fold(
    model: Forecaster, data: Sequence[Dataset], fold: tuple[int, int]
) -> list[ForecastPanel]:
    start, stop = fold
    predictors = fit_each(model, [each.as_of(start + 1) for each in data])
    return [
        predictor.predict(each.as_of(stop), rows=stop - start)
        for predictor, each in zip(predictors, data, strict=True)
    ]


def _nothing(data: Dataset, fold: tuple[int, int]) -> ForecastPanel:
    start, stop = fold
    missing = np.full((stop - start, len(data.assets)), np.nan)
    return ForecastPanel(
        sessions=data.sessions[start:stop],
        horizon=data.horizon,
        assets=data.assets,
        mean=missing,
        std=missing.copy(),
    )


def join(
    panels: Sequence[ForecastPanel], mean: Array | None = None, std: Array | None = None
) -> ForecastPanel:
    """Put forecasts of consecutive sessions one after another; `mean`, `std` where that is done."""
    return replace(
        panels[0],
        sessions=np.concatenate([p.sessions for p in panels]),
        mean=np.concatenate([p.mean for p in panels]) if mean is None else mean,
        std=np.concatenate([p.std for p in panels]) if std is None else std,
        notes=tuple(dict.fromkeys(note for p in panels for note in p.notes)),
    )


def _joined(parts: Sequence[Sequence[ForecastPanel]]) -> tuple[ForecastPanel, ...]:
    return tuple(join(of_horizon) for of_horizon in zip(*parts, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WalkResult:
    """Out-of-sample forecasts by (model name, horizon)."""

    panels: dict[tuple[str, int], ForecastPanel]
    failures: tuple[Note, ...]
    fallbacks: tuple[Note, ...] = ()  # where a model forecast by a simpler rule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WalkParts:
    """The same as it comes from the tasks, in several parts each."""

    parts: dict[tuple[str, int], list[ForecastPanel]]
    failures: tuple[Note, ...]
    fallbacks: tuple[Note, ...]

    def take(self, horizon: int) -> dict[str, ForecastPanel]:
        """The forecasts over one horizon by model name; their parts are let go of."""
        ends = _Ends()
        keys = [key for key in self.parts if key[1] == horizon]
        return {key[0]: ends.joined(self.parts.pop(key)) for key in keys}


def walk_forward(
    models: Sequence[Forecaster],
    horizons: Sequence[int],
    walk: WalkForward,
    data: tuple[Market, FeaturePanel],
    executor: Executor,
) -> Job[WalkResult]:
    """Forecast out of sample with every model at every horizon, over all folds.

    Results go by the models' names (`names_of`). The last models start first: whoever lists models
    from the simple to the costly has workers that end together.
    """
    walked = yield from walk_in_parts(models, horizons, walk, data, executor)
    keys = list(walked.parts)
    taken = {horizon: walked.take(horizon) for horizon in dict.fromkeys(h for _, h in keys)}
    give_back()
    panels = {(name, horizon): taken[horizon][name] for name, horizon in keys}
    return WalkResult(panels=panels, failures=walked.failures, fallbacks=walked.fallbacks)


def walk_in_parts(
    models: Sequence[Forecaster],
    horizons: Sequence[int],
    walk: WalkForward,
    data: tuple[Market, FeaturePanel],
    executor: Executor,
) -> Job[WalkParts]:
    """As `walk_forward`, for those who take one horizon after the other."""
    tasks = list(_tasks(models, horizons, walk, data))
    yield Started(stage="forecast", total=len(tasks))
    results: dict[int, FoldResult] = {}
    failed: dict[tuple[str, str], list[tuple[int, str]]] = {}  # model, reason: where
    futures: dict[Future[FoldResult], int] = {}
    alike = Alike()
    try:
        for number, (_, task) in reversed(list(enumerate(tasks))):
            future = executor.submit(forecast_folds, task)
            if not future.done():
                futures[future] = number
                continue
            results[number] = _one_of_each(_outcome(future, task), alike)
            del future  # and with it what others have as well, before the next takes memory
            yield Progress(stage="forecast", done=len(results), total=len(tasks))
        for future in as_completed(list(futures)):
            _, task = tasks[futures[future]]
            results[futures.pop(future)] = _one_of_each(_outcome(future, task), alike)
            yield Progress(stage="forecast", done=len(results), total=len(tasks))
    finally:
        for future in futures:
            future.cancel()
    parts: dict[tuple[str, int], list[ForecastPanel]] = {}
    for number, (name, task) in enumerate(tasks):
        result = results.pop(number)
        for horizon, panel in zip(task.horizons, result.panels, strict=True):
            parts.setdefault((name, horizon), []).append(panel)
            for session, reason in result.failures:
                failed.setdefault((name, reason), []).append((horizon, session))
    give_back()  # what models took, before parts and what they are joined to stand side by side
    failures = tuple(_note(*what, where) for what, where in failed.items())
    fallbacks = tuple(_fallbacks(parts))
    yield from (*failures, *fallbacks)
    return WalkParts(parts=parts, failures=failures, fallbacks=fallbacks)


def _one_of_each(result: FoldResult, alike: Alike) -> FoldResult:
    """The same, in arrays that others have as well: many models differ in mean or deviation only.

    Forecasts that are equal are kept once.
    """
    panels = tuple(
        replace(panel, mean=alike.one_of(panel.mean), std=alike.one_of(panel.std))
        for panel in result.panels
    )
    return replace(result, panels=panels)


class _Ends:
    """Forecasts of consecutive sessions, put end to end; what several have is joined once."""

    def __init__(self) -> None:
        self._joined: dict[tuple[int, ...], Array] = {}

    def joined(self, panels: Sequence[ForecastPanel]) -> ForecastPanel:
        """As `join`."""
        mean = self._end_to_end([p.mean for p in panels])
        std = self._end_to_end([p.std for p in panels])
        return join(panels, mean, std)

    def _end_to_end(self, arrays: Sequence[Array]) -> Array:
        key = tuple(map(id, arrays))  # those asked for later are still where they are
        if key not in self._joined:
            self._joined[key] = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
        return self._joined[key]


def _tasks(
    models: Sequence[Forecaster],
    horizons: Sequence[int],
    walk: WalkForward,
    data: tuple[Market, FeaturePanel],
) -> Iterator[tuple[str, FoldTask]]:
    folds = walk.folds(len(data[0]))
    parts = [
        folds[first : first + FOLDS_PER_TASK] for first in range(0, len(folds), FOLDS_PER_TASK)
    ]
    contents = [_name(*data, rows=part[-1][1]) for part in parts]
    for name, model in zip(names_of(models), models, strict=True):
        for together in _learnt_together(model, horizons):
            for part, content in zip(parts, contents, strict=True):
                yield (
                    name,
                    FoldTask(
                        model=model,
                        horizons=together,
                        folds=part,
                        market=data[0],
                        features=data[1],
                        content=content,
                    ),
                )


def _learnt_together(model: Forecaster, horizons: Sequence[int]) -> list[tuple[int, ...]]:
    joint = isinstance(model, JointForecaster)
    return [tuple(horizons)] if joint else [(horizon,) for horizon in horizons]


def _name(market: Market, features: FeaturePanel, rows: int) -> str:
    return content_digest(market[:rows].digest, features[:rows].digest)


def _outcome(future: Future[FoldResult], task: FoldTask) -> FoldResult:
    try:
        return future.result()
    except (ClusterUnavailable, ImportError):
        raise  # of the machines, not of the model: what was asked for cannot be computed there
    except Exception as error:  # noqa: BLE001 - one task's death is a value; the rest goes on
        data = task.datasets()
        reason = f"{type(error).__name__}: {error}"
        starts = tuple((str(data[0].sessions[start]), reason) for start, _ in task.folds)
        parts = [[_nothing(each, fold) for each in data] for fold in task.folds]
        return FoldResult(panels=_joined(parts), failures=starts)


def _fallbacks(parts: Mapping[tuple[str, int], Sequence[ForecastPanel]]) -> Iterator[Note]:
    """What fell back inside the models, once for all horizons."""
    notes: dict[str, dict[tuple[str, str], None]] = {}
    for (model, _), panels in parts.items():
        for panel in panels:
            notes.setdefault(model, {}).update(dict.fromkeys(panel.notes))
    for model, several in notes.items():
        for line in note_lines(several):
            yield Note(code="model_fell_back", about=model, message=line)


def _note(model: str, reason: str, where: Sequence[tuple[int, str]]) -> Note:
    """One note for all folds that failed for one reason."""
    horizon, session = where[0]
    often = "" if len(where) == 1 else f"{len(where)} times, first "
    message = f"{model} could not be fitted {often}at horizon {horizon} on {session}: {reason}"
    return Note(code="model_failed", about=model, message=message)
