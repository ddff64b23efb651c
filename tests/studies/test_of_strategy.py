"""What is asked about a strategy that was followed: evidence, criteria, capacity."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import DataError, InputError
from forefolio.core.settings import Settings
from forefolio.core.units import Array
from forefolio.evidence.claims import SIGNIFICANT
from forefolio.evidence.sharpe import SharpeFacts, probabilistic_sharpe
from forefolio.evidence.trials import expected_maximum, trial_returns
from forefolio.market import simulated_market
from forefolio.regimes import Regimes
from forefolio.runs.asking import ask
from forefolio.studies.capacity import CapacityStudy, StrategyCapacity, capacity
from forefolio.studies.criteria import CriteriaStudy, StrategyCriteria, by_regime, hit_rate
from forefolio.studies.evidence import (
    EvidenceStudy,
    StrategyEvidence,
    counted_trials,
    how_the_choice_fares,
)
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import StrategyResult
from forefolio.studies.strategy_run import StrategyRecords

DOCUMENT: dict[str, Any] = {
    "data": {
        "source": {"kind": "synthetic", "sessions": 700, "assets": 3},
        "minimum_sessions": 100,
    },
    "machine_learning": False,
    "horizons": 21,
    "baselines": [{"kind": "equal_weight"}, {"kind": "classical"}],
    "trading": {"warmup": 300},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), executor="inline:")


@pytest.fixture(scope="module")
def run(home: Settings) -> StrategyResult:
    return ask(StrategyStudy(**DOCUMENT, strategy="inverse_volatility"), home)


@pytest.fixture(scope="module")
def evidence(home: Settings, run: StrategyResult) -> StrategyEvidence:
    assert run.run is not None
    return ask(EvidenceStudy(run=run.run.id), home)


def excess(run: StrategyResult, column: int) -> Array:
    growth = np.array(run.curves.equity[column].equity)
    assert run.curves.cash is not None
    cash = np.array(run.curves.cash.equity)
    beyond: Array = growth[1:] / growth[:-1] - cash[1:] / cash[:-1]
    return beyond


def test_one_run_is_one_trial_and_its_ratio_stands_alone(
    run: StrategyResult, evidence: StrategyEvidence
) -> None:
    facts = SharpeFacts.of(excess(run, 0))
    assert evidence.sharpe == pytest.approx(run.backtest[0].sharpe, abs=1e-9)
    assert evidence.sharpe_error == pytest.approx(run.backtest[0].sharpe_error, rel=1e-6)
    assert evidence.above_cash == pytest.approx(probabilistic_sharpe(facts))
    assert evidence.trials.counted == 1
    assert evidence.trials.probability == pytest.approx(evidence.above_cash)
    assert evidence.overfitting is None
    few = "it takes 3 trials with 42 sessions in common; 1 of 1 were followed on half of these"
    assert any(few in remark.message for remark in evidence.remarks)


def test_claims_carry_the_numbers_that_they_rest_on(
    run: StrategyResult, evidence: StrategyEvidence
) -> None:
    claims = {claim.code: claim for claim in evidence.claims}
    assert {"above_cash", "above_luck"} <= set(claims)
    against = {one.reference: one for one in evidence.against}
    for record in run.backtest[1:]:
        one = against[record.name]
        assert one.sharpe == pytest.approx((run.backtest[0].sharpe or 0) - (record.sharpe or 0))
        assert one.p_family >= one.p_value
        versus = record.strategy_versus_this  # whoever asks again is told the same
        assert versus is not None
        assert (one.sharpe, one.low, one.high) == (versus.sharpe, versus.low, versus.high)
        assert (one.p_value, one.p_family) == (versus.p_value, versus.p_family)
        code = f"{'better' if one.sharpe >= 0 else 'worse'}_than_{record.name.replace(' ', '_')}"
        claim = claims[code]
        assert (claim.value, claim.p_value) == (one.sharpe, one.p_family)
        assert (claim.mark == "shown") == (one.p_family < SIGNIFICANT)
        if claim.mark == "underpowered":
            assert claim.years_needed is not None and claim.years is not None
            assert claim.years_needed > claim.years
    bands = {band.measure: band for band in evidence.bands}
    assert bands["annual_return"].seen == run.backtest[0].annual_return
    assert all(band.low < band.middle < band.high for band in evidence.bands)


def test_what_else_was_tried_is_counted_and_costs(
    home: Settings, run: StrategyResult, evidence: StrategyEvidence
) -> None:
    assert run.run is not None
    ask(StrategyStudy(**DOCUMENT, strategy="inverse_volatility", seed=3), home)  # a repetition
    assert ask(EvidenceStudy(run=run.run.id), home).trials.counted == 1
    for strategy in ("equal_weight", "momentum"):
        ask(StrategyStudy(**DOCUMENT, strategy=strategy), home)
    again = ask(EvidenceStudy(run=run.run.id), home)
    assert again.trials.counted == 3 and 1.0 <= again.trials.effective < 3.0
    hurdle = again.trials.deviation * expected_maximum(again.trials.effective)
    assert again.trials.hurdle == pytest.approx(hurdle)
    assert again.trials.probability < evidence.trials.probability
    assert again.overfitting is not None and again.overfitting.trials == 3
    assert again.overfitting.low_by_luck < again.overfitting.high_by_luck


def test_trials_on_other_assets_are_others(run: StrategyResult) -> None:
    records = StrategyRecords.of(run)
    other = run.model_copy(
        update={
            "data": run.data.model_copy(update={"tickers": ("ELSE",)}),
            "study": {**run.study, "strategy": {"kind": "equal_weight"}},
        }
    )
    assert len(counted_trials(records, [other])) == 1
    assert len(counted_trials(records, [other.model_copy(update={"data": run.data})])) == 2


def shifted(run: StrategyResult, name: str, years: int) -> StrategyResult:
    """Another strategy with the same record on other days: years earlier."""
    days = tuple(date(day.year - years, day.month, min(day.day, 28)) for day in run.curves.sessions)
    return run.model_copy(
        update={
            "study": {**run.study, "strategy": {"kind": name}},
            "curves": run.curves.model_copy(update={"sessions": days}),
        }
    )


def test_what_was_followed_on_other_days_is_no_trial(run: StrategyResult) -> None:
    records = StrategyRecords.of(run)
    assert len(counted_trials(records, [shifted(run, "momentum", 0)])) == 2
    assert len(counted_trials(records, [shifted(run, "momentum", 40)])) == 1


def test_a_trial_of_few_of_the_sessions_leaves_the_choice_to_the_others() -> None:
    rng, days = np.random.default_rng(0), np.arange("2020", "2021", dtype="datetime64[D]")
    tried = [(f"S{i}", days, rng.standard_normal(len(days))) for i in range(3)]
    short = ("short", days[-50:], rng.standard_normal(50))
    alone, _ = how_the_choice_fares(trial_returns(days, tried), 0)
    beside, remarks = how_the_choice_fares(trial_returns(days, [*tried, short]), 0)
    assert alone is not None and beside == alone
    assert "1 trial was followed on less than half of these sessions" in remarks[-1].message


@pytest.mark.usefixtures("run")
def test_the_latest_run_is_the_one_without_a_name(home: Settings) -> None:
    found = ask(EvidenceStudy(), home)
    assert found.about.id and found.about.strategy
    with pytest.raises(InputError):
        ask(EvidenceStudy(run="ffffffff"), home)


def test_criteria_are_judged_beside_what_needs_no_skill(
    home: Settings, run: StrategyResult
) -> None:
    assert run.run is not None
    found: StrategyCriteria = ask(CriteriaStudy(run=run.run.id, sharpe=-5.0, drawdown=0.01), home)
    each = {one.code: one for one in found.criteria}
    assert list(each) == ["accuracy", "hit_rate", "sharpe", "drawdown", "stability", "capacity"]
    sharpe = each["sharpe"]
    assert sharpe.value == run.backtest[0].sharpe and sharpe.baseline == "equal weight"
    assert sharpe.mark != "met" or (sharpe.lead_low or 0) > 0  # the threshold alone is met by all
    assert each["drawdown"].mark == "not_met" and (each["drawdown"].value or 0) > 0.01
    assert each["accuracy"].baseline == "always up"
    shares = sum(one.share for one in found.regimes)
    assert 0.0 < shares <= 1.0 and len({one.regime for one in found.regimes}) == len(found.regimes)


def test_regimes_are_those_of_the_close_before(run: StrategyResult) -> None:
    records, market = StrategyRecords.of(run), simulated_market(sessions=700, assets=3)
    found, remarks = by_regime(records, market)
    assert sum(one.share for one in found) <= 1.0
    named = {one.regime for one in found}
    left = " ".join(remark.message for remark in remarks)
    assert all((name in named) != (f"{name} (" in left) for name in Regimes().names)
    probability = Regimes().walk_forward(market)
    place = np.searchsorted(market.sessions, records.sessions) - 1
    state = Regimes().names.index(found[0].regime)
    likeliest = np.nan_to_num(probability[place], nan=-1.0).argmax(axis=1)
    on = np.isfinite(probability[place, 0]) & (likeliest == state)
    own = records.excess[on, 0]
    annual = own.mean() / own.std(ddof=1) * records.periods_per_year**0.5
    assert found[0].sharpe == pytest.approx(annual) and found[0].share == pytest.approx(on.mean())
    changed, why = by_regime(records, market[:-5])
    assert not changed and "no longer all sessions" in why[0].message


def test_capacity_is_a_curve_from_one_pass(home: Settings, run: StrategyResult) -> None:
    assert run.run is not None
    found: StrategyCapacity = ask(CapacityStudy(run=run.run.id, capitals=(4e6, 1e6)), home)
    small, large = found.sizes
    assert (small.capital, large.capital) == (1e6, 4e6)
    for one, other in zip(small.strategies, large.strategies, strict=True):
        assert other.impact == pytest.approx(2 * one.impact)
        assert other.annual_return < one.annual_return
        assert (other.sharpe or 0) < (one.sharpe or 0)
    drag = run.backtest[0].impact
    assert drag is not None and small.strategies[0].impact == pytest.approx(drag * 1e3)
    if found.edge > 0:
        assert found.break_even == pytest.approx((found.edge / drag) ** 2)
        assert found.most_money_at == pytest.approx(4 / 9 * (found.break_even or 0))


def test_a_run_without_volumes_has_no_known_capacity(run: StrategyResult) -> None:
    blind = tuple(one.model_copy(update={"impact": None}) for one in run.backtest)
    records = StrategyRecords.of(run.model_copy(update={"backtest": blind}))
    with pytest.raises(DataError, match="no volume"):
        capacity(records, (1e6,))


def test_what_cannot_be_concluded_from_is_refused(run: StrategyResult) -> None:
    first = run.backtest[0].model_copy(update={"ruined": run.as_of})
    with pytest.raises(InputError, match="ruined"):
        StrategyRecords.of(run.model_copy(update={"backtest": (first, *run.backtest[1:])}))
    with pytest.raises(InputError, match="earlier version"):
        StrategyRecords.of(run.model_copy(update={"periods_per_year": None}))
    cash = run.backtest[0].model_copy(update={"sharpe": None})
    with pytest.raises(InputError, match="do not vary"):
        StrategyRecords.of(run.model_copy(update={"backtest": (cash, *run.backtest[1:])}))


def test_what_does_not_vary_is_compared_with_nothing(run: StrategyResult) -> None:
    flat = run.backtest[1].model_copy(update={"sharpe": None})
    others = (run.backtest[0], flat, *run.backtest[2:])
    records = StrategyRecords.of(run.model_copy(update={"backtest": others}))
    assert 1 not in records.lasting and records.baseline() != 1


def test_a_value_that_never_moved_has_no_share_of_gains(run: StrategyResult) -> None:
    still = run.curves.equity[0].model_copy(update={"equity": (1.0,) * len(run.curves.sessions)})
    curves = run.curves.model_copy(update={"equity": (still, *run.curves.equity[1:])})
    records = StrategyRecords.of(run.model_copy(update={"curves": curves}))
    found = hit_rate(records, 0.52)
    assert (found.value, found.mark) == (None, "not_decided") and "never moved" in found.why


def test_pages_say_it_in_a_few_lines(
    home: Settings, run: StrategyResult, evidence: StrategyEvidence
) -> None:
    assert run.run is not None
    for result in (
        evidence,
        ask(CriteriaStudy(run=run.run.id), home),
        ask(CapacityStudy(run=run.run.id), home),
    ):
        lines = str(result).splitlines()
        assert 2 <= len(lines) <= 7 and len(result.to_frame()) > 2
