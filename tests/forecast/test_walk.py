import weakref
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import pytest

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.events import Progress, finish
from forefolio.features import FeaturePanel, PriceMomentum, compute
from forefolio.forecast import (
    EWMA,
    GARCH,
    BayesianRidge,
    Dataset,
    Forecaster,
    HistoricalMean,
    PooledMean,
    Predictor,
    WalkForward,
    WalkResult,
    walk,
    walk_forward,
)
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import executor

WALK = WalkForward(first=400, refit=100)
MANY = WalkForward(first=400, refit=50)
MODELS = (BayesianRidge(), HistoricalMean(), EWMA())


class Moody(Component):
    kind: Literal["moody"] = "moody"

    def fit(self, data: Dataset) -> Predictor:
        if len(data) > 500:
            raise NotEnoughHistory(10_000, len(data), "a moody model")
        return PooledMean().fit(data)


class Broken(Component):
    kind: Literal["broken"] = "broken"

    def fit(self, data: Dataset) -> Predictor:
        raise ZeroDivisionError(f"cannot look at {data.horizon}")


@pytest.fixture(scope="module")
def known() -> tuple[Market, FeaturePanel]:
    market = simulated_market(sessions=720)
    return market, compute(
        (PriceMomentum(window=21, skip=0), PriceMomentum(window=5, skip=0)), market
    )


def walked(
    known: tuple[Market, FeaturePanel], pool: Executor, *models: Forecaster, horizon: int = 5
) -> WalkResult:
    return finish(walk_forward(models, (horizon,), WALK, known, pool))


def test_folds_cover_every_session_once() -> None:
    folds = WALK.folds(720)
    assert folds == ((400, 500), (500, 600), (600, 700), (700, 720))
    with pytest.raises(NotEnoughHistory, match=r"401 sessions .* 300 are available"):
        WALK.folds(300)


def test_a_forecast_is_the_same_as_one_made_live(known: tuple[Market, FeaturePanel]) -> None:
    """What the walk says of a session is what a walk that ends with that session says."""
    market, panel = known
    whole = walked(known, executor("inline:"), *MODELS)
    for rows in (401, 450, 633):
        live = walked((market[:rows], panel[:rows]), executor("inline:"), *MODELS)
        for key, then in live.panels.items():
            np.testing.assert_array_equal(then.mean[-1], whole.panels[key].mean[rows - 401])
            np.testing.assert_array_equal(then.std[-1], whole.panels[key].std[rows - 401])


def test_every_executor_gives_the_same_numbers(known: tuple[Market, FeaturePanel]) -> None:
    alone = walked(known, executor("inline:"), *MODELS)
    with ThreadPoolExecutor(3) as pool:
        threaded = walked(known, pool, *MODELS)
    for key, panel in alone.panels.items():
        np.testing.assert_array_equal(panel.mean, threaded.panels[key].mean)


def test_a_fold_that_cannot_be_fitted_is_missing_and_told(
    known: tuple[Market, FeaturePanel],
) -> None:
    result = walked(known, executor("inline:"), Moody(), PooledMean())
    mean = result.panels["Moody", 5].mean
    assert np.isfinite(mean[:100]).all() and np.isnan(mean[100:]).all()
    assert np.isfinite(result.panels["pooled mean", 5].mean).all()
    assert [note.about for note in result.failures] == ["Moody"] * 3
    assert "moody model needs 10000 sessions" in result.failures[0].message


def test_a_model_that_dies_does_not_stop_the_others(known: tuple[Market, FeaturePanel]) -> None:
    result = walked(known, executor("inline:"), Broken(), PooledMean())
    assert np.isnan(result.panels["Broken", 5].mean).all()
    assert np.isfinite(result.panels["pooled mean", 5].mean).all()
    (only,) = result.failures
    assert "could not be fitted 4 times, first at horizon 5 on" in only.message
    assert "ZeroDivisionError: cannot look at 5" in only.message


def test_it_says_how_far_it_is_and_can_be_stopped(known: tuple[Market, FeaturePanel]) -> None:
    job = walk_forward(MODELS, (1, 5), WALK, known, executor("inline:"))
    events = [next(job) for _ in range(4)]
    assert (
        events[0].kind == "started" and events[0].total == 4
    )  # one model learns both horizons at once
    assert isinstance(events[3], Progress) and events[3].done == 3
    job.close()


def test_a_later_session_leaves_the_names_of_earlier_work(
    known: tuple[Market, FeaturePanel],
) -> None:
    """What was computed yesterday is remembered today: only the last folds are new."""
    market, panel = known
    asked: list[list[str]] = []
    for rows in (719, 720):
        seen = Listening()
        finish(walk_forward(MODELS, (5,), MANY, (market[:rows], panel[:rows]), seen))
        asked.append(seen.digests)
    yesterday, today = asked
    assert len(today) == len(set(today)) == len(MODELS) * 2
    assert len(set(yesterday) & set(today)) == len(MODELS)


class Listening(Executor):
    def __init__(self) -> None:
        self.digests: list[str] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.digests.append(args[0].digest)
        return executor("inline:").submit(fn, *args, **kwargs)


def test_large_results_of_quick_models_are_not_worth_storing(
    known: tuple[Market, FeaturePanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def remembered() -> dict[str, bool]:
        asked: dict[str, bool] = {}

        class Noting(Executor):
            def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
                asked[type(args[0].model).__name__] = args[0].remembered
                return executor("inline:").submit(fn, *args, **kwargs)

        finish(walk_forward((*MODELS, GARCH()), (1, 5), WALK, known, Noting()))
        return asked

    assert all(remembered().values())
    monkeypatch.setattr(walk, "LARGE", 100)
    large = {"BayesianRidge": True, "GARCH": True, "HistoricalMean": False, "EWMA": False}
    assert remembered() == large


class Twin(PooledMean):
    kind: Literal["twin"] = "twin"  # type: ignore[assignment]


def test_of_an_executor_that_works_at_once_equal_forecasts_are_kept_once(
    known: tuple[Market, FeaturePanel],
) -> None:
    made: list[weakref.ref[Any]] = []
    left: list[int] = []

    class AtOnce(Executor):
        def submit(self, fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
            left.append(sum(one() is not None for one in made))
            future: Future[Any] = Future()
            future.set_result(fn(*args))
            made.extend(weakref.ref(panel.mean) for panel in future.result().panels)
            return future

    walked(known, AtOnce(), HistoricalMean(), Twin(), PooledMean())  # the last is first
    assert left == [0, 1, 1]  # the second mean is the first one
