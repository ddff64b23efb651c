"""A strategy says which forecasts it asks for, at whatever depth, and can be given them."""

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np
import pytest

from forefolio.core.component import Component
from forefolio.core.events import Job, finish
from forefolio.core.units import Dates
from forefolio.forecast import BayesianRidge, HistoricalMean, Recipe, WalkForward, gather
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import Inline
from forefolio.strategy import (
    STRATEGIES,
    AnyStrategy,
    Barbell,
    Classical,
    Composite,
    DrawdownTrigger,
    EqualWeight,
    ForecastDriven,
    Momentum,
    Needs,
    Policy,
    RegimeAware,
    SignalDriven,
    Strategy,
    VolatilityTarget,
    following,
    horizon_of,
    needs_of,
    walking,
    with_forecasts,
    without_forecasts,
)

RECIPE = Recipe(
    features=("momentum",),
    models=(BayesianRidge(),),
    baselines=(HistoricalMean(),),
    walk=WalkForward(first=300, refit=200),
)
LEARNING = ForecastDriven(recipe=RECIPE, horizon=5)


class Careful(Component):
    """A strategy of one's own that holds an overlay, which holds what follows forecasts."""

    inner: AnyStrategy = VolatilityTarget(strategy=LEARNING)

    @property
    def name(self) -> str:
        return "careful"

    @property
    def parts(self) -> Mapping[str, Strategy]:
        return {"inner": self.inner}

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        return self.model_copy(update=parts)

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        return (yield from self.inner.prepare(market, sessions, executor))


HOLDING = [
    VolatilityTarget(strategy=LEARNING),
    DrawdownTrigger(strategy=LEARNING),
    RegimeAware(offence=EqualWeight(), defence=LEARNING),
    Barbell(risky=LEARNING),
    Careful(),
    LEARNING,
    SignalDriven(recipe=RECIPE, horizon=5),
]


@pytest.mark.parametrize("strategy", HOLDING, ids=lambda one: one.name)
def test_what_it_asks_for_is_said_whatever_holds_it(strategy: Strategy) -> None:
    assert needs_of(strategy) == Needs(RECIPE, 5) and horizon_of(strategy) == 5
    plain = without_forecasts(strategy)
    assert needs_of(plain) is None and isinstance(plain, Strategy)
    assert without_forecasts(plain) is plain
    later = needs_of(walking(strategy, WalkForward(first=500)))
    assert later is not None and later.recipe.walk.first == 500 and later.horizon == 5


def test_what_follows_no_forecasts_asks_for_none() -> None:
    for strategy in (EqualWeight(), Momentum(), Classical(), VolatilityTarget()):
        assert needs_of(strategy) is None and following(strategy) is None
        assert without_forecasts(strategy) is strategy
    assert horizon_of(EqualWeight()) is None and horizon_of(VolatilityTarget()) is None


def test_every_strategy_that_holds_another_says_so() -> None:
    for kind in STRATEGIES:
        one = kind()
        held = {name: part for name, part in one if isinstance(part, Strategy)}
        held.pop("fallback", None)
        several = [part for _, part in one if isinstance(part, tuple)]
        held |= {
            str(n): own
            for part in several
            for n, own in enumerate(part, 1)
            if isinstance(own, Strategy)
        }
        assert isinstance(one, Composite) is bool(held)
        assert not held or one.parts == held  # type: ignore[attr-defined]
        assert not held or one.with_parts(held) == one  # type: ignore[attr-defined]


@pytest.mark.parametrize("strategy", [LEARNING, VolatilityTarget(strategy=LEARNING)])
def test_forecasts_that_are_made_already_are_not_made_again(strategy: Strategy) -> None:
    market = simulated_market(sessions=420, assets=4)
    forecasts = finish(gather(RECIPE, (5,), market, Inline()))
    sessions = market.sessions[[400, 410]]
    supplied = with_forecasts(strategy, RECIPE, forecasts)
    ready = finish(supplied.prepare(market, sessions, _Refusing()))
    afresh = finish(strategy.prepare(market, sessions, Inline()))
    held = np.zeros(4)
    known = market.as_of(sessions[1])
    np.testing.assert_array_equal(ready(known, held).weights, afresh(known, held).weights)
    assert with_forecasts(strategy, Recipe(), forecasts) is strategy
    assert supplied.name == strategy.name


class _Refusing(Inline):
    def submit(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise AssertionError("nothing should have to be computed")
