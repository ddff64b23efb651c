"""Model health: what is watched is the run's own record, an alarm acts, a threshold does not."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import InputError
from forefolio.core.settings import Settings
from forefolio.core.units import Array
from forefolio.features import FeaturePanel
from forefolio.runs.asking import ask
from forefolio.studies.forecast_record import ForecastRecord
from forefolio.studies.health import (
    Action,
    ForecastPromise,
    forecast_promises,
    hardest,
    rolling_health,
)
from forefolio.studies.monitor import ModelHealth, MonitorStudy, varying_means
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import StrategyResult
from forefolio.studies.watched import record_of
from forefolio.views.catalog import page_of

DOCUMENT: dict[str, Any] = {
    "data": {
        "source": {"kind": "synthetic", "sessions": 450, "assets": 2},
        "minimum_sessions": 100,
    },
    "machine_learning": False,
    "horizons": "1",
    "baselines": [],
    "strategy": "inverse_volatility",
    "trading": {"warmup": 260},
}
YEAR = 252.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), executor="inline:")


@pytest.fixture(scope="module")
def run(home: Settings) -> StrategyResult:
    return ask(StrategyStudy(**DOCUMENT), home)


@pytest.fixture(scope="module")
def health(home: Settings, run: StrategyResult) -> ModelHealth:
    assert run.run is not None
    return ask(MonitorStudy(run=run.run.id, drawdown=0.99, position=0.4), home)


def a_record(**changed: Array) -> ForecastRecord:
    """The record of a healthy model, but for what is `changed`."""
    rng, sessions = np.random.default_rng(0), 600
    first = np.datetime64("2015-01-01")
    days = [(first + k).astype(object) for k in range(sessions)]
    fields: dict[str, Any] = {
        "right": rng.uniform(0.2, 0.84, sessions),
        "inside": rng.choice([0.8, 0.9, 1.0], sessions, p=[0.25, 0.5, 0.25]),
        "volatility_loss": 0.1 * rng.standard_normal(sessions),
        "kept": np.full(sessions, 0.9),
    }
    values = {name: tuple(np.asarray(v).tolist()) for name, v in (fields | changed).items()}
    return ForecastRecord(horizon=1, level=0.9, reference="EWMA", sessions=tuple(days), **values)


def by_code(record: ForecastRecord) -> dict[str, ForecastPromise]:
    return {one.code: one for one in forecast_promises(record, YEAR, 60)}


def test_the_record_is_of_what_came_true(run: StrategyResult) -> None:
    record = record_of(run)
    combined = next(row for row in run.leaderboard if row.kind == "combined" and row.horizon == 1)
    assert record.horizon == 1 and record.reference == "EWMA"
    assert len(record.sessions) == combined.sessions
    assert np.nanmean(np.array(record.right, float)) == pytest.approx(combined.direction, abs=1e-3)
    assert np.nanmean(np.array(record.inside, float)) == pytest.approx(combined.coverage, abs=1e-4)
    assert record.sessions[-1] < run.curves.sessions[-1]  # the last outcomes are not known yet


def test_a_healthy_model_keeps_its_promises_and_a_low_accuracy_alone_does_nothing() -> None:
    assert {one.state for one in by_code(a_record()).values()} <= {"kept", "doubtful"}
    right = np.full(600, 0.55)
    right[-60:] = 0.44  # below the threshold of 45 %
    found = by_code(a_record(right=right))["direction"]
    assert found.recent is not None and found.recent < 0.45 and found.state != "broken"


@pytest.mark.parametrize(
    ("field", "value", "code", "action"),
    [
        ("right", 0.3, "direction", "fall_back"),
        ("inside", 0.75, "interval_narrow", "shrink"),
        ("inside", 1.0, "interval_wide", "retrain"),
        ("volatility_loss", 0.3, "volatility", "retrain"),
    ],
)
def test_what_breaks_is_dated_and_acts(field: str, value: float, code: str, action: Action) -> None:
    values = np.array(getattr(a_record(), field))
    values[300:] = value
    record = a_record(**{field: values})
    found = by_code(record)
    broken = [one.code for one in found.values() if one.state == "broken"]
    assert broken == [code] and found[code].action == action
    since, alarm = found[code].since, found[code].alarms[-1]
    assert since is not None and alarm.since == since and alarm.ended is None
    assert since <= alarm.raised > record.sessions[300]
    if code != "interval_wide":  # a share of 1 instead of 0.9 is slow to say when it began
        assert abs(since - record.sessions[300]) <= timedelta(days=20)


def test_outcomes_that_overlap_are_counted_once() -> None:
    daily = a_record(right=np.full(600, 0.1))
    weekly = daily.model_copy(update={"horizon": 5})
    first, later = (
        (by_code(one)["direction"].alarms[0].raised - one.sessions[0]).days
        for one in (daily, weekly)
    )
    assert later > 3 * first


def test_what_nothing_is_known_of_is_not_watched() -> None:
    found = by_code(a_record(right=np.full(600, np.nan)))["direction"]
    assert found.state == "not_watched" and found.evidence is None and found.value is None


def test_the_hardest_action_counts() -> None:
    assert hardest(["retrain", "stop", "shrink"]) == "stop" and hardest([]) == "none"


def test_rolling_numbers_are_means_before_each_months_end(health: ModelHealth) -> None:
    record = a_record()
    rolling = rolling_health(record, 60)
    assert rolling[-1].session == record.sessions[-1]
    assert all(one.session.day >= 28 for one in rolling[:-1])
    assert rolling[0].session >= record.sessions[59]
    assert rolling[-1].right == pytest.approx(np.nanmean(np.array(record.right[-60:], np.float64)))
    promises = {one.code: one.recent for one in health.promises}
    assert health.rolling[-1].inside == promises["interval_narrow"]


def test_the_picture_has_three_panels(health: ModelHealth) -> None:
    figure, axes = health.plot()
    assert figure.axes == list(axes) and len(axes) == 3


def test_weights_are_the_runs_with_no_more_than_the_cap(
    run: StrategyResult, health: ModelHealth
) -> None:
    expected = {name: min(weight, 0.4) for name, weight in run.weights.items()}
    assert health.weights == pytest.approx(expected)
    assert health.cash == pytest.approx(1.0 - sum(expected.values()))


def test_a_drawdown_beyond_the_budget_sells_everything(home: Settings, run: StrategyResult) -> None:
    assert run.run is not None
    growth = np.array(run.curves.equity[0].equity)
    fall = 1.0 - growth[-1] / growth.max()
    found = ask(MonitorStudy(run=run.run.id, drawdown=max(fall - 1e-6, 1e-9)), home)
    assert found.drawdown == pytest.approx(fall)
    assert found.action == "stop" and found.weights == {} and found.cash == 1.0
    assert found.findings[0].code == "drawdown" and "below its high" in found.findings[0].sentence


def test_an_age_is_of_prices_that_are_meant_to_be_of_today(health: ModelHealth) -> None:
    assert health.data_age is None and health.model_age == 0


def test_prices_that_are_too_old_are_fetched_first(health: ModelHealth) -> None:
    facts = {"model_age": 7, "data_age": 9, "drawdown": 0.0}
    found = MonitorStudy()._findings(health.promises, (), facts)
    assert [one.code for one in found] == ["data_stale", "model_stale"]
    assert [one.action for one in found] == ["fetch", "retrain"]
    assert not MonitorStudy(retrain_after=8, stale_after=9)._findings(health.promises, (), facts)


def test_features_that_never_move_do_not_drift() -> None:
    x = np.random.default_rng(0).standard_normal((50, 3, 2))
    x[:, :, 1] = [1.0, 2.0, 3.0]
    panel = FeaturePanel(x=x, names=("moves", "rank"))
    assert list(varying_means(panel, 50)) == ["moves"]
    assert not varying_means(panel, 51)


def test_a_run_without_a_record_says_what_to_do(run: StrategyResult) -> None:
    with pytest.raises(InputError, match="forefolio run"):
        record_of(run.model_copy(update={"forecast_record": None}))


def test_the_page_says_it_in_a_few_lines(health: ModelHealth) -> None:
    page = page_of(health)
    assert 3 <= len(page.summary) <= 5 and page.sheet and len(page.sheet.rows) == 4


def test_what_is_not_watched_is_not_called_healthy(health: ModelHealth) -> None:
    unknown = tuple(
        one.model_copy(update={"state": "not_watched", "alarms": ()}) for one in health.promises
    )
    update = {"promises": unknown, "action": "none", "findings": ()}
    page = page_of(health.model_copy(update=update))
    assert "nothing is known of the models' health" in page.summary[0]
    assert page.summary[1].startswith("None of 4 promises of the forecasts over 1 session is")
