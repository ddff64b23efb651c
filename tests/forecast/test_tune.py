"""Tuning: what validates better is chosen, noise changes nothing, and nothing later is seen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from pydantic import TypeAdapter

from forefolio.core.component import Component
from forefolio.core.errors import BadSettings, NotEnoughHistory
from forefolio.forecast import (
    SPACES,
    AnyForecaster,
    BayesianRidge,
    Choice,
    Dataset,
    FittedTuned,
    Forecaster,
    KernelRidge,
    PooledMean,
    Predictor,
    Range,
    RidgeRanks,
    Tuned,
    XGBoost,
)
from forefolio.forecast.models.tune import TUNABLE
from forefolio.market import Market, simulated_market
from forefolio.market.returns import ewma_volatility
from forefolio.store.values import pack, unpack

Labelled = Callable[[Market, int], Dataset]


@pytest.fixture(scope="module")
def plain() -> Market:
    return simulated_market(seed=2, sessions=900, assets=6)


def _crossed(data: Dataset) -> Dataset:
    """Two features that only tell anything together."""
    draw = np.random.default_rng(5).standard_normal((2, *data.y.shape))
    x = data.x.copy()
    x[..., 1], x[..., 2] = draw
    risk = ewma_volatility(data.market) * np.sqrt(data.horizon)
    return replace(data, x=x, y=data.y + np.sign(draw[0] * draw[1]) * risk)


def _fit(model: Tuned, data: Dataset) -> FittedTuned:
    fitted = model.fit(data)
    assert isinstance(fitted, FittedTuned)
    return fitted


SHALLOW = XGBoost(trees=30, depth=1, learning_rate=0.2)
CROSSED = Tuned(
    model=SHALLOW,
    space=(Choice(setting="depth", values=(1, 2, 4)),),
    trials=4,
    blocks=2,
)


def test_what_validates_better_is_chosen_and_used(labelled: Labelled, plain: Market) -> None:
    data = _crossed(labelled(plain, 1))
    fitted = _fit(CROSSED, data.as_of(800))
    assert isinstance(fitted.model, XGBoost) and fitted.model.depth > 1
    assert fitted.model == SHALLOW.model_copy(update={"depth": fitted.model.depth})
    np.testing.assert_array_equal(
        fitted.predict(data, rows=9).mean,
        fitted.model.fit(data.as_of(800)).predict(data, rows=9).mean,
    )
    assert fitted.trials == len(fitted.tried) == 4
    untuned, *others = fitted.tried
    assert untuned.settings == () and untuned.lead == untuned.lead_error == 0
    best = max(fitted.tried, key=lambda trial: trial.saved)
    assert best.settings == (("depth", fitted.model.depth),)
    assert best.saved > 0.1 and best.lead == pytest.approx(best.saved - untuned.saved)
    assert {trial.settings[0][0] for trial in others} == {"depth"}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_noise_leaves_the_model_as_it_was(seed: int, labelled: Labelled) -> None:
    data = labelled(simulated_market(seed=seed, sessions=900, assets=6), 5)
    tuned = Tuned(model=KernelRidge(landmarks=20), trials=8, seed=seed)
    assert _fit(tuned, data).model == tuned.model


def test_the_seed_decides_and_nothing_else(labelled: Labelled, plain: Market) -> None:
    data = labelled(plain, 5)
    tuned = Tuned(model=KernelRidge(landmarks=10), trials=4, assets=3)
    first, again = (_fit(tuned, data) for _ in range(2))
    other = _fit(tuned.model_copy(update={"seed": 1}), data)
    assert first.tried == again.tried != other.tried
    np.testing.assert_array_equal(first.predict(data).mean, again.predict(data).mean)


def test_nothing_after_the_last_session_is_seen(labelled: Labelled, plain: Market) -> None:
    data = _crossed(labelled(plain, 5))
    y, x = data.y.copy(), data.x.copy()
    y[700:], x[701:] = 9.0, -9.0
    changed = replace(data, x=x, y=y)
    first, second = (_fit(CROSSED, each.as_of(701)) for each in (data, changed))
    assert first.tried == second.tried
    np.testing.assert_array_equal(
        first.predict(data, rows=5).mean, second.predict(data, rows=5).mean
    )


class Spy(Component):
    """Forecasts as PooledMean, and remembers what it was given."""

    kind: Literal["spy"] = "spy"
    level: float = 0.0
    name: ClassVar[str] = "Spy"
    given: ClassVar[list[Dataset]] = []

    def fit(self, data: Dataset) -> Predictor:
        """Remember the data."""
        self.given.append(data)
        return PooledMean().fit(data)


def test_no_fit_knows_a_label_that_its_validation_overlaps(
    labelled: Labelled, plain: Market
) -> None:
    data = labelled(plain, 21)
    Spy.given.clear()
    space = (Range(setting="level", low=0, high=1),)
    Tuned(model=Spy(), space=space, trials=2, blocks=3, assets=4).fit(data)
    *validated, final = Spy.given
    starts = [len(each) - 1 for each in validated]
    assert final is data and starts == 2 * sorted(set(starts)) and starts[0] == 450
    for each in validated:
        assert np.isnan(each.y[-22:]).all() and np.isfinite(each.y[-23]).any()
        assert len(each.assets) == 4


def test_settings_that_cannot_be_varied_are_refused_when_written() -> None:
    wrong: list[tuple[Any, str]] = [
        ({"space": (Choice(setting="deep", values=(1, 2)),)}, "no setting 'deep'.*depth"),
        ({"space": (Range(setting="depth", low=0, high=3),)}, "greater than or equal to 1"),
        ({"model": PooledMean()}, "say in space what to vary"),
    ]
    for settings, told in wrong:
        with pytest.raises(BadSettings, match=told):
            Tuned(**settings)
    with pytest.raises(BadSettings, match="0 < low < high"):
        Range(setting="penalty", low=0, high=1, log=True)


def test_ranges_are_spread_as_they_say() -> None:
    even, factors = (
        Range(setting="a", low=1, high=100),
        Range(setting="a", low=1, high=100, log=True),
    )
    assert even.at(0.5) == 50.5 and factors.at(0.5) == pytest.approx(10)
    choice = Choice(setting="a", values=("x", "y"))
    assert [choice.at(share) for share in (0, 0.49, 0.5, 1)] == ["x", "x", "y", "y"]


def test_a_study_can_say_it(labelled: Labelled, plain: Market) -> None:
    adapter: TypeAdapter[Forecaster] = TypeAdapter(AnyForecaster)
    told = {
        "kind": "tuned",
        "model": {"kind": "ridge_ranks"},
        "space": [{"setting": "window", "values": [250, 500]}],
        "trials": 3,
    }
    tuned = adapter.validate_python(told)
    assert tuned == Tuned(
        model=RidgeRanks(), space=(Choice(setting="window", values=(250, 500)),), trials=3
    )
    fitted = tuned.fit(labelled(plain, 5))
    assert isinstance(fitted, FittedTuned)
    kept = unpack(pack(fitted))
    data = labelled(plain, 5)
    assert kept.tried[1:] == fitted.tried[1:] and kept.model == fitted.model
    np.testing.assert_array_equal(kept.predict(data).mean, fitted.predict(data).mean)


def test_every_model_that_a_document_may_tune_has_its_space() -> None:
    assert {model.model_fields["kind"].default for model in TUNABLE} == set(SPACES)
    for model in TUNABLE:
        made: Any = model()
        assert Tuned(model=made).dimensions == SPACES[made.kind]


def test_says_that_history_is_too_short(labelled: Labelled) -> None:
    with pytest.raises(NotEnoughHistory):
        Tuned(model=BayesianRidge()).fit(labelled(simulated_market(sessions=200), 5))
