"""Comparisons say who is better only where it can be told."""

import json
import sys

import numpy as np
import pytest

from forefolio.core.errors import InputError
from forefolio.core.events import finish
from forefolio.forecast import (
    GARCH,
    Evidence,
    HistoricalMean,
    Recipe,
    ShrunkMean,
    WalkForward,
    Zero,
    compare,
    compare_models,
    gather,
    squared_errors,
    variance_losses,
)
from forefolio.market import simulated_market
from forefolio.runs.executors import executor

RNG = np.random.default_rng(0)
LOSSES = RNG.chisquare(1, (600, 4))


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    recipe = Recipe(
        features=(),
        models=(Zero(), HistoricalMean()),
        baselines=(ShrunkMean(),),
        volatility=(*Recipe().volatility[:1], GARCH()),
        walk=WalkForward(first=600, refit=300),
    )
    with executor("inline:") as workers:
        market = simulated_market(3, sessions=1500)
        return finish(gather(recipe, (21,), market, workers)).horizons[21]


def test_a_better_model_wins_whichever_is_named_first() -> None:
    losses = LOSSES[:, :2] + np.asarray([0.0, 1.0])
    won, lost = compare(("A", "B"), losses, 1), compare(("B", "A"), losses[:, ::-1], 1)
    assert won.verdict.startswith("A beats B:") and lost.verdict.startswith("A beats B:")
    assert won.pairs[0].change < 0 < lost.pairs[0].change
    assert won.pairs[0].low < won.pairs[0].change < won.pairs[0].high < 0
    assert won.best == lost.best == ("A",)


def test_the_level_of_an_interval_is_the_one_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = LOSSES[:, :2] + np.asarray([0.0, 1.0])
    wide = compare(("A", "B"), losses, 1).pairs[0]
    monkeypatch.setattr(sys.modules[compare.__module__], "LEVEL", 0.5)
    told = compare(("A", "B"), losses, 1)
    assert "(50 % interval" in told.verdict and told.pairs[0].low > wide.low


def test_no_difference_is_an_answer_and_says_what_to_do() -> None:
    told = compare(("A", "B"), LOSSES[:, :2], 1, "squared error")
    assert told.verdict.startswith("not shown: A's squared error differs from B's by ")
    assert told.verdict.endswith("keep the simpler one, or average them")
    many = compare(tuple("ABCD"), LOSSES, 1)
    assert many.verdict.startswith("not shown: by loss, any of") and len(many.best) == 4


def test_of_many_those_that_may_be_the_best_are_named() -> None:
    told = compare(tuple("ABCD"), LOSSES + np.asarray([0.0, 0.0, 0.0, 1.0]), 1)
    assert set(told.best) == {"A", "B", "C"} and told.verdict.endswith("worse: D")
    assert list(told.losses) == sorted(told.losses)
    only = compare(tuple("ABCD"), LOSSES + np.asarray([2.0, 0.0, 2.0, 2.0]), 1)
    assert only.verdict.startswith("by loss, B beats ") and only.best == ("B",)


def test_nothing_is_decided_on_a_few_outcomes() -> None:
    told = compare(("A", "B"), LOSSES[:200, :2] + np.asarray([0.0, 9.0]), 21)
    assert told.independent == 10
    assert told.verdict.startswith("not shown; underpowered: only 10 outcomes")
    assert told.best == ("A", "B")


def test_losses_are_means_over_the_assets_that_all_models_spoke_about() -> None:
    outcome = np.asarray([[0.02, -0.01], [0.01, 0.03]])
    means = np.asarray([[[0.01, np.nan], [0.0, 0.0]], [[0.0, 0.0], [np.nan, np.nan]]])
    np.testing.assert_allclose(
        squared_errors(means, outcome, np.full((2, 2), 0.01)), [[0.0, 0.0], [np.nan, np.nan]]
    )
    losses = variance_losses(np.asarray([[[1.0, 2.0]]]), np.asarray([[1.0, 0.0]]))
    np.testing.assert_array_equal(losses, [[0.0]])  # right where it moved; the other did not


def test_models_are_compared_by_name(evidence: Evidence) -> None:
    told = compare_models(evidence, "historical mean", "zero")
    assert told.names == ("historical mean", "zero") and told.horizon == 21
    assert told.measure == "squared error across assets"
    assert compare_models(evidence, "GARCH(1,1)", "EWMA").measure == "QLIKE loss"
    everything = compare_models(evidence)
    assert set(everything.names) == {"zero", "historical mean", "pooled mean", "combined"}
    assert json.loads(json.dumps(everything.to_dict()))["verdict"] == everything.verdict


def test_what_cannot_be_compared_is_refused_with_a_reason(evidence: Evidence) -> None:
    with pytest.raises(InputError, match="no model is called LSTM; there are"):
        compare_models(evidence, "zero", "LSTM")
    with pytest.raises(InputError, match="itself"):
        compare_models(evidence, "zero", "zero")
    with pytest.raises(InputError, match="volatility models on their own"):
        compare_models(evidence, "zero", "EWMA")
    with pytest.raises(InputError, match="two models or more"):
        compare_models(evidence, "zero")
    with pytest.raises(InputError, match="two models or more"):
        compare(("A", "B"), np.full((10, 2), np.nan), 1)


def test_one_of_many_comparisons_must_be_clearer_than_one_alone() -> None:
    rng = np.random.default_rng(2)
    by_luck = []
    for _ in range(120):
        losses = rng.chisquare(1, (400, 5))
        found = compare(tuple("ABCDE"), losses, 1).pairs
        singles = [max(pair.p_value, pair.p_bootstrap) for pair in found]
        assert all(pair.p_family >= p for pair, p in zip(found, singles, strict=True))
        smallest = min(range(4), key=lambda i: singles[i])
        assert found[smallest].p_family == pytest.approx(min(4 * singles[smallest], 1.0))
        by_luck.append(any(pair.significant for pair in found))
    assert np.mean(by_luck) < 0.1
    alone = compare(("A", "B"), losses[:, :2], 1).pairs[0]
    assert alone.p_family == max(alone.p_value, alone.p_bootstrap)


def test_what_comparisons_put_first_is_what_leaderboards_show_as_best(evidence: Evidence) -> None:
    told = compare_models(evidence)
    shown = {one.model: one.r2_across for one in evidence.scores}
    gains = [shown[name] for name in told.names]
    assert gains == sorted(gains, reverse=True)
    assert told.measure in told.verdict
