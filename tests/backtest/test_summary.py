import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np
import pytest

from forefolio.backtest import (
    BacktestRemark,
    BacktestResult,
    Trading,
    backtest,
    benchmark_result,
    beside_each,
    by_year,
    compare,
    confidence,
    measure,
    side_by_side,
    simple_returns,
    summary,
)
from forefolio.core.errors import InputError
from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.strategy import EqualWeight, InverseVolatility, Momentum, Strategy

MARKET = simulated_market(seed=2)
TRADING = Trading(warmup=300)


def run(strategy: Strategy) -> BacktestResult:
    with ThreadPoolExecutor(1) as executor:
        return finish(backtest(strategy, TRADING, MARKET, executor))


EQUAL, INVERSE = run(EqualWeight()), run(InverseVolatility())


def made(returns: Array, name: str = "made") -> BacktestResult:
    sessions = len(returns) + 1
    return BacktestResult(
        name=name,
        sessions=np.datetime64("2020-01-01") + np.arange(sessions),
        assets=("A",),
        equity=np.concatenate([[1.0], np.cumprod(1.0 + returns)]),
        weights=np.zeros((sessions, 1)),
        decisions=np.empty(0, dtype=np.intp),
        targets=np.empty((0, 1)),
        trades=np.empty((0, 1)),
        costs={},
        gains=np.concatenate([[0.0], returns])[:, None],
        charges=np.zeros(sessions),
        cash_returns=np.zeros(sessions),
        periods_per_year=250.0,
    )


def test_a_summary_agrees_with_the_result_it_is_of() -> None:
    told = summary(EQUAL, benchmark=benchmark_result(MARKET, TRADING))
    assert told.sharpe == EQUAL.sharpe
    assert told.annual_return == EQUAL.annual_return
    assert told.beta is not None and 0.3 < told.beta < 2.0
    assert told.alpha_t is not None and abs(told.alpha_t) < 4.0
    assert told.turnover is not None and told.cost == pytest.approx(2 * told.turnover * 1e-3)
    json.dumps(asdict(told), allow_nan=False)


def test_years_compound_to_the_whole() -> None:
    years = by_year(EQUAL, benchmark=benchmark_result(MARKET, TRADING))
    growth = 1.0
    for told in years.values():
        assert told.total_return is not None
        growth *= 1 + told.total_return
    assert growth == pytest.approx(EQUAL.equity[-1] / EQUAL.equity[0], rel=1e-12)
    assert list(years) == [2011, 2012, 2013, 2014]
    assert sum(told.sessions - 1 for told in years.values()) == len(EQUAL) - 1
    traded = sum((t.turnover or 0.0) * (t.sessions - 1) for t in years.values())
    assert EQUAL.turnover == pytest.approx(traded / (len(EQUAL) - 1))


@pytest.mark.parametrize("returns", [np.empty(0), np.array([0.01]), np.zeros(40)])
def test_degenerate_results_are_told_without_numbers_that_are_none(returns: Array) -> None:
    still = made(returns)
    told = asdict(summary(still, benchmark=still))
    json.dumps(told, allow_nan=False)
    assert told["sharpe"] is None
    assert confidence(still).sharpe is None
    assert compare(still, still).p_value is None
    assert "cannot be compared" in compare(still, still).verdict


def test_an_interval_holds_the_number_and_is_as_wide_as_its_error() -> None:
    told, bounds = summary(EQUAL), confidence(EQUAL)
    assert bounds.sharpe is not None and bounds.annual_return is not None
    assert told.sharpe is not None and told.sharpe_error is not None
    assert told.annual_return is not None
    assert bounds.sharpe[0] < told.sharpe < bounds.sharpe[1]
    assert bounds.annual_return[0] < told.annual_return < bounds.annual_return[1]
    width = bounds.sharpe[1] - bounds.sharpe[0]
    assert width == pytest.approx(2 * 1.645 * told.sharpe_error, rel=0.5)
    wider = confidence(EQUAL, level=0.99)
    assert wider.sharpe is not None and wider.sharpe[1] - wider.sharpe[0] > width
    measured = measure(EQUAL.returns, cash=EQUAL.cash_returns[1:], periods_per_year=252.0)
    assert (measured["sharpe"].low, measured["sharpe"].high) == pytest.approx(bounds.sharpe)


def test_a_strategy_does_not_differ_from_itself() -> None:
    same = compare(EQUAL, EQUAL)
    assert same.sharpe == 0.0
    assert same.p_value == 1.0
    assert same.verdict == "no difference from equal weight is shown (p = 1.00)"


def test_a_clear_difference_is_found_and_named() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 1000)
    good, poor = made(noise + 0.001, "good"), made(noise - 0.001, "poor")
    better, worse = compare(good, poor), compare(poor, good)
    assert better.p_value is not None and better.p_value < 0.01
    assert better.verdict.startswith("better than poor")
    assert worse.verdict.startswith("worse than good")
    assert better.low is not None and better.high is not None and better.sharpe is not None
    assert 0 < better.low < better.sharpe < better.high


def test_luck_is_called_a_difference_no_more_often_than_it_should_be() -> None:
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(40):
        one, other = rng.normal(0, 0.01, (2, 250))
        found += "is shown" not in compare(made(one), made(other)).verdict
    assert found <= 6  # 2 are expected, 6 are exceeded once in two hundred


def test_results_over_different_sessions_are_not_compared() -> None:
    short = made(np.full(5, 0.01))
    for refuse in (compare, summary):
        with pytest.raises(InputError, match="different sessions"):
            refuse(EQUAL, short)


def test_side_by_side_compares_each_with_the_reference() -> None:
    rows = side_by_side([EQUAL, INVERSE, run(Momentum())], EQUAL)
    assert [row.name for row in rows] == ["equal weight", "inverse volatility", "momentum"]
    alone = asdict(compare(INVERSE, EQUAL))
    by_family = {"p_family", "family", "mark", "verdict"}
    together = {name: value for name, value in asdict(rows[1]).items() if name not in by_family}
    assert together == {name: value for name, value in alone.items() if name not in by_family}
    assert compare(EQUAL, INVERSE).sharpe == -(rows[1].sharpe or 0.0)


def test_a_result_is_json_with_none_for_what_is_unknown() -> None:
    remark = BacktestRemark(EQUAL.sessions[3], "optimization", "no answer")
    unknown = np.full(EQUAL.targets.shape, np.nan)
    told = replace(EQUAL, failures=(remark,), targets=unknown).to_dict()
    again = json.loads(json.dumps(told, allow_nan=False))
    assert again["targets"][0] == [None] * 6
    assert again["equity"] == EQUAL.equity.tolist()
    assert BacktestRemark.from_dict(again["failures"][0]) == remark


def test_a_frame_shows_every_session() -> None:
    frame = EQUAL.to_frame()
    assert list(frame.columns) == ["equity", "return", "drawdown", "cash", "cost"]
    assert len(frame) == len(EQUAL)
    assert frame["drawdown"].min() == EQUAL.max_drawdown


def test_results_cannot_be_changed() -> None:
    for array in (EQUAL.equity, EQUAL.weights, EQUAL.trades, *EQUAL.costs.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_a_ruined_account_is_measured_to_its_ruin_and_compared_with_nothing() -> None:
    rng = np.random.default_rng(0)
    returns = rng.normal(0.004, 0.02, 600)
    lost = returns.copy()
    lost[299] = -1.0
    ruined = replace(made(lost, "bet"), equity=np.append(np.ones(1), np.cumprod(1.0 + lost)))
    steady = made(returns, "steady")
    told = summary(ruined, benchmark=steady)
    assert told.ruined == str(ruined.sessions[300])
    assert (told.sessions, told.total_return, told.annual_return) == (301, -1.0, -1.0)
    assert told.max_drawdown == -1.0
    for reward in (told.sharpe, told.sharpe_error, told.sortino, told.calmar, told.alpha):
        assert reward is None
    assert told.annual_volatility == pytest.approx(np.std(lost[:300], ddof=1) * 250**0.5)
    assert told.hit_rate == pytest.approx(np.mean(lost[:300] > 0))
    for one, other in ((ruined, steady), (steady, ruined)):
        comparison = compare(one, other)
        assert (comparison.p_value, comparison.sharpe, comparison.low) == (None, None, None)
        assert f"bet was ruined on {ruined.sessions[300]}" in comparison.verdict
    years = by_year(ruined)
    assert list(years) == [2020] and years[2020].total_return == -1.0
    assert confidence(ruined).sharpe is None
    json.dumps(asdict(told), allow_nan=False)


def test_debts_are_not_followed_whoever_made_the_curve() -> None:
    owed = replace(made(np.zeros(3)), equity=np.array([1.0, 0.5, -0.2, 0.7]))
    assert summary(owed).max_drawdown == -1.0
    assert owed.returns.tolist() == [-0.5, -1.0]
    assert simple_returns(owed.equity).tolist() == [-0.5, -1.0, 0.0]
    assert simple_returns(np.array([0.0, 1.0])).tolist() == [0.0]


def test_a_difference_that_is_not_shown_says_how_long_it_would_take() -> None:
    rng = np.random.default_rng(3)
    shared = rng.normal(0.0004, 0.01, 1000)
    one, other = made(shared + rng.normal(0, 0.002, 1000), "one"), made(shared, "other")
    test = compare(one, other)
    assert test.p_value is not None and test.p_value >= 0.05 and test.sharpe is not None
    found = re.fullmatch(
        r"no difference from other is shown \(p = [\d.]+\); underpowered: about ([\d,]+) years "
        r"needed, ([\d.]+) measured",
        test.verdict,
    )
    assert found, test.verdict
    years = 1000 / one.periods_per_year
    assert float(found[2]) == pytest.approx(years, abs=0.06)
    assert test.low is not None and test.high is not None
    error = (test.high - test.low) / (2 * 1.645)  # as if the draws were normal
    needed = years * (2 * error / test.sharpe) ** 2
    assert float(found[1].replace(",", "")) == pytest.approx(needed, rel=0.3)


def test_several_comparisons_are_judged_as_one_family() -> None:
    rng = np.random.default_rng(5)
    common = rng.normal(0.0003, 0.01, 1500)
    own, *others = (
        made(common + rng.normal(drift, 0.004, 1500), name)
        for drift, name in ((2.5e-4, "own"), (0.0, "a"), (0.0, "b"), (0.0, "c"), (0.0, "d"))
    )
    alone = [compare(own, other) for other in others]
    together = beside_each(own, others)
    for one, same in zip(alone, together, strict=True):
        assert (one.p_value, one.sharpe, one.low) == (same.p_value, same.sharpe, same.low)
        assert one.p_family == one.p_value and one.family == 1
        assert same.family == 4 and same.p_family is not None and one.p_value is not None
        assert one.p_value <= same.p_family <= 4 * one.p_value + 0.01
        assert "as one of 4)" in same.verdict and "as one of" not in one.verdict
        assert (same.mark == "shown") == (same.p_family < 0.05)
    assert max(one.p_family - one.p_value for one in together) > 0.005  # type: ignore[operator]
    (single,) = beside_each(own, others[:1])
    assert single == alone[0]
