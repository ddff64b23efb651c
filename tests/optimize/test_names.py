"""A limit that matches nothing is refused wherever it enters; what is not alive yet is no typo."""

import gc
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import pytest

from forefolio.backtest import Trading, allocate, backtest
from forefolio.core.errors import BadConstraint, UnclearName
from forefolio.core.events import Job, finish
from forefolio.core.units import Array, Dates
from forefolio.library.advice import AllocationStrategy
from forefolio.market import Market, simulated_market
from forefolio.optimize import (
    ActiveRisk,
    Allocation,
    BlackLitterman,
    Bounds,
    Budget,
    EfficientFrontier,
    Forbidden,
    Group,
    LongOnly,
    MaximumSharpe,
    MinimumTailLoss,
    MinimumTrackingError,
    MinimumVariance,
    MustHold,
    Optimizer,
    PortfolioOptimizer,
    RiskParity,
    Soft,
    TrackingError,
    optimize_portfolio,
    parse_constraint,
)
from forefolio.optimize.names import _LOOKED_THROUGH, Universe, check_names
from forefolio.optimize.portfolio import expected_outlook
from forefolio.risk import LedoitWolf
from forefolio.runs.executors import Inline
from forefolio.strategy import Classical, ForecastDriven, Policy, Strategy, VolatilityTarget

BASE = ("sum(w) == 1", "w >= 0")
ASSETS = ("AAA", "BBB", "CCC", "IT", "LATER", "GONE")
SECTORS = ("Financials", "Financials", "Energy", "Technology", "Utilities", "Utilities")
MISSPELT = "finanicals <= 5%"


@pytest.fixture(scope="module")
def market() -> Market:
    """Six assets; LATER is listed after 600 sessions, and GONE is gone by then."""
    made = simulated_market(seed=3, sessions=800, assets=6)
    moves = np.random.default_rng(3).normal(0.0005, 0.01, (800, 6))  # of one size: all are held
    close = 50.0 * np.exp(moves.cumsum(axis=0))
    close[:600, 4], close[600:, 5] = np.nan, np.nan
    return Market(
        sessions=made.sessions, assets=ASSETS, sectors=SECTORS, close=close, periods_per_year=252.0
    )


def under(*words: str) -> Classical:
    return Classical(optimizer=MinimumVariance(constraints=(*BASE, *words)))


def followed(strategy: Strategy, market: Market) -> Array:
    got = finish(backtest(strategy, Trading(warmup=300), market, Inline()))
    return got.weights


ENTRIES: dict[str, Callable[[Market, str], object]] = {
    "optimize_portfolio": lambda m, w: optimize_portfolio(m, constraints=(*BASE, w)),
    "another objective": lambda m, w: optimize_portfolio(
        m, objective=MinimumTailLoss(), constraints=(*BASE, w)
    ),
    "optimizer": lambda m, w: PortfolioOptimizer(constraints=(*BASE, w)).optimize(m),
    "explain": lambda m, w: PortfolioOptimizer(constraints=(*BASE, w)).explain(m),
    "frontier": lambda m, w: PortfolioOptimizer(constraints=(*BASE, w)).frontier(m),
    "allocate": lambda m, w: finish(allocate(under(w), m, Inline(), np.zeros(6))),
    "by name": lambda m, w: AllocationStrategy(under(w)).allocate(m),
    "backtest": lambda m, w: followed(under(w), m),
    "overlay": lambda m, w: followed(VolatilityTarget(strategy=under(w)), m),
    "if possible": lambda m, w: followed(under(f"{w} if possible"), m),
    "forecasts": lambda m, w: followed(
        ForecastDriven(optimizer=MaximumSharpe(constraints=(*BASE, w))),
        m,
    ),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (MISSPELT, r"no sector 'finanicals'; did you mean Financials\?"),
        ("AAAA <= 5%", r"no asset AAAA; did you mean AAA\?"),
        ("exclude BBBB", r"no asset BBBB; did you mean BBB\?"),
        ("TECH <= 5%", 'no asset TECH; for the sector Technology write "Technology"'),
        ("ZZZZ <= 5%", "no asset ZZZZ; there are AAA, BBB, CCC"),
        ("CVAR <= 5%", "no asset CVAR; a limit on it is written in small letters"),
    ],
)
def test_a_limit_that_matches_nothing_is_refused(
    entry: str, words: str, hint: str, market: Market
) -> None:
    with pytest.raises(UnclearName, match=hint) as caught:
        ENTRIES[entry](market, words)
    assert "\n" not in str(caught.value)


@dataclass(frozen=True)
class Own:
    """A strategy of somebody's own, which no check ahead can look into."""

    name: str = "own"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        def decide(known: Market, current: Array) -> Allocation:  # noqa: ARG001
            outlook = expected_outlook(known.select(["AAA", "BBB"]), None, LedoitWolf(), 21, None)
            limits = (Budget(), LongOnly(), parse_constraint(MISSPELT))
            found = MinimumVariance(constraints=limits).allocate(outlook.listed_in(known))
            return found.spread(known.assets, np.isin(known.assets, ["AAA", "BBB"]))

        yield from ()
        return decide


def test_a_strategy_of_ones_own_is_refused_at_its_first_decision(market: Market) -> None:
    with pytest.raises(UnclearName, match="did you mean Financials"):
        followed(Own(), market)


@pytest.mark.parametrize("words", ["LATER <= 5%", "GONE <= 5%", "utilities <= 5%", "exclude LATER"])
def test_what_is_listed_later_or_no_more_is_no_misspelling(words: str, market: Market) -> None:
    weights = followed(under(words), market)
    free = followed(under(), market)
    late = slice(-50, None)  # when LATER has a history
    assert free[late, 4].min() > 0.051 and free[300:500, 5].max() > 0.051
    drift = 0.01  # of prices between two decisions
    limited = {"LATER": [4], "GONE": [5], "utilities": [4, 5], "exclude": [4]}[words.split()[0]]
    assert weights[:, limited].sum(axis=1).max() <= 0.05 + drift
    held = optimize_portfolio(market.as_of(market.sessions[500]), constraints=(*BASE, words))
    assert "LATER" not in held.weights


def test_a_capitalised_sector_is_a_sector(market: Market) -> None:
    for objective in (MinimumVariance(), MaximumSharpe(), MinimumTailLoss()):
        for words in ("FINANCIALS <= 5%", "Financials <= 5%", '"financials" <= 5%'):
            got = optimize_portfolio(market, objective=objective, constraints=(*BASE, words))
            held = sum(got.weights.get(asset, 0.0) for asset in ("AAA", "BBB"))
            assert held == pytest.approx(0.05, abs=1e-6), (objective.kind, words)


def test_a_word_that_is_an_asset_and_a_sector_is_refused_until_it_is_quoted(market: Market) -> None:
    both = replace(market, sectors=("IT", "IT", "Energy", "Chips", "Chips", "Chips"))
    with pytest.raises(UnclearName, match=r"IT is an asset, and IT is a sector; write sum\(IT\)"):
        optimize_portfolio(both, constraints=(*BASE, "IT <= 1%"))
    free = optimize_portfolio(both, constraints=BASE).weights
    for words, names in (("'IT' <= 1%", ["IT"]), ('"IT" <= 1%', ["AAA", "BBB"])):
        assert sum(free.get(name, 0.0) for name in names) > 0.02
        got = optimize_portfolio(both, constraints=(*BASE, words)).weights
        assert sum(got.get(name, 0.0) for name in names) <= 0.01 + 1e-9
    listed = optimize_portfolio(both, constraints=(*BASE, "w <= 60%, IT <= 1%")).weights
    assert listed.get("IT", 0.0) <= 0.01 + 1e-9  # after a comma only assets stand


def test_a_part_of_two_sectors_is_neither(market: Market) -> None:
    parts = replace(market, sectors=("Bio Tech", "Bio Tech", "Info Tech", "Energy", "", ""))
    with pytest.raises(UnclearName, match="'tech' is a part of Bio Tech and Info Tech"):
        optimize_portfolio(parts, constraints=(*BASE, "tech <= 5%"))
    later = replace(parts, sectors=("Bio Tech", "Bio Tech", "Energy", "Energy", "Info Tech", ""))
    with pytest.raises(UnclearName):  # the meaning of a word does not change when one is listed
        followed(under("tech <= 5%"), later.as_of(later.sessions[550]))


@pytest.mark.parametrize(
    "wrong",
    [
        MinimumVariance(constraints=(Budget(), LongOnly(), Bounds(overrides=(("X", 0.0, 0.1),)))),
        MinimumVariance(constraints=(Budget(), LongOnly(), Group(assets=("AAA", "X"), upper=0.1))),
        MinimumVariance(constraints=(Budget(), LongOnly(), Forbidden(assets=("AAA", "X")))),
        MinimumVariance(
            constraints=(Budget(), LongOnly(), Soft(constraint=MustHold(assets=("X",))))
        ),
        MinimumVariance(
            constraints=(Budget(), TrackingError(at_most=0.5, benchmark=(("AAA", 0.5), ("X", 0.5))))
        ),
        MinimumTrackingError(benchmark=(("AAA", 0.5), ("X", 0.5))),
        BlackLitterman(views=("AAA - X = 3% per year",)),
        BlackLitterman(aversion=2.0, benchmark=(("X", 1.0),)),
        RiskParity(budgets=(("AAA", 2.0), ("X", 1.0))),
    ],
)
def test_every_name_in_an_objective_is_somebodys(wrong: Optimizer, market: Market) -> None:
    with pytest.raises(UnclearName, match="no asset X"):
        optimize_portfolio(market, objective=wrong)
    alive = market.select(ASSETS[:4])
    outlook = expected_outlook(alive, None, LedoitWolf(), 21, None)
    with pytest.raises(UnclearName, match="no asset X"):  # also where nobody checks ahead
        wrong.allocate(outlook)
    with pytest.raises(UnclearName, match="no asset X"):
        finish(backtest(Classical(optimizer=wrong), Trading(), market, Inline()))


def test_a_benchmark_of_a_frontier_is_somebodys(market: Market) -> None:
    outlook = expected_outlook(market.select(ASSETS[:4]), None, LedoitWolf(), 21, None)
    asked = EfficientFrontier(risk_measure=ActiveRisk(benchmark=(("X", 1.0),)))
    with pytest.raises(UnclearName, match="the benchmark 100% X: there is no asset X"):
        finish(asked.trace(outlook))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("value at risk <= 2%", "cvar <= 2% limits the mean loss beyond it"),
        ("loss <= 20%", "worst loss <= 5%"),
        ("Sharpe >= 1", "maximised, not limited"),
        ("cash <= 10%", "say what is invested"),
    ],
)
def test_what_is_measured_and_has_no_limit_is_no_sector(words: str, told: str) -> None:
    with pytest.raises(BadConstraint, match=told):
        parse_constraint(words)


def test_one_word_has_one_meaning() -> None:
    """The drawdown is that of the portfolio; the feature of the assets is an exposure."""
    assert str(parse_constraint("exposure to drawdown >= -0.2")) == "exposure to drawdown >= -0.2"
    assert str(Group(sector="Cash", upper=0.1)) == '"Cash" <= 10%'
    assert parse_constraint('"Cash" <= 10%') == Group(sector="Cash", upper=0.1)


def test_a_component_is_looked_through_once_and_forgotten_with_itself() -> None:
    objective = MinimumVariance(constraints=(Group(name="two", assets=("A", "B"), upper=0.4),))
    known, other = Universe(("A", "B")), Universe(("A", "C"))
    for _ in range(2):
        check_names(objective, known)
        with pytest.raises(UnclearName, match="B"):
            check_names(objective, other)
    place = id(objective)
    assert place in _LOOKED_THROUGH
    del objective
    gc.collect()
    assert place not in _LOOKED_THROUGH
