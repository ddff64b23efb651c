"""Sharpe ratios with their luck: the numbers that the papers print, and code of others."""

import numpy as np
import pytest
from scipy.special import ndtri
from skfolio import measures

from forefolio.evidence.sharpe import (
    SharpeFacts,
    annual_scale,
    difference_variance,
    probabilistic_sharpe,
    track_record,
)
from forefolio.evidence.trials import (
    deflated_sharpe,
    effective_number,
    expected_maximum,
    mean_correlation,
    minimum_years,
    trial_returns,
)

EXAMPLE = SharpeFacts(ratio=2.5 / 250**0.5, sessions=1250, skew=-3.0, kurtosis=7.0)
DEVIATION = (0.5 / 250) ** 0.5  # of the trials, per session


@pytest.mark.parametrize(
    ("skew", "kurtosis", "probability"), [(0.0, 0.0, 0.98186), (-2.448, 7.164, 0.91364)]
)
def test_the_published_probability_of_24_months(
    skew: float, kurtosis: float, probability: float
) -> None:
    facts = SharpeFacts(ratio=1.59 / 12**0.5, sessions=24, skew=skew, kurtosis=kurtosis)
    assert probabilistic_sharpe(facts) == pytest.approx(probability, abs=5e-6)


@pytest.mark.parametrize(("periods", "years"), [(252, 2.7310), (52, 2.8288), (12, 3.2398)])
def test_the_published_length_of_a_record(periods: int, years: float) -> None:
    facts = SharpeFacts(ratio=2 / periods**0.5, sessions=1000)
    assert track_record(facts, 1 / periods**0.5) / periods == pytest.approx(years, abs=5e-5)
    assert track_record(facts, facts.ratio) == float("inf")


def test_a_record_of_that_length_is_just_long_enough() -> None:
    needed = track_record(EXAMPLE, 0.05)
    just = SharpeFacts(ratio=EXAMPLE.ratio, sessions=1, skew=-3.0, kurtosis=7.0)
    reached = probabilistic_sharpe(
        SharpeFacts(ratio=just.ratio, sessions=round(needed), skew=-3.0, kurtosis=7.0), 0.05
    )
    assert reached == pytest.approx(0.95, abs=1e-3)


@pytest.mark.parametrize(("rho", "scale"), [(-0.2, 4.1708), (0.0, 3.4641), (0.2, 2.8788)])
def test_autocorrelated_months_make_another_year(rho: float, scale: float) -> None:
    assert annual_scale(np.float64(rho) ** np.arange(1.0, 12.0), 12) == pytest.approx(
        scale, abs=5e-5
    )


def test_the_difference_of_two_ratios() -> None:
    variance = difference_variance(0.2, 0.1, 0.5, 120)
    assert variance == pytest.approx(0.0085)
    assert 0.1 / variance**0.5 == pytest.approx(1.08465, abs=5e-6)


@pytest.mark.parametrize(
    ("number", "exact"),
    [(1, 0.0), (2, 0.564190), (10, 1.538753), (46, 2.216395), (100, 2.507594), (1000, 3.241436)],
)
def test_the_largest_of_many_is_exact(number: int, exact: float) -> None:
    assert expected_maximum(number) == pytest.approx(exact, abs=1e-6)


def test_the_largest_of_many_is_what_simulations_give() -> None:
    drawn = np.random.default_rng(0).standard_normal((100_000, 7)).max(axis=1)
    assert expected_maximum(7) == pytest.approx(drawn.mean(), abs=4 * drawn.std() / 100_000**0.5)
    assert expected_maximum(1.5) < expected_maximum(2.0) < expected_maximum(2.5)
    assert minimum_years(45) == pytest.approx(expected_maximum(45) ** 2)


@pytest.mark.parametrize(
    ("hurdle", "probability"),
    [(0.113172, 0.900397), (0.100362, 0.950502), (0.070418, 0.993880), (0.145573, 0.639915)],
)
def test_the_published_deflated_ratios(hurdle: float, probability: float) -> None:
    assert probabilistic_sharpe(EXAMPLE, hurdle) == pytest.approx(probability, abs=5e-6)


def test_the_hurdle_of_a_hundred_trials_by_the_exact_maximum() -> None:
    hurdle = DEVIATION * expected_maximum(100)
    assert hurdle == pytest.approx(0.112143, abs=1e-6)
    assert probabilistic_sharpe(EXAMPLE, hurdle) == pytest.approx(0.905444, abs=2e-6)


def test_skfolio_gives_the_same_probabilities() -> None:
    z = np.random.default_rng(0).standard_normal(1290)
    returns, ratios = 0.0008 + 0.01 * z[:1250], 0.03 * z[1250:]
    facts = SharpeFacts.of(returns)
    theirs = measures.probabilistic_sharpe_ratio(returns)
    assert probabilistic_sharpe(facts) == pytest.approx(theirs, abs=1e-9)
    assert theirs == pytest.approx(0.94219, abs=5e-6)
    rare = ndtri([1 - 1 / 40, 1 - 1 / (40 * np.e)])  # the largest of 40, as the paper approximates
    hurdle = ratios.std(ddof=1) * ((1 - np.euler_gamma) * rare[0] + np.euler_gamma * rare[1])
    assert probabilistic_sharpe(facts, hurdle) == pytest.approx(0.24950, abs=5e-6)


def test_trials_that_move_together_count_less() -> None:
    assert effective_number(100, 0.5) == 50.5
    rng = np.random.default_rng(1)
    shared, own = rng.standard_normal((2000, 1)), rng.standard_normal((2000, 20))
    assert mean_correlation(shared + own) == pytest.approx(0.5, abs=0.03)
    gaps = (shared + own).copy()
    gaps[:1500, :10] = np.nan
    assert mean_correlation(gaps) == pytest.approx(0.5, abs=0.06)


def test_deflation_counts_what_was_tried() -> None:
    rng = np.random.default_rng(2)
    days = np.datetime64("2020-01-01") + np.arange(1000)
    returns = rng.normal(0.0006, 0.01, 1000)
    facts = SharpeFacts.of(returns)
    tried = [(str(k), days, rng.normal(0.0, 0.01, 1000)) for k in range(30)]
    alone = deflated_sharpe(facts, trial_returns(days, [("own", days, returns)]))
    assert alone.trials == 1 and alone.hurdle == pytest.approx(0.0, abs=1e-15)
    assert alone.probability == pytest.approx(probabilistic_sharpe(facts))
    many = deflated_sharpe(facts, trial_returns(days, [("own", days, returns), *tried]))
    assert many.trials == 31 and 29 < many.effective <= 31
    assert many.probability < alone.probability - 0.3
    copies = [("own", days, returns)] * 31  # near copies: none, but for the floor of their spread
    same = deflated_sharpe(facts, trial_returns(days, copies))
    assert same.effective == pytest.approx(1.0) and same.deviation == facts.error


def test_a_trial_of_cash_alone_is_no_measure_of_luck() -> None:
    days = np.arange("2020", "2021", dtype="datetime64[D]")
    rng = np.random.default_rng(0)
    tried = [(f"S{i}", days, 0.01 * rng.standard_normal(len(days))) for i in range(3)]
    cash = ("cash", days, np.full(len(days), -4e-5) + 1e-16 * rng.standard_normal(len(days)))
    trials = trial_returns(days, [*tried, cash])
    facts = SharpeFacts.of(tried[0][2])
    found = deflated_sharpe(facts, trials)
    assert found.trials == 4 and found.hurdle < 0.2
    assert trials.lasting(0.5).names == ("S0", "S1", "S2")


def test_trials_are_put_on_the_sessions_that_they_share() -> None:
    days = np.datetime64("2020-01-01") + np.arange(5)
    placed = trial_returns(days, [("later", days[2:] + 1, np.array([1.0, 2.0, 3.0]))])
    assert np.isnan(placed.returns[:3, 0]).all() and placed.returns[3:, 0].tolist() == [1.0, 2.0]


@pytest.mark.slow
def test_luck_passes_the_deflated_ratio_as_seldom_as_it_says() -> None:
    rng = np.random.default_rng(3)
    days = np.datetime64("2020-01-01") + np.arange(1000)
    passed = 0
    for _ in range(200):
        trials = rng.normal(0.0, 0.01, (1000, 20))
        best = trials[:, np.argmax(trials.mean(axis=0) / trials.std(axis=0))]
        placed = trial_returns(days, [(str(k), days, own) for k, own in enumerate(trials.T)])
        passed += deflated_sharpe(SharpeFacts.of(best), placed).probability > 0.95
    assert passed <= 14  # 7 in 100
