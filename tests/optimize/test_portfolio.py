from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.core.errors import (
    BadConstraint,
    DataError,
    Infeasible,
    InputError,
    UnclearName,
    UnknownTicker,
)
from forefolio.forecast.models.baselines import shrunk_drift
from forefolio.market import Market, Sample, load_market, simulated_market
from forefolio.optimize import (
    Allocation,
    BlackLitterman,
    Bounds,
    Budget,
    EqualWeighted,
    ExpectedReturn,
    Group,
    HierarchicalRiskParity,
    InverseVolatilityWeighted,
    LongOnly,
    MaximumSharpe,
    MinimumTrackingError,
    MinimumVariance,
    Outlook,
    PortfolioOptimizer,
    RiskParity,
    SquareRootImpact,
    TargetReturn,
    TradingCost,
    optimize_portfolio,
)
from forefolio.risk import LedoitWolf, SampleCovariance

EXPECTED = {"A0": 0.08, "A1": 0.10, "A2": 0.06, "A3": 0.12, "A4": 0.07, "A5": 0.05}


def frame_of(market: Market) -> pd.DataFrame:
    index = pd.DatetimeIndex(market.sessions)
    return pd.DataFrame(market.close, index=index, columns=list(market.assets))


def test_a_market_and_a_frame_of_its_closes_give_the_same_portfolio(market: Market) -> None:
    from_market = optimize_portfolio(market, EXPECTED)
    from_frame = optimize_portfolio(frame_of(market), pd.Series(EXPECTED))
    assert from_frame.weights == pytest.approx(from_market.weights)
    assert from_frame.as_of == market.sessions[-1]


def test_the_numbers_are_annual_and_add_up(market: Market) -> None:
    got = optimize_portfolio(market, EXPECTED, risk=SampleCovariance(window=500))
    weights = np.array([got.weights.get(asset, 0.0) for asset in market.assets])
    covariance = np.cov(market.returns[-500:], rowvar=False) * 252
    assert got.expected_return == pytest.approx(weights @ list(EXPECTED.values()))
    assert got.volatility == pytest.approx(np.sqrt(weights @ covariance @ weights))
    cash = (1.02 ** (1 / 252) - 1) * 252  # what it earns everywhere
    assert got.sharpe == pytest.approx((got.expected_return - cash) / got.volatility)
    assert got.cash == pytest.approx(0, abs=1e-12)


def test_cash_earns_what_the_market_says(market: Market) -> None:
    with_cash = replace(market, series={"cash": np.full(len(market), 0.02 / 252)})
    half = optimize_portfolio(with_cash, EXPECTED, objective=EqualWeighted(invested=0.5))
    mean = np.mean(list(EXPECTED.values()))
    assert half.expected_return == pytest.approx(0.5 * mean + 0.5 * 0.02)
    assert half.sharpe == pytest.approx((half.expected_return - 0.02) / half.volatility)


def test_without_forecasts_past_means_are_shrunk(market: Market) -> None:
    got = optimize_portfolio(market, objective=MinimumVariance())
    means = np.nanmean(market.returns, axis=0) * 252
    assert means.min() < got.expected_return < means.max()


def test_dust_is_dropped_and_the_constraints_still_hold() -> None:
    market = simulated_market(seed=8, assets=12)
    low = simulated_market(seed=9, assets=12).close[-1]
    mean = {asset: 0.05 + 1e-4 * x for asset, x in zip(market.assets, low, strict=True)}
    limits = (Budget(), LongOnly(), Bounds(upper=0.25), Group(sector="Tech", upper=0.3))
    got = optimize_portfolio(market, mean, constraints=limits)
    weights = np.array(list(got.weights.values()))
    assert weights.min() >= 1e-4
    assert weights.max() <= 0.25 + 1e-12
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    tech = sum(w for a, w in got.weights.items() if int(a[1:]) % 3 == 0)
    assert tech <= 0.3 + 1e-12


def test_what_is_not_held_anyway_is_no_dust(monkeypatch: pytest.MonkeyPatch) -> None:
    market, asked = simulated_market(assets=20), list[int]()
    allocate = MinimumVariance.allocate

    def counted(objective: MinimumVariance, outlook: Outlook) -> Allocation:
        asked.append(len(outlook.assets))
        return allocate(objective, outlook)

    monkeypatch.setattr(MinimumVariance, "allocate", counted)
    held = optimize_portfolio(market, objective=MinimumVariance()).weights
    assert len(held) < len(market.assets)
    assert asked == [len(market.assets)]


def test_a_weight_that_a_constraint_wants_is_not_dust(market: Market) -> None:
    limits = (Budget(), LongOnly(), Bounds(overrides=(("A0", 5e-5, 5e-5),)))
    kept = optimize_portfolio(market, EXPECTED, constraints=limits)
    assert sum(kept.weights.values()) == pytest.approx(1)
    floor = (Budget(), LongOnly(), Group(name="one", assets=("A0",), lower=5e-5, upper=5e-5))
    wanted = optimize_portfolio(market, EXPECTED, constraints=floor)
    assert wanted.weights["A0"] == pytest.approx(5e-5)


def test_what_no_longer_trades_is_left_out_and_said(market: Market) -> None:
    close = market.close.copy()
    close[-20:, 3] = np.nan
    got = optimize_portfolio(replace(market, close=close), EXPECTED)
    assert "A3" not in got.weights
    assert got.notes == ("left out, no price for more than 10 sessions: A3",)


def test_constraints_in_words(market: Market) -> None:
    words = ["sum(w) == 1", "0 <= w <= 50%", "names <= 3", "w >= 10% or 0"]
    got = optimize_portfolio(market, EXPECTED, constraints=words)
    weights = np.array(list(got.weights.values()))
    assert len(weights) <= 3 and weights.min() >= 0.1 - 1e-9 and weights.max() <= 0.5 + 1e-9
    assert got.gap < 1e-5 and got.status == "Clarabel"
    with pytest.raises(BadConstraint, match="expected"):
        optimize_portfolio(market, EXPECTED, constraints=["w <= lots"])


def test_views_take_the_constraints_of_what_they_are_about(market: Market) -> None:
    views = BlackLitterman(views=("A0 - A3 = 20% per year",))
    got = optimize_portfolio(
        market, EXPECTED, objective=views, constraints=["sum(w) == 1", "0 <= w <= 40%"]
    )
    without = optimize_portfolio(market, EXPECTED, constraints=["sum(w) == 1", "0 <= w <= 40%"])
    assert max(got.weights.values()) <= 0.4 + 1e-9
    assert got.weights["A0"] > without.weights.get("A0", 0.0)


def test_the_benchmark_keeps_its_assets_when_dust_is_dropped(market: Market) -> None:
    limits = ["sum(w) == 1", "w >= 0", "A0 <= 0.005%"]
    got = optimize_portfolio(market, objective=MinimumTrackingError(), constraints=limits)
    assert "A0" not in got.weights
    covariance = LedoitWolf()(market).matrix
    equal = np.full(6, 1 / 6)
    held = np.array([got.weights.get(asset, 0.0) for asset in market.assets])
    rest = np.array([0.0, *np.full(5, 0.2)])
    assert (held - equal) @ covariance @ (held - equal) <= (rest - equal) @ covariance @ (
        rest - equal
    )


def test_impact_is_planned_for_the_capital(market: Market) -> None:
    terms = (ExpectedReturn(), TradingCost(cost=SquareRootImpact(coefficient=3.0)))
    costly = MaximumSharpe(terms=terms)
    with pytest.raises(InputError, match="capital"):
        optimize_portfolio(market, EXPECTED, objective=costly)
    small, large = (
        optimize_portfolio(market, EXPECTED, objective=costly, capital=capital)
        for capital in (1e3, 1e12)
    )
    assert max(large.weights.values()) < max(small.weights.values())


def test_constraints_about_nothing_are_told(market: Market) -> None:
    limits = (
        Budget(),
        LongOnly(),
        Bounds(upper=0.5, overrides=(("A5", 0.0, 0.1),)),
        Group(assets=("A4", "A5"), upper=0.3),
    )
    expected = {asset: mean for asset, mean in EXPECTED.items() if asset not in ("A4", "A5")}
    got = optimize_portfolio(market, expected, constraints=limits)
    assert [note.split(":")[0] for note in got.notes] == ["A5", "A5", "A4 + A5 at most 30 %"]


def test_no_portfolio_of_real_stocks_is_better() -> None:
    market = load_market(Sample(), ["AAPL", "XOM", "JNJ", "WMT", "JPM", "GE"]).market
    risk = LedoitWolf(window=504)
    best = optimize_portfolio(
        market, risk=risk, constraints=(Budget(), LongOnly(), Bounds(upper=0.4))
    )
    covariance = risk(market).matrix * market.periods_per_year
    excess = shrunk_drift(market.returns) * market.periods_per_year
    others = np.random.default_rng(0).dirichlet(np.ones(6), 20_000)
    others = others[others.max(axis=1) <= 0.4]
    cash = (1.02 ** (1 / market.periods_per_year) - 1) * market.periods_per_year
    ratios = (others @ excess - cash) / np.sqrt(
        np.einsum("ki,ij,kj->k", others, covariance, others)
    )
    assert 0.97 * best.sharpe < ratios.max() <= best.sharpe


def test_forecasts_choose_the_assets(market: Market) -> None:
    got = optimize_portfolio(market, {"A1": 0.1, "A4": 0.1})
    assert set(got.weights) <= {"A1", "A4"}


def test_bad_requests_are_told_what_is_wrong(market: Market) -> None:
    with pytest.raises(UnknownTicker, match="AAPL"):
        optimize_portfolio(market, {"AAPL": 0.1})
    with pytest.raises(DataError, match="expected return of A1 is not known"):
        optimize_portfolio(market, {"A0": 0.1, "A1": float("nan")})
    with pytest.raises(InputError, match="EqualWeighted takes no constraints"):
        optimize_portfolio(market, objective=EqualWeighted(), constraints=(Budget(),))
    with pytest.raises(Infeasible, match="from 50\\.0 % to at most 12\\.0 % a year"):
        optimize_portfolio(market, EXPECTED, objective=TargetReturn(annual_return=0.5))
    nothing = market.close.copy()
    nothing[-11:] = np.nan
    with pytest.raises(DataError, match="nothing that a forecast is about has traded lately"):
        optimize_portfolio(replace(market, close=nothing))


def test_heuristics_on_a_market(market: Market) -> None:
    equal = optimize_portfolio(market, objective=EqualWeighted())
    assert list(equal.weights.values()) == pytest.approx([1 / 6] * 6)
    inverse = optimize_portfolio(
        market, objective=InverseVolatilityWeighted(), risk=SampleCovariance()
    )
    risks = np.array(list(inverse.weights.values())) * market.returns[-250:].std(axis=0)
    np.testing.assert_allclose(risks, risks[0])
    still = market.close.copy()
    still[:, 2] = 10.0
    with pytest.raises(DataError, match="A2: no volatility"):
        optimize_portfolio(replace(market, close=still), objective=InverseVolatilityWeighted())


def test_the_best_ratio_is_better_than_any_other(market: Market) -> None:
    best = optimize_portfolio(market, EXPECTED, objective=MaximumSharpe())
    for other in (EqualWeighted(), InverseVolatilityWeighted(), MinimumVariance()):
        assert optimize_portfolio(market, EXPECTED, objective=other).sharpe <= best.sharpe + 1e-9


def test_a_sector_is_known_by_a_part_of_its_name_and_a_misspelt_one_is_refused() -> None:
    market = simulated_market(assets=6)
    assert set(market.sectors) == {"Tech", "Energy", "Health"}
    held = optimize_portfolio(market, constraints=["sum(w) == 1", "w >= 0", "heal <= 1%"])
    health = [
        w for a, w in held.weights.items() if market.sectors[market.assets.index(a)] == "Health"
    ]
    assert sum(health) <= 0.01 + 1e-9
    with pytest.raises(UnclearName, match=r"there is no sector 'tehc'; did you mean Tech\?"):
        optimize_portfolio(market, constraints=["sum(w) == 1", "w >= 0", "tehc <= 30%"])


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        (ff.EqualWeight(), "it is a strategy: follow it in a backtest"),
        (MaximumSharpe, r"give MaximumSharpe\(\), with its brackets"),
        ("maximum_sharpe", "an objective has allocate"),
    ],
)
def test_what_is_no_objective_is_refused_at_once(wrong: Any, remedy: str, market: Market) -> None:
    with pytest.raises(InputError, match=remedy):
        optimize_portfolio(market, objective=wrong)
    with pytest.raises(InputError, match=remedy):
        PortfolioOptimizer(objective=wrong)


def test_a_limit_on_trades_says_that_nothing_is_held() -> None:
    market = simulated_market(seed=2, sessions=600, assets=3)
    limits = ("sum(w) == 1", "w >= 0", "turnover <= 2%")
    first = optimize_portfolio(market, constraints=limits)
    assert any("turnover <= 2%" in note and "nothing is held" in note for note in first.notes)


def test_how_many_names_are_held_is_no_idle_limit() -> None:
    market = simulated_market(seed=2, sessions=600, assets=4)
    limits = ("names <= 3", "names >= 2", "w >= 1% or 0", "names >= 2 if possible")
    chosen = optimize_portfolio(market, constraints=limits)
    assert not [note for note in chosen.notes if "limits nothing" in note]


@pytest.mark.parametrize("objective", [EqualWeighted(), HierarchicalRiskParity(), RiskParity()])
def test_where_nothing_is_proved_there_is_no_gap(objective: Any) -> None:
    market = simulated_market()
    assert optimize_portfolio(market, objective=objective).gap == np.inf
    assert optimize_portfolio(market, objective=MinimumVariance()).gap < 1e-9
