"""Whether the models of a run are healthy: what was found, and what each finding does.

1. The promises of the forecasts are watched over their record (`studies/health.py`), that of a run,
   of a paper account or of a trained model (`studies/watched.py`): an alarm acts.
2. Features whose recent values are of another kind than before, twice in a row, ask for another
   training; they stop nothing.
3. The age of data and models, and the drawdown as a budget of risk, act as the settings say.
4. The stated thresholds, such as an accuracy of 45 %, are shown, and nothing else.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.backtest import allocate
from forefolio.core.component import Component
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import Array, Days, Share
from forefolio.core.wording import percent, sessions
from forefolio.evidence.drift import discoveries, drift_of
from forefolio.features import FeaturePanel, compute
from forefolio.forecast.scoring.sampling_error import row_mean
from forefolio.studies.health import (
    RECENT,
    SEVERITY,
    Action,
    ForecastPromise,
    RollingHealth,
    exposure_after,
    forecast_promises,
    hardest,
    known_mean,
    rolling_health,
)
from forefolio.studies.place import Place, Recall
from forefolio.studies.result import Number, Remark
from forefolio.studies.strategy_run import OfStrategy, OfStrategyRun
from forefolio.studies.watched import WatchedForecasts, watched_run
from forefolio.studies.watched_account import watched_account
from forefolio.studies.watched_model import watched_model

DRIFT = 0.05  # of the features that are found, at most this share has not drifted
FLAT = 1e-9  # a mean over assets that moves less does not vary: ranks, for example


class HealthFinding(Component):
    """Something about the models that should be known, and what it does."""

    code: str = Field(description="A stable name for programs, such as interval_narrow.")
    sentence: str = Field(description="What was found.")
    action: Action = Field(description="What it does; none: it is shown only.")
    since: str = Field("", description="Since which session; empty: not known.")
    evidence: Number = Field(
        None, description="Years one waits for such a finding if all is well; none: no chance."
    )


class FeatureDrift(Component):
    """Whether the recent values of a feature are of another kind than those before."""

    feature: str = Field(description="The feature, as its mean over the assets.")
    index: float = Field(description="Population stability index of the recent values.")
    usual: float = Field(description="Its 95 % quantile where nothing has changed.")
    p_value: float = Field(description="Share of windows before that were at least as far.")
    drifted: bool = Field(
        description="Whether it is a finding now and was one a third of the window before."
    )


class Threshold(Component):
    """A stated threshold: it is shown, an alarm acts."""

    code: str = Field(description="A stable name for programs, such as accuracy.")
    asked: str = Field(description="What is stated, in words.")
    value: Number = Field(description="What was measured.")
    crossed: bool = Field(description="Whether it is on the wrong side of the threshold.")


class ModelHealth(OfStrategy):
    """Whether the models of a run are healthy, and what is done if they are not."""

    kind: Literal["monitor"] = "monitor"
    action: Action = Field(description="The hardest action of the findings.")
    findings: tuple[HealthFinding, ...] = Field(description="The hardest first; none: all is well.")
    promises: tuple[ForecastPromise, ...] = Field(
        description="What the forecasts promise, watched over the whole record."
    )
    thresholds: tuple[Threshold, ...] = Field(description="Shown only.")
    rolling: tuple[RollingHealth, ...] = Field(
        description="The recent numbers as they were at each month's end."
    )
    drift: tuple[FeatureDrift, ...] = Field(description="Of each feature, the least likely first.")
    horizon: int = Field(description="Sessions ahead of the forecasts that are watched.")
    watched: int = Field(description="Sessions whose outcomes are known.")
    recent: int = Field(description="Sessions that count as recent.")
    kept_signs: Number = Field(
        description="Share of forecasts whose sign is that of the session before, recently."
    )
    model_age: int = Field(description="Sessions of the data that the models have not seen.")
    data_age: int | None = Field(description="Weekdays since the last session; none: an example.")
    drawdown: float = Field(
        description="Of what is held below its last high, positive fraction; 0: nothing is held."
    )
    weights: Mapping[str, float] = Field(
        description="By ticker, what to hold after all of this, the largest first."
    )
    cash: float = Field(description="What the weights leave of 1.")


class MonitorStudy(OfStrategyRun):
    """Say whether the models of a run are healthy, and what to do if they are not.

    Of a paper account, what its decisions expected of it is watched beside what came; of a trained
    model, its forecasts of all that it has not seen.

    What acts is evidence that a healthy model gives once in a hundred years at most, however often
    one looks. Thresholds such as an accuracy of 45 % over 60 sessions are shown only: a healthy
    model falls below that again and again.

    >>> import forefolio as ff
    >>> study = ff.MonitorStudy(drawdown="20%")  # of the last run; ff.ask(study) answers
    >>> study.run, study.drawdown
    ('last', 0.2)
    """

    path: ClassVar[str] = "monitor"
    command: ClassVar[str] = "monitor"
    result: ClassVar[type[ModelHealth]] = ModelHealth
    stages: ClassVar[Mapping[str, float]] = {"data": 40, "record": 60}
    stored: ClassVar[bool] = False  # the data grow older by themselves

    kind: Literal["monitor"] = "monitor"
    account: str = Field("", description="The paper account that is watched instead of a run.")
    model: str = Field(
        "", description="The trained model that is watched instead: an id or an alias."
    )
    accuracy: Share = Field(
        0.45, description="Share of right signs below which a remark is made, and nothing else."
    )
    recent: Annotated[int, Field(ge=20)] = Field(
        RECENT, description="Sessions that count as recent.", json_schema_extra={"unit": "sessions"}
    )
    drawdown: Share = Field(
        0.15, description="Fall below the last high at which all is sold: a budget of risk."
    )
    position: Share = Field(0.10, description="Largest weight of an asset; the rest is cash.")
    retrain_after: Days = Field(5, description="Sessions after which models are trained anew.")
    stale_after: Days = Field(5, description="Weekdays after which prices are too old.")
    reference: Days = Field(
        2520,
        description="Sessions that recent values of features are compared with.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _one_is_watched(self) -> Self:
        named = [name for name in ("account", "model") if getattr(self, name)]
        if "run" in self.model_fields_set and self.run != "last":
            named.insert(0, "run")
        if len(named) > 1:
            raise ValueError(f"{' and '.join(named)} are named: one of them is watched")
        return self

    def settled(self, recall: Recall) -> Self:
        """The same question with the run's whole id, where it is about one."""
        return self if self.account or self.model else super().settled(recall)

    def job(self, place: Place) -> Job[ModelHealth]:
        """Watch the record, and look at the data as they are now.

        Raises:
            InputError: there is no such run, account or model, or it has no record of forecasts.
        """
        watched = yield from self._watched(place)
        record = watched.record
        yield Started(stage="record", total=2)
        promises = forecast_promises(record, watched.periods_per_year, self.recent)
        yield Progress(stage="record", done=1, total=2)
        drift, remarks = self._drift(watched)
        facts = self._facts(watched, place)
        findings = self._findings(promises, drift, facts)
        action = hardest(one.action for one in findings)
        advised = yield from self._advised(action, watched, place)
        yield Progress(stage="record", done=2, total=2)
        return ModelHealth(
            **watched.heading,
            **facts,
            action=action,
            findings=findings,
            promises=promises,
            thresholds=tuple(self._thresholds(promises)),
            rolling=rolling_health(record, self.recent),
            drift=drift,
            horizon=record.horizon,
            watched=len(record.sessions),
            recent=self.recent,
            weights=advised,
            cash=1.0 - sum(advised.values()),
            remarks=remarks,
        )

    def _watched(self, place: Place) -> Job[WatchedForecasts]:
        if self.account:
            return watched_account(self.account, place.accounts())
        if self.model:
            return (yield from watched_model(self.model, place))
        return (yield from watched_run(self.records(place), place))

    def _facts(self, watched: WatchedForecasts, place: Place) -> dict[str, Any]:
        """Ages, persistence and drawdown."""
        today = np.datetime64(datetime.fromtimestamp(place.clock(), UTC).date())
        old = max(int(np.busday_count(watched.last, today)), 0)
        kept = np.array(watched.record.kept[-self.recent :], dtype=np.float64)
        return {
            "kept_signs": known_mean(kept),
            "model_age": watched.unseen,
            "data_age": None if watched.is_example else old,
            "drawdown": watched.drawdown,
        }

    def _drift(
        self, watched: WatchedForecasts
    ) -> tuple[tuple[FeatureDrift, ...], tuple[Remark, ...]]:
        """Which features have drifted, now and a third of the window before."""
        market = watched.market
        if market is None or not watched.features:
            return (), ()
        span, before = self.recent, self.recent // 3
        if len(market) < 4 * span + before:
            message = f"{sessions(len(market))} are too few to tell whether features have drifted"
            return (), (Remark(reason="left_out", stage="record", message=message),)
        means = varying_means(compute(watched.features, market), 4 * span)
        rows = self.reference + span
        now, earlier = (
            [drift_of(values[:stop][-rows:], span) for values in means.values()]
            for stop in (len(market), len(market) - before)
        )
        found = [
            discoveries(np.array([one.p_value for one in each]), DRIFT) for each in (now, earlier)
        ]
        made = [
            FeatureDrift(
                feature=name,
                index=one.index,
                usual=one.usual,
                p_value=one.p_value,
                drifted=bool(found[0][k] and found[1][k]),
            )
            for k, (name, one) in enumerate(zip(means, now, strict=True))
        ]
        return tuple(sorted(made, key=lambda one: one.p_value)), ()

    def _thresholds(self, promises: tuple[ForecastPromise, ...]) -> Iterator[Threshold]:
        right = next(one for one in promises if one.code == "direction").recent
        yield Threshold(
            code="accuracy",
            asked=f"{percent(self.accuracy, 0)} of the signs right over {sessions(self.recent)}",
            value=right,
            crossed=right is not None and right < self.accuracy,
        )

    def _findings(
        self,
        promises: tuple[ForecastPromise, ...],
        drift: tuple[FeatureDrift, ...],
        facts: Mapping[str, Any],
    ) -> tuple[HealthFinding, ...]:
        found = [_of_promise(one) for one in promises if one.state in ("broken", "doubtful")]
        found += self._of_drift(drift)
        found += self._of_facts(facts)
        return tuple(sorted(found, key=lambda one: -SEVERITY[one.action]))

    def _of_drift(self, drift: tuple[FeatureDrift, ...]) -> Iterator[HealthFinding]:
        if moved := [one.feature for one in drift if one.drifted]:
            sentence = (
                f"{len(moved)} of {len(drift)} features are of another kind than in the "
                f"{sessions(self.reference)} before, such as {moved[0]}"
            )
            yield HealthFinding(code="features_drifted", sentence=sentence, action="retrain")

    def _of_facts(self, facts: Mapping[str, Any]) -> Iterator[HealthFinding]:
        if (age := facts["model_age"]) >= self.retrain_after:
            yield HealthFinding(
                code="model_stale",
                sentence=f"the data have {sessions(age)} more than the models have seen",
                action="retrain",
            )
        if (old := facts["data_age"]) is not None and old > self.stale_after:
            yield HealthFinding(
                code="data_stale",
                sentence=f"the last price is {old:,} weekdays old: nothing is known of today",
                action="fetch",
            )
        if (fall := facts["drawdown"]) >= self.drawdown:
            yield HealthFinding(
                code="drawdown",
                sentence=f"what is held is {percent(fall)} below its high, more than the "
                f"{percent(self.drawdown, 0)} that may be lost",
                action="stop",
            )

    def _advised(
        self, action: Action, watched: WatchedForecasts, place: Place
    ) -> Job[dict[str, float]]:
        """The weights after the action and the cap on a position."""
        weights, market = dict(watched.held), watched.market
        if action == "stop":
            return {}
        if action == "fall_back" and watched.plain is not None and market is not None:
            current = np.array([weights.get(asset, 0.0) for asset in market.assets])
            decided = yield from allocate(watched.plain, market, place.executor, current)
            weights = dict(zip(market.assets, decided.weights.tolist(), strict=True))
        factor = exposure_after(action)
        capped = {
            name: float(np.clip(weight * factor, -self.position, self.position))
            for name, weight in weights.items()
            if weight
        }
        return dict(sorted(capped.items(), key=lambda one: -abs(one[1])))


def _of_promise(one: ForecastPromise) -> HealthFinding:
    broken = one.state == "broken"
    return HealthFinding(
        code=one.code,
        sentence=f"{'it is not so any more' if broken else 'it is doubtful'} that {one.promised}",
        action=one.action if broken else "none",
        since="" if one.since is None else str(one.since),
        evidence=None if broken else one.evidence,
    )


def varying_means(panel: FeaturePanel, fewest: int) -> dict[str, Array]:
    """The mean (T,) of each feature over the assets.

    Of those that have at least the `fewest` sessions, and whose mean is not always the same.
    """
    means = {name: row_mean(panel.x[:, :, k]) for k, name in enumerate(panel.names)}
    return {name: values for name, values in means.items() if _moves(values, fewest)}


def _moves(values: Array, fewest: int) -> bool:
    known = values[np.isfinite(values)]
    return len(known) >= fewest and float(np.ptp(known)) > FLAT
