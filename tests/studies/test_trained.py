"""Trained models are registered, promoted, and asked again without learning."""

from typing import Any

import numpy as np
import pytest

import forefolio as ff
from forefolio.core.errors import InputError, RunFailed, StoreError
from forefolio.core.settings import Settings
from forefolio.runs.asking import ask
from forefolio.store import Artifacts
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.training import TrainingStudy

RECIPE: dict[str, Any] = {
    "features": [{"kind": "momentum", "window": 21}],
    "models": [
        {"kind": "bayesian_ridge"},
        {
            "kind": "scikit_learn",
            "model": "sklearn.linear_model.Lasso",
            "settings": {"alpha": 0.01},
        },
    ],
    "baselines": [],
    "volatility": [{"kind": "ewma"}],
    "walk": {"first": 260, "refit": 100},
}
DATA = {"source": {"kind": "synthetic", "sessions": 420, "assets": 3}, "minimum_sessions": 100}
LATER = {"source": {"kind": "synthetic", "sessions": 450, "assets": 4}, "minimum_sessions": 100}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("trained")
    url = f"sqlite:///{home}/forefolio.db"
    return Settings(home=home, database_url=url, executor="inline:")


@pytest.fixture(scope="module")
def trained(settings: Settings) -> Any:
    study = TrainingStudy(data=DATA, horizons=(5,), recipe=RECIPE, promote="production")
    return ask(study, settings)


def test_what_is_trained_is_registered_with_where_it_comes_from(
    trained: Any, settings: Settings
) -> None:
    rows = {row.model: row for row in trained.models}
    board = ff.models(settings=settings)
    assert set(board.index) == {row.id for row in trained.models}
    for name in ("BayesianRidge", "Lasso"):
        own = board.loc[rows[name].id]
        assert (own["name"], own["horizon"], own["number"]) == (name, 5, 1)
        assert own["run"] == trained.run.id and own["data_version"] == trained.data.version
        assert own["r2_mean"] == rows[name].score.r2_mean
    assert rows["EWMA"].score.qlike is not None


def test_the_most_skilled_model_of_returns_is_promoted(trained: Any, settings: Settings) -> None:
    (done,) = trained.promotions
    returns = [row for row in trained.models if row.kind == "model"]
    best = max(returns, key=lambda row: row.score.r2_mean)
    assert done.promoted and (done.alias, done.horizon, done.model) == ("production", 5, best.id)
    assert ff.models(alias="production", settings=settings).index.tolist() == [best.id]


@pytest.mark.parametrize("name", ["BayesianRidge", "Lasso"])
def test_a_trained_model_is_asked_without_learning(
    trained: Any, settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = next(row for row in trained.models if row.model == name)
    for learner in ("BayesianRidge", "ScikitLearn"):
        monkeypatch.setattr(
            f"forefolio.forecast.{learner}.fit", lambda *_: pytest.fail("it learns"), raising=True
        )
    result = ask(ForecastStudy(data=LATER, trained=row.id[:12]), settings)
    model = ff.load_predictor(row.id, settings)
    market = ff.load_market(ff.Synthetic(sessions=450, assets=4), minimum_sessions=100).market
    assert [one.mean for one in result.forecasts] == model.forecast(market).mean[-1].tolist()
    assert all((one.low or 0.0) < (one.mean or 0.0) < (one.high or 0.0) for one in result.forecasts)
    (used,) = result.trained
    assert (used.model.id, used.model.name, used.model.horizon) == (row.id, name, 5)
    assert str(used.model.trained) == model.trained and used.age == 30
    assert used.unseen == ("A3",) and not used.other_code
    assert any("was not fitted on A3" in remark.message for remark in result.remarks)


def test_an_alias_is_the_model_that_has_it_when_it_is_asked(
    trained: Any, settings: Settings
) -> None:
    one, other = (row.id for row in trained.models if row.kind == "model")
    study = ForecastStudy(data=LATER, trained="candidate")
    answers = []
    for name in (one, other):
        ff.promote_model(name, "candidate", settings=settings)
        answers.append(ask(study, settings))
    assert [a.trained[0].model.id for a in answers] == [one, other]
    assert answers[0].forecasts != answers[1].forecasts
    ff.roll_back_model("candidate", 5, settings=settings)
    assert ask(study, settings) == answers[0]  # as it is stored
    acts = ff.model_history("candidate", settings)["act"]
    assert sorted(acts) == ["promote", "promote", "rollback"]


def test_prices_that_the_model_has_seen_are_said(trained: Any, settings: Settings) -> None:
    ridge = trained.models[-2].id
    data = {**DATA, "end": str(np.datetime64(trained.as_of) - 40)}
    result = ask(ForecastStudy(data=data, trained=ridge), settings)
    assert result.trained[0].age < 0
    assert any(remark.code == "seen" for remark in result.remarks)


@pytest.mark.parametrize(
    ("study", "told"),
    [
        ({"trained": "nobody"}, "there is no trained model 'nobody'"),
        (
            {"trained": "production", "horizons": [5, 21]},
            "forecasts 21 sessions; 5 can be forecast",
        ),
    ],
)
def test_what_was_not_trained_is_said(
    trained: Any, settings: Settings, study: dict[str, Any], told: str
) -> None:
    assert trained.models
    with pytest.raises(InputError, match=told):
        ask(ForecastStudy(data=LATER, **study), settings)


def test_a_file_that_was_changed_fails_in_one_sentence(trained: Any, settings: Settings) -> None:
    lasso = next(row for row in trained.models if row.model == "Lasso")
    raw = Artifacts(settings.home).get(lasso.id)
    assert raw is not None
    (settings.home / "secret.key").rename(settings.home / "away")
    try:
        with pytest.raises(StoreError, match="not signed with the key of this home"):
            ff.load_predictor(lasso.id, settings)
        with pytest.raises(RunFailed, match="not signed with the key of this home"):
            ask(ForecastStudy(data={**LATER, "tickers": ("A0",)}, trained=lasso.id), settings)
    finally:
        (settings.home / "away").rename(settings.home / "secret.key")


def test_promotion_needs_scores_and_a_name() -> None:
    with pytest.raises(InputError, match="leave out unscored"):
        TrainingStudy(promote="production", unscored=True)
    with pytest.raises(InputError, match="is no alias"):
        TrainingStudy(promote="Not an alias")


def test_models_are_trained_without_scores_where_nobody_wants_them(settings: Settings) -> None:
    study = TrainingStudy(
        data=DATA, horizons=(5,), recipe=RECIPE, models=("bayesian_ridge",), unscored=True
    )
    (row,) = ask(study, settings).models
    assert row.id and row.score is None


def test_equal_settings_on_other_prices_are_another_model(settings: Settings) -> None:
    ids = set()
    for seed in (1, 2):
        source = {"kind": "synthetic", "sessions": 300, "assets": 2, "seed": seed}
        data = {"source": source, "minimum_sessions": 100}
        study = TrainingStudy(
            data=data, horizons=(1,), recipe=RECIPE, models=("always_up",), unscored=True
        )
        ids |= {row.id for row in ask(study, settings).models}
    assert len(ids) == 2
