"""Weights that lean to forecasts as far as these have shown skill."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from forefolio.backtest import Trading, allocate, backtest
from forefolio.core.events import finish
from forefolio.features import PriceMomentum, Volatility
from forefolio.forecast import EWMA, BayesianRidge, Evidence, Forecasts, Recipe, WalkForward, gather
from forefolio.forecast.scoring.rank_kernel import rank_correlations
from forefolio.forecast.scoring.sampling_error import mean_with_error
from forefolio.market import Market, simulated_market
from forefolio.optimize import Allocation, MinimumVariance
from forefolio.optimize.objectives.costs import Proportional
from forefolio.optimize.objectives.hierarchical import HierarchicalRiskParity
from forefolio.runs.executors import executor
from forefolio.strategy import (
    Diversified,
    ForecastDriven,
    PortfolioVolatility,
    RiskOnTarget,
    Tilted,
    needs_of,
    with_forecasts,
    without_forecasts,
)
from forefolio.strategy.tilted import TILT, Beyond, trusted
from forefolio.studies.mandate import mandated
from forefolio.studies.offset_record import OffsetTask, record_at_offsets
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.tilt_record import TiltRecord, tilt_record
from forefolio.views.report.words import tilted

RECIPE = Recipe(
    features=(PriceMomentum(window=21, skip=0), Volatility(window=21)),
    models=(BayesianRidge(),),
    volatility=(EWMA(),),
    baselines=(),
    walk=WalkForward(first=400, refit=300),
)
RULE = Tilted(recipe=RECIPE, horizon=5)
ASSETS = 10
NOTHING = np.zeros(ASSETS)


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(4, sessions=600, assets=ASSETS)


@pytest.fixture(scope="module")
def evidence(market: Market) -> Evidence:
    return finish(gather(RECIPE, (5,), market, executor("inline:"))).horizons[5]


def with_skill(evidence: Evidence, slope: float, about: int = 2) -> Evidence:
    """The evidence if models said one volatility of one asset, were right, and believed so far."""
    said = np.zeros(evidence.panel.mean.shape)
    said[:, about] = 1.0
    mean = evidence.prior.mean + slope * evidence.panel.std * said
    slopes = np.full(len(evidence.combination.slopes), slope)
    returns = evidence.returns + said  # that asset is ahead of all others, always
    return replace(
        evidence,
        panel=replace(evidence.panel, mean=mean),
        combination=replace(evidence.combination, slopes=slopes, signal=said),
        truth=replace(evidence.truth, returns=returns),
    )


def tilt(allocation: Allocation) -> float:
    return dict(allocation.parts)[TILT]


@pytest.mark.parametrize("optimizer", [MinimumVariance(), HierarchicalRiskParity()])
def test_without_skill_the_weights_are_the_same_to_the_last_bit(
    optimizer: MinimumVariance | HierarchicalRiskParity, market: Market, evidence: Evidence
) -> None:
    strategy = Diversified(optimizer=optimizer)
    rule = RULE.model_copy(update={"strategy": strategy})
    untilted = strategy.decide(market, NOTHING)
    chosen = rule.policy(with_skill(evidence, 0.0))(market, NOTHING)
    np.testing.assert_array_equal(chosen.weights, untilted.weights)
    assert tilt(chosen) == 0.0 and chosen.method == untilted.method


def test_before_the_first_forecast_nothing_is_tilted(market: Market, evidence: Evidence) -> None:
    early = market[:300]
    chosen = RULE.policy(with_skill(evidence, 1.0))(early, NOTHING)
    np.testing.assert_array_equal(chosen.weights, Diversified().decide(early, NOTHING).weights)


def test_the_more_is_believed_the_more_moves(market: Market, evidence: Evidence) -> None:
    slopes = (0.001, 0.002, 0.004)
    chosen = [RULE.policy(with_skill(evidence, slope))(market, NOTHING) for slope in slopes]
    least, middle, most = map(tilt, chosen)
    assert 0 < least < middle < most < 0.5
    assert middle == pytest.approx(2 * least, rel=0.15)  # in proportion, while no limit binds
    usual = Diversified().decide(market, NOTHING).weights
    assert all(one.weights[2] > usual[2] for one in chosen)


def test_however_much_is_believed_the_limits_are_kept(market: Market, evidence: Evidence) -> None:
    chosen = RULE.policy(with_skill(evidence, 1.0))(market, NOTHING)
    assert chosen.weights[2] == pytest.approx(0.2, abs=1e-9)  # twice an equal share
    assert chosen.weights.max() <= 0.2 + 1e-9 and chosen.weights.min() >= 0.0
    assert chosen.weights.sum() == pytest.approx(1.0, abs=1e-9)


def test_a_portfolio_taken_to_be_good_is_moved_less(market: Market, evidence: Evidence) -> None:
    believing = with_skill(evidence, 0.002)
    better = RULE.model_copy(update={"ratio": 2 * RULE.ratio})
    assert tilt(better.policy(believing)(market, NOTHING)) < 0.6 * tilt(
        RULE.policy(believing)(market, NOTHING)
    )


def test_a_forecast_that_does_not_earn_its_trade_moves_nothing(
    market: Market, evidence: Evidence
) -> None:
    believing = with_skill(evidence, 0.004)
    held = Diversified().decide(market, NOTHING).weights
    assert tilt(RULE.policy(believing)(market, NOTHING)) > 0.001
    dear = RULE.model_copy(update={"costs": (Proportional(bps=200.0),)})
    np.testing.assert_allclose(dear.policy(believing)(market, held).weights, held, atol=1e-6)


def test_what_has_no_forecast_is_not_leant_to(market: Market, evidence: Evidence) -> None:
    mean = np.array(with_skill(evidence, 1.0).panel.mean)
    mean[-1, 2] = np.nan
    unknown = replace(with_skill(evidence, 1.0), panel=replace(evidence.panel, mean=mean))
    assert market.assets[2] not in Beyond.of(unknown).at(market.sessions[-1])
    assert tilt(RULE.policy(unknown)(market, NOTHING)) == 0.0


def test_ranks_are_trusted_beyond_their_error_and_only_once_outcomes_have_ended(
    evidence: Evidence,
) -> None:
    rng = np.random.default_rng(0)
    shape = evidence.panel.mean.shape
    outcomes = rng.normal(size=shape)
    for skill, greatest in ((0.0, 0.8), (1.0, 1.0)):
        signal = skill * outcomes + rng.normal(size=shape)
        combination = replace(evidence.combination, signal=signal, slopes=np.zeros(shape[0]))
        record = replace(
            evidence,
            combination=combination,  # believed or not
            truth=replace(evidence.truth, returns=np.array(outcomes)),
        )
        trust = trusted(record)
        assert trust.min() >= 0.0 and trust.max() <= greatest and not trust[:126].any()
        said = combination.panel.std * signal
        ranks = rank_correlations(said[:-6], outcomes[:-6])
        mean, error = mean_with_error(ranks, 5)
        assert mean is not None and error is not None
        assert trust[-1] == pytest.approx(max(0.0, 1.0 - (error / max(mean, 1e-9)) ** 2))
    assert trust[-1] > 0.9


def test_live_is_the_last_step_of_a_backtest(market: Market) -> None:
    pool = executor("inline:")
    policy = finish(RULE.prepare(market, market.sessions[400:], pool))
    known = market[:520]
    now = finish(allocate(RULE, known, pool, NOTHING))
    np.testing.assert_array_equal(now.weights, policy(known, NOTHING).weights)


def test_risk_is_on_target_whatever_is_tilted(market: Market) -> None:
    class Believing(Tilted):
        def policy(self, evidence: Evidence):  # type: ignore[no-untyped-def]
            return super().policy(with_skill(evidence, 1.0))

    risk = PortfolioVolatility(model=EWMA(), record=126, walk=WalkForward(first=252))
    tilting = Believing(recipe=RECIPE, horizon=5)
    strategy = RiskOnTarget(strategy=Diversified(), target=0.06, risk=risk).with_parts(
        {"strategy": tilting}
    )
    result = finish(backtest(strategy, Trading(warmup=402), market, executor("inline:")))
    decided = finish(allocate(strategy, market, executor("inline:"), NOTHING))
    assert tilt(decided) > 0.1 and "exposure" in dict(decided.parts)
    assert result.returns.std() * np.sqrt(market.periods_per_year) == pytest.approx(0.06, rel=0.15)
    assert decided.basis and decided.basis.covariance
    expected = np.sqrt(decided.basis.covariance.variance(decided.weights) * 252)
    assert expected == pytest.approx(0.06, rel=1e-2)


def test_a_study_leans_to_its_own_forecasts_and_without_them_to_nothing() -> None:
    study = StrategyStudy.model_validate({"trading": {"warmup": 300}})
    needs = needs_of(study.followed)
    assert needs and needs.recipe == study.recipe and needs.horizon == 21
    assert study.recipe.walk.first == 299
    assert any(isinstance(one, ForecastDriven) for one in study.compared)
    alone = study.model_copy(update={"machine_learning": False})
    assert alone.followed == RiskOnTarget() == without_forecasts(study.strategy)
    own = study.model_copy(update={"strategy": ForecastDriven(recipe=RECIPE)})
    assert own.recipe == RECIPE and own.followed == own.strategy
    assert not any(isinstance(one, ForecastDriven) for one in own.compared)


def test_constraints_in_words_reach_what_is_tilted() -> None:
    changed = mandated(RiskOnTarget(strategy=Tilted()), None, ("w <= 8%",))
    assert isinstance(changed, RiskOnTarget) and isinstance(changed.strategy, Tilted)
    assert len(changed.strategy.strategy.optimizer.constraints) > 2  # type: ignore[attr-defined]


def test_forecasts_that_no_ranks_judge_are_said_to_be_unjudged() -> None:
    record = TiltRecord(
        horizon=21,
        rank_ic=None,
        rank_ic_se=None,
        belief=0.0,
        moved=0.0,
        decisions=9,
        believed=0,
        mean_moved=None,
    )
    words = tilted(record)
    assert words.startswith("Forecasts over 21 sessions have not been judged (that takes three")
    assert "n/a" not in words


@pytest.mark.parametrize(
    ("slope", "told"),
    [(0.0, "not shown enough skill to be trusted"), (0.12, "12 % of what they say is believed")],
)
def test_what_moved_is_said(slope: float, told: str, market: Market, evidence: Evidence) -> None:
    believing = with_skill(evidence, slope)
    decided = RULE.policy(believing)(market, NOTHING)
    record = tilt_record(believing, decided, market.sessions[380::21], None)
    assert isinstance(record, TiltRecord)
    assert record.moved == tilt(decided) and record.decisions == len(market.sessions[401::21])
    assert 0 < record.believed < record.decisions if slope else record.believed == 0  # not at once
    assert told in tilted(record) and f"of {record.decisions} past decisions" in tilted(record)
    assert tilt_record(believing, replace(decided, parts=()), market.sessions, None) is None


def test_other_calendars_of_what_holds_forecasts_are_found_alike_elsewhere(
    market: Market, evidence: Evidence
) -> None:
    rule = RiskOnTarget(strategy=RULE, risk=PortfolioVolatility(model=EWMA()))
    held = with_forecasts(rule, RECIPE, Forecasts(horizons={5: evidence}, skipped=(), notes=()))
    assert isinstance(held, RiskOnTarget)
    record = finish(held.recorded(market, market.sessions[450::21], executor("inline:")))
    task = OffsetTask(
        strategy=held,
        record=record,
        trading=Trading(warmup=450),
        market=market,
        first=450,
        made_from="these",
    )
    sent = pickle.loads(pickle.dumps(task, protocol=5))
    there = record_at_offsets(sent)
    assert sent.digest == task.digest and there is not None
    assert there == record_at_offsets(task)
