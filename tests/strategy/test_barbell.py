from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.backtest import Trading, allocate, backtest
from forefolio.core.events import finish
from forefolio.forecast import ForwardReturn
from forefolio.market import Market, simulated_market
from forefolio.optimize import Allocation
from forefolio.runs.executors import executor
from forefolio.strategy import Barbell, DurationTiming, EqualWeight, InverseVolatility
from forefolio.strategy.duration import shrunk_slope

PLAIN = Barbell(risky=EqualWeight(), target=1.5, caution=0.0)


@pytest.fixture(scope="module")
def market() -> Market:
    """A2 and A3 are called what bonds are called."""
    made = simulated_market(5, sessions=700, assets=5)
    return replace(made, assets=("A0", "A1", "SHY", "TLT", "A4"))


def decided(strategy: Barbell, market: Market) -> Allocation:
    return finish(allocate(strategy, market, executor("inline:"), np.zeros(len(market.assets))))


def test_without_evidence_the_safe_sleeve_lends_half_way(market: Market) -> None:
    allocation = decided(PLAIN, market)  # cash, SHY, TLT: half way is SHY
    assert dict(allocation.parts) == pytest.approx(
        {"risky": 0.9, "safe": 0.1, "safe SHY": 0.1, "safe TLT": 0.0}
    )
    np.testing.assert_allclose(allocation.weights, [0.3, 0.3, 0.1, 0.0, 0.3])


def test_without_bonds_it_is_cash(market: Market) -> None:
    allocation = decided(PLAIN.model_copy(update={"safe": ()}), market)
    assert allocation.cash == pytest.approx(0.1)
    np.testing.assert_allclose(allocation.weights, np.full(5, 0.18))


def test_the_ratio_follows_volatility_and_stress(market: Market) -> None:
    bold = decided(PLAIN.model_copy(update={"target": 0.05}), market)
    shy = decided(PLAIN.model_copy(update={"target": 0.05, "caution": 1.0}), market)
    stress = PLAIN.stress.history(market)[-1]
    assert 0 < dict(bold.parts)["risky"] < 0.9
    assert dict(shy.parts)["risky"] == pytest.approx(dict(bold.parts)["risky"] * (1 - stress))


@given(st.floats(0, 1))
def test_the_safe_sleeve_is_always_spent_once(place: float) -> None:
    market = replace(
        simulated_market(2, sessions=130, assets=4), assets=("A0", "SHY", "IEF", "TLT")
    )

    class Fixed(DurationTiming):
        def place(self, known: Market, longest: str) -> float:
            assert longest == "TLT" and known.assets == market.assets
            return place

    lent = Barbell(timing=Fixed())._safe_weights(market)
    cash = 1 - lent.sum()
    assert lent[0] == 0 and (lent >= 0).all() and cash >= -1e-12
    rungs = np.array([cash, *lent[1:]])
    assert rungs @ np.arange(4) / 3 == pytest.approx(place, abs=1e-9)
    assert (rungs > 1e-9).sum() <= 2


def test_a_bond_that_ended_is_not_lent_to(market: Market) -> None:
    close = market.close.copy()
    close[-11:, 3] = np.nan
    ended = replace(market, close=close, open=None, high=None, low=None, volume=None)
    allocation = decided(PLAIN, ended)
    np.testing.assert_allclose(allocation.weights[[2, 3]], [0.05, 0.0])
    assert allocation.cash == pytest.approx(0.05)


def test_it_is_backtested(market: Market) -> None:
    strategy = Barbell(risky=InverseVolatility())
    result = finish(backtest(strategy, Trading(warmup=400), market, executor("inline:")))
    assert not result.failures and (result.targets.sum(axis=1) <= 1 + 1e-9).all()


def rates(skill: float, seed: int = 0, sessions: int = 3000) -> Market:
    """One bond whose returns follow its yield with so much `skill`, and that yield."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.002, sessions)
    level = np.zeros(sessions)
    for row in range(1, sessions):
        level[row] = 0.99 * level[row - 1] + rng.normal(0, 0.14)
    moved = noise + skill * 0.0005 * np.concatenate([[0.0], level[:-1]])
    base = simulated_market(1, sessions=sessions, assets=1)
    return Market(
        sessions=base.sessions,
        assets=("TLT",),
        close=100 * np.exp(np.cumsum(moved))[:, None],
        series={"aaa": 0.05 + 0.005 * level},
        periods_per_year=base.periods_per_year,
    )


def test_duration_follows_yields_where_that_has_paid() -> None:
    timing, market = DurationTiming(window=250), rates(skill=1.0)
    evidence = timing.evidence(market)
    places = {
        row: timing.place(market[: row + 1], "TLT")
        for row in (
            int(np.nanargmax(evidence[1500:])) + 1500,
            int(np.nanargmin(evidence[1500:])) + 1500,
        )
    }
    high, low = places.values()
    assert low < 0.5 < high


def test_without_skill_duration_stays_in_the_middle() -> None:
    places = [
        DurationTiming(window=250).place(rates(skill=-1.0, seed=seed), "TLT") for seed in range(3)
    ]
    assert places == [0.5, 0.5, 0.5]  # what worked the wrong way round is not believed
    assert DurationTiming(window=250).place(rates(1.0)[:400], "TLT") == 0.5  # too few periods


def test_only_periods_that_have_ended_count() -> None:
    timing, market = DurationTiming(window=250), rates(skill=1.0)
    known = market[:2000]
    longer = ForwardReturn(horizon=timing.horizon)(market)[:2000]
    assert np.isnan(ForwardReturn(horizon=timing.horizon)(known)[-timing.horizon - 1 :]).all()
    assert np.isfinite(longer[-1]).all()
    assert timing.place(market.as_of(known.sessions[-1]), "TLT") == timing.place(known, "TLT")


@given(st.integers(0, 50), st.floats(0.1, 10))
def test_a_slope_is_shrunk_and_never_turned_round(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=60)
    y = 0.3 * x + rng.normal(size=60)
    fitted = float(np.polyfit(x, y, 1)[0])
    shrunk = shrunk_slope(x, y)
    assert 0 <= shrunk <= max(fitted, 0.0)
    assert shrunk_slope(x * scale, y) * scale == pytest.approx(shrunk, rel=1e-9, abs=1e-12)
    assert shrunk_slope(x, -2 * np.abs(shrunk) * x - x) == 0.0
    assert shrunk_slope(np.ones(60), y) == 0.0
