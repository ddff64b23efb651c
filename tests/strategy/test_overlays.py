from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from forefolio.backtest import Trading, allocate, backtest
from forefolio.core.errors import DataError
from forefolio.core.events import finish
from forefolio.forecast import HAR, RangeHAR
from forefolio.market import Market, MonthStart, simulated_market
from forefolio.market.returns import ewma_volatility
from forefolio.optimize import Allocation
from forefolio.risk import Covariance, VolatilityTimesCorrelation
from forefolio.runs.executors import executor
from forefolio.strategy import (
    Barbell,
    Classical,
    DrawdownTrigger,
    EqualWeight,
    ForecastDriven,
    InverseVolatility,
    RegimeAware,
    SignalDriven,
    Strategy,
    Turbulence,
    VolatilityTarget,
    strategy_named,
)
from forefolio.strategy.overlays import expected_volatility
from forefolio.studies.strategy import StrategyStudy


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(5, sessions=700, assets=4)


def decided(strategy: Strategy, market: Market) -> Allocation:
    return finish(allocate(strategy, market, executor("inline:"), np.zeros(len(market.assets))))


def part(allocation: Allocation, name: str) -> float:
    return dict(allocation.parts)[name]


def test_a_volatility_target_holds_what_is_expected_to_move_so_much(market: Market) -> None:
    whole = decided(EqualWeight(), market)
    before = expected_volatility(VolatilityTimesCorrelation(), market, whole.weights).a_year
    half = decided(VolatilityTarget(strategy=EqualWeight(), target=before / 2), market)
    np.testing.assert_allclose(half.weights, whole.weights / 2, rtol=1e-12)
    assert half.cash == pytest.approx(0.5) and part(half, "exposure") == pytest.approx(0.5)
    everything = decided(VolatilityTarget(strategy=EqualWeight(), target=1.5), market)
    np.testing.assert_array_equal(everything.weights, whole.weights)


def test_the_volatility_of_a_year_is_the_root_of_w_c_w(market: Market) -> None:
    weights = np.array([0.5, 0.0, 0.5, 0.0])
    matrix = VolatilityTimesCorrelation()(market.select(["A0", "A2"])).matrix
    by_hand = np.sqrt(0.25 * matrix.sum() * market.periods_per_year)
    said = expected_volatility(VolatilityTimesCorrelation(), market, weights).a_year
    assert said == pytest.approx(float(by_hand), rel=1e-12)
    assert expected_volatility(VolatilityTimesCorrelation(), market, np.zeros(4)).a_year == 0.0


def falling(days: int) -> Market:
    """Four assets that rise for 300 sessions and fall by one percent on each of the last ones."""
    steps = np.concatenate([np.full(300, 1.001), np.full(days, 0.99)])
    wiggle = np.random.default_rng(0).normal(0, 1e-4, (300 + days, 4))
    base = simulated_market(1, sessions=300 + days, assets=4)
    return Market(
        sessions=base.sessions,
        assets=base.assets,
        close=np.cumprod(steps)[:, None] * (1 + wiggle),
        periods_per_year=base.periods_per_year,
    )


@pytest.mark.parametrize(("days", "exposure"), [(14, 1.0), (18, 0.5)])  # down 13 % and 17 %
def test_a_drawdown_beyond_the_trigger_halves_the_exposure(days: int, exposure: float) -> None:
    allocation = decided(DrawdownTrigger(strategy=EqualWeight()), falling(days))
    assert allocation.weights.sum() == pytest.approx(exposure)


def test_an_old_peak_is_forgotten() -> None:
    trigger = DrawdownTrigger(strategy=EqualWeight(), window=5)
    assert decided(trigger, falling(18)).weights.sum() == pytest.approx(1.0)


def test_stress_is_an_average_of_what_was_known(market: Market) -> None:
    daily, slow = (
        Turbulence(persistence=1).history(market),
        Turbulence(persistence=5).history(market),
    )
    assert np.isnan(daily[0]) and ((slow[400:] >= 0) & (slow[400:] <= 1)).all()
    for row in (400, 555, 699):
        assert slow[row] == pytest.approx(daily[row - 4 : row + 1].mean(), abs=1e-12)
    np.testing.assert_array_equal(slow[:500], Turbulence(persistence=5).history(market[:500]))


def test_regime_aware_lies_between_its_two_strategies(market: Market) -> None:
    mixed = decided(RegimeAware(offence=EqualWeight(), defence=InverseVolatility()), market)
    bold, shy = decided(EqualWeight(), market), decided(InverseVolatility(), market)
    stress = Turbulence().history(market)[-1]
    assert part(mixed, "defence") == pytest.approx(stress)
    expected = (1 - stress) * bold.weights + stress * shy.weights
    np.testing.assert_allclose(mixed.weights, expected, rtol=1e-12)


def test_before_regimes_are_known_it_holds_half_of_each(market: Market) -> None:
    early = decided(RegimeAware(), market[:200])
    assert part(early, "offence") == 0.5 and "no regimes are estimated yet" in early.notes[-1]


def test_overlays_are_backtested_and_fully_invested_or_less(market: Market) -> None:
    pool = executor("inline:")
    for strategy in (VolatilityTarget(), DrawdownTrigger(), RegimeAware()):
        trading = Trading(decide=MonthStart(), warmup=400)
        result = finish(backtest(strategy, trading, market, pool))
        assert not result.failures
        assert (result.targets >= -1e-9).all() and (result.targets.sum(axis=1) <= 1 + 1e-9).all()


def test_a_study_forecasts_for_the_part_of_a_strategy_that_asks() -> None:
    study = StrategyStudy(
        strategy=VolatilityTarget(strategy=ForecastDriven(horizon=10)), horizons=(5,)
    )
    assert study.forecast_horizons == (5, 10) and study.recipe == ForecastDriven().recipe
    plain = study.model_copy(update={"machine_learning": False}).followed
    assert plain == VolatilityTarget(strategy=ForecastDriven().fallback)
    short = study.within(700)
    assert short.recipe.walk.first == 349
    assert short.followed == plain


def test_a_strategy_by_its_name() -> None:
    assert strategy_named("Volatility-Target") == VolatilityTarget()
    assert strategy_named("signals") == SignalDriven()
    with pytest.raises(Exception, match="did you mean 'barbell'"):
        strategy_named("barbel")


def without_ranges(market: Market, asset: int, sessions: int) -> Market:
    changed = {name: np.array(getattr(market, name)) for name in ("open", "high", "low")}
    for bars in changed.values():
        bars[-sessions:, asset] = np.nan
    return replace(market, **changed)  # type: ignore[arg-type]


CAREFUL = VolatilityTimesCorrelation(volatility=RangeHAR())


@pytest.mark.parametrize("missing", [4, 6, 40, 100, 1200])
def test_missing_ranges_are_no_reason_to_hold_more(missing: int) -> None:
    market = simulated_market(seed=1, sessions=1500, assets=6)
    target = VolatilityTarget(strategy=EqualWeight(), target=0.05, risk=CAREFUL)
    whole = decided(target, market)
    gappy = decided(target, without_ranges(market, 0, missing))
    assert gappy.weights.sum() == pytest.approx(whole.weights.sum(), rel=0.1)
    told = "A0: ranges are missing for a week or more: volatility is forecast from closes alone"
    assert gappy.notes == ((told,) if missing >= 5 else ())
    assert whole.notes == ()


def test_a_barbell_of_missing_ranges_is_as_careful() -> None:
    market = simulated_market(seed=1, sessions=1500, assets=6)
    barbell = Barbell(safe=("A5",), risky=EqualWeight(), target=0.05, risk=CAREFUL)
    whole = decided(barbell, market)
    gappy = decided(barbell, without_ranges(market, 0, 100))
    assert part(gappy, "risky") == pytest.approx(part(whole, "risky"), rel=0.1)
    assert "closes alone" in gappy.notes[-1]


@dataclass(frozen=True)
class Ignorant:
    """Knows the risk of everything but one asset."""

    unknown: str

    def __call__(self, market: Market) -> Covariance:
        matrix = np.eye(len(market.assets)) * 1e-4
        if self.unknown in market.assets:
            matrix[market.assets.index(self.unknown)] = np.nan
        return Covariance(assets=market.assets, matrix=matrix)


@pytest.mark.parametrize("kind", ["target", "barbell", "classical"])
def test_a_risk_that_is_not_known_is_refused(market: Market, kind: str) -> None:
    risk = Ignorant("A2")
    strategies: dict[str, Any] = {
        "target": VolatilityTarget.model_construct(strategy=EqualWeight(), risk=risk),
        "barbell": Barbell.model_construct(safe=("A3",), risky=EqualWeight(), risk=risk),
        "classical": Classical.model_construct(risk=risk),
    }
    with pytest.raises(DataError, match=f"risk of A2 is not known on {market.sessions[-1]}"):
        decided(strategies[kind], market)


def test_what_the_volatility_model_is_silent_about_has_that_of_ewma() -> None:
    market = simulated_market(seed=1, sessions=700, assets=4)
    close = np.array(market.close)
    close[-120:, 1] = close[-120, 1]  # it stood still: HAR knows no logarithm of nothing
    market = replace(market, close=close, open=None, high=None, low=None)
    covariance = VolatilityTimesCorrelation(volatility=HAR())(market)
    assert covariance.std[1] == pytest.approx(ewma_volatility(market)[-1, 1])
    assert np.isfinite(covariance.matrix).all()
    assert covariance.note.startswith("A1: ") and "EWMA is used instead" in covariance.note
