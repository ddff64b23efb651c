"""Models of returns that learn the logarithm of variances."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from sklearn.linear_model import Ridge

import forefolio as ff
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.events import finish
from forefolio.core.settings import Settings
from forefolio.core.units import Array
from forefolio.forecast import (
    EWMA,
    LSTM,
    MLP,
    SVR,
    TCN,
    AnyForecaster,
    BayesianRidge,
    Dataset,
    Forecaster,
    KernelRidge,
    LearntVolatility,
    RandomForest,
    Recipe,
    Truth,
    WalkForward,
    XGBoost,
    gather,
    model_named,
)
from forefolio.forecast.judging.evidence import AVERAGE
from forefolio.forecast.scaling import carry, horizon_volatility
from forefolio.forecast.volatility import learnt
from forefolio.forecast.volatility.learnt import FittedVariance, LogRatios
from forefolio.market import Market, simulated_market
from forefolio.market.returns import ewma_volatility
from forefolio.runs.asking import ask
from forefolio.runs.executors import executor
from forefolio.store.values import pack, unpack
from forefolio.studies.training import TrainingStudy

Labelled = Callable[[Market, int], Dataset]

NET: dict[str, Any] = {"epochs": 3, "learning_rate": 0.01, "batch": 8}
MODELS: tuple[Forecaster, ...] = (
    XGBoost(trees=20),
    RandomForest(trees=20, leaf=5),
    SVR(labels=400, cost=0.3),
    KernelRidge(landmarks=20),
    BayesianRidge(),
    MLP(layers=(8,), **NET),
    LSTM(units=6, **NET),
    TCN(channels=4, dilations=(1, 2), **NET),
)
TABULAR = MODELS[:5]
LONG = (LSTM, TCN)  # seconds, most of them to compile
MARKED = [pytest.param(m, marks=pytest.mark.slow) if isinstance(m, LONG) else m for m in MODELS]


def name(model: Any) -> str:
    return str(model.kind)


def storms(sessions: int = 900, assets: int = 5) -> Market:
    """Assets whose volatility is high on every second month, known only from a series."""
    rng = np.random.default_rng(5)
    wild = (np.arange(sessions) // 42) % 2 == 1
    volatility = np.where(wild, 0.03, 0.01)[:, None]
    moves = volatility * rng.standard_normal((sessions, assets))
    market = simulated_market(sessions=sessions, assets=assets)
    return replace(
        market, close=100 * np.exp(np.cumsum(moves, axis=0)), open=None, high=None, low=None
    )


def with_oracle(data: Dataset) -> Dataset:
    """The same, whose one feature knows what comes."""
    came: Array = Truth.of(data.market, data.horizon, len(data)).variance
    oracle = np.nan_to_num(np.log(came), nan=-8.0)[..., None]
    return replace(data, x=oracle, names=("oracle",))


def loss(data: Dataset, model: Forecaster, fitted: int) -> float:
    rows = len(data) - fitted
    said = model.fit(data.as_of(fitted)).predict(data, rows=rows).std ** 2
    came = Truth.of(data.market, data.horizon, rows).variance
    return float(np.nanmean(came / said + np.log(said)))


@pytest.mark.parametrize("model", MARKED, ids=name)
def test_each_learns_what_a_feature_knows(model: Forecaster, labelled: Labelled) -> None:
    data = with_oracle(labelled(storms(), 5))
    assert loss(data, LearntVolatility(model=model), 700) < loss(data, EWMA(), 700) - 0.05


@pytest.mark.parametrize("model", MARKED, ids=name)
def test_it_travels_and_is_right_on_average(model: Forecaster, labelled: Labelled) -> None:
    data = labelled(storms(sessions=500), 5)
    fitted = LearntVolatility(model=model).fit(data)
    said = fitted.predict(data, rows=300)
    back = unpack(pack(fitted)).predict(data, rows=300)
    np.testing.assert_array_equal(back.std, said.std)
    came = Truth.of(data.market, 5, 300).variance
    assert np.nanmean(came / said.std**2) == pytest.approx(1.0, abs=0.25)
    json = LearntVolatility(model=model).model_dump_json()
    assert TypeAdapter(AnyForecaster).validate_json(json) == LearntVolatility(model=model)


@pytest.mark.parametrize("model", TABULAR, ids=name)
def test_no_session_hears_of_a_later_one(model: Forecaster, labelled: Labelled) -> None:
    whole = labelled(storms(sessions=420), 5)
    fitted = LearntVolatility(model=model).fit(whole.as_of(360))
    long, short = fitted.predict(whole, rows=420), fitted.predict(whole.as_of(400), rows=400)
    np.testing.assert_array_equal(long.std[:400], short.std)


def test_a_label_is_told_in_units_that_the_model_takes_away_again(labelled: Labelled) -> None:
    data = labelled(storms(), 5)
    labels = LogRatios.of(data, 300, "it")
    told = labels.labelled(data, (("none",), np.zeros((*data.y.shape, 1))))
    units = (told.y - carry(data, len(data))) / horizon_volatility(data, len(data))
    known = np.isfinite(labels.values)
    assert known.any(axis=1).sum() == 300
    np.testing.assert_allclose(
        labels.level + labels.scale * units[known], labels.values[known], atol=1e-12
    )
    weighted = ewma_volatility(data.market) ** 2
    came = Truth.of(data.market, 5, len(data)).variance / 5
    sure = known & (came > 0.05 * weighted)
    np.testing.assert_allclose(np.exp(labels.values[sure]), (came / weighted)[sure], rtol=1e-9)


def test_of_many_assets_some_measure_the_level(
    labelled: Labelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = labelled(storms(), 5)
    model = LearntVolatility(model=KernelRidge(landmarks=20))
    every = model.fit(data)
    monkeypatch.setattr(learnt, "SMEARED", 2 * len(data))
    few = model.fit(data)
    assert isinstance(every, FittedVariance) and isinstance(few, FittedVariance)
    assert few.shift != every.shift
    assert few.shift == pytest.approx(every.shift, abs=0.1)


def test_a_net_learns_all_horizons_at_once(labelled: Labelled) -> None:
    model = LearntVolatility(model=MLP(layers=(6,), **NET))
    week, month = model.fit_jointly([labelled(storms(), h) for h in (5, 21)])
    assert isinstance(week, FittedVariance) and isinstance(month, FittedVariance)
    assert (week.learnt.head, month.learnt.head) == (0, 1)
    assert week.learnt.heads == 2


def test_it_refuses_little_history(labelled: Labelled) -> None:
    for model in (XGBoost(trees=5), MLP(layers=(4,), **NET)):
        own = LearntVolatility(model=model)
        with pytest.raises(NotEnoughHistory, match=f"^{own.name} over 5 sessions needs"):
            own.fit(labelled(storms(sessions=150), 5))


def test_a_regressor_of_ones_own_learns_variances(labelled: Labelled) -> None:
    own = LearntVolatility(model=Ridge(alpha=2.0))
    assert own.model_dump()["model"]["model"] == "sklearn.linear_model.Ridge"
    data = with_oracle(labelled(storms(), 5))
    assert loss(data, own, 700) < loss(data, EWMA(), 700) - 0.05


@pytest.mark.parametrize("word", ["LSTM volatility", "svr_volatility", "randomforest volatility"])
def test_it_goes_by_what_learns(word: str) -> None:
    found = model_named(word)
    assert isinstance(found, LearntVolatility)
    assert found.name.casefold().replace(" ", "") == word.casefold().replace("_", "").replace(
        " ", ""
    )


def test_every_learner_has_settings_that_suit_variances() -> None:
    kinds: list[Any] = [type(model) for model in learnt.SUITED]
    assert kinds == list(learnt.LEARNERS)


@pytest.mark.slow
def test_it_says_the_same_in_other_processes() -> None:
    market = storms(sessions=700)
    recipe = Recipe(
        features=(),
        models=(),
        volatility=(
            EWMA(),
            LearntVolatility(model=RandomForest(trees=10, leaf=5)),
            LearntVolatility(model=SVR(cost=0.3, labels=300)),
            LearntVolatility(model=MLP(layers=(4,), **NET)),
        ),
        walk=WalkForward(first=500, refit=100),
    )
    said = []
    for where in ("inline:", "processes:1"):
        with executor(where) as workers:
            said.append(finish(gather(recipe, (5,), market, workers)).horizons[5])
    for one in recipe.names.volatility:
        np.testing.assert_array_equal(said[0].panels[one].std, said[1].panels[one].std)


def test_one_is_trained_kept_and_asked_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/forefolio.db"
    own = Settings(home=tmp_path, database_url=url, executor="inline:")
    document: dict[str, Any] = {
        "data": {"source": {"kind": "synthetic", "sessions": 400, "assets": 3}},
        "horizons": (5,),
        "recipe": Recipe(features=(), models=(), baselines=(), volatility=(EWMA(),)),
        "models": "kernelridge_volatility",
        "unscored": True,
    }
    document["data"]["minimum_sessions"] = 100
    (kept,) = ask(TrainingStudy(**document), own).models
    assert kept.model == "KernelRidge volatility"
    trained = ff.load_predictor(kept.id, settings=own)
    market = simulated_market(sessions=450, assets=3)
    said = trained.forecast(market)
    assert isinstance(trained.model, LearntVolatility)
    assert ((said.std > 0.005) & (said.std < 0.2)).all()


def test_it_votes_by_its_record() -> None:
    market = storms()
    recipe = Recipe(
        features=(),
        models=(),
        volatility=(EWMA(), LearntVolatility(model=RandomForest(trees=20, leaf=5))),
        walk=WalkForward(first=500, refit=200),
    )
    with executor("inline:") as workers:
        evidence = finish(gather(recipe, (5,), market, workers)).horizons[5]
    assert evidence.kinds["RandomForest volatility"] == "volatility"
    stds = [evidence.panels[n].std for n in ("EWMA", "RandomForest volatility")]
    average = evidence.panels[AVERAGE].std
    assert (average >= np.fmin(*stds) - 1e-12).all() and (average <= np.fmax(*stds) + 1e-12).all()
