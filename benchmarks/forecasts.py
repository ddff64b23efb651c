"""What can be forecast, out of sample, on the sample and on some 300 US stocks 2000-2021.

`python benchmarks/forecasts.py sample|wide`; every model walks forward, refitted once a year (every
second year on the wide one), and is scored beside its naive baselines; the goals for what is used
come last. Results are remembered in
`$FOREFOLIO_HOME`, so that a run that was stopped goes on. The wide one needs `../shared/data`.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from _goals import Goal, print_goals
from _wide import sample_market, wide_market

from forefolio.core.units import Array
from forefolio.features import DEFAULT_FEATURES, compute
from forefolio.forecast import (
    ARIMA,
    EWMA,
    GARCH,
    GJR,
    HAR,
    HARX,
    LSTM,
    TCN,
    BayesianRidge,
    Forecasts,
    LearntVolatility,
    RangeHAR,
    Recipe,
    Score,
    WalkForward,
    XGBoost,
    XGBoostRanks,
    gather,
)
from forefolio.forecast.judging.evidence import COMBINED, Evidence
from forefolio.forecast.scoring.known_risks import known_risks
from forefolio.forecast.scoring.scores import ForecastScorer
from forefolio.market import Market
from forefolio.runs.executors import executor
from forefolio.runs.memo import Remembering
from forefolio.store import Artifacts
from forefolio.views.watching import watched

HORIZONS = (1, 5, 21, 63)
SIGNAL = "combined signal"
NEUTRAL_IC = {5: (0.014, 5.0), 21: (0.012, 2.5)}  # goals by horizon, and their t
RETURNS = (ARIMA(), BayesianRidge(), XGBoost(), XGBoostRanks(), LSTM(), TCN())
CLOSES = (EWMA(), GARCH(), GJR(), HAR(), HARX(), LearntVolatility())
RANGES = (EWMA(), GARCH(), GJR(), RangeHAR(), HARX(), LearntVolatility())


def main(what: str = "sample") -> None:
    """Print the tables and the goals of one market."""
    print_goals(list(shown_goals(what)))


def shown_goals(what: str) -> Iterator[Goal]:
    """Print a table of scores for each horizon; the goals are given."""
    wide = what == "wide"
    market = wide_market(only_clean=False) if wide else sample_market()
    recipe = Recipe(
        models=RETURNS,
        volatility=RANGES if wide else CLOSES,
        walk=WalkForward(first=1250, refit=500 if wide else 250),
    )
    print(
        f"{what}: {len(market.assets)} assets, {len(market)} sessions, "
        f"{market.sessions[0]} to {market.sessions[-1]}"
    )
    started = time.process_time()
    forecasts = _forecast(recipe, market, Path(os.environ["FOREFOLIO_HOME"]))
    risks = known_risks(market, len(market) - recipe.walk.first)
    for horizon in HORIZONS:
        evidence = forecasts.horizons[horizon]
        signal = signal_score(evidence, risks)
        print(f"\nhorizon {horizon}: {evidence.scores[0].independent} independent sessions")
        print(f"{'':24}{'R2 mean, points':>18}{'across, points':>15}{'rank IC (t)':>16}", end="")
        print(f"{'neutral (t)':>16}{'QLIKE (t)':>17}{'R2 log RV':>11}", end="")
        print(f"{'90 %':>7}{'tenth':>8}{'months':>8}{'worst':>7}")
        for row in evidence.scores:
            print(_line(row))
        print(f"{SIGNAL:57}{_ratio(signal.rank_ic, signal.rank_ic_se):>16}", end="")
        print(f"{_ratio(signal.rank_ic_neutral, signal.rank_ic_neutral_se):>16}")
        believed = (evidence.combination.slopes > 0).mean()
        print(f"sessions in which the combined signal was believed: {100 * believed:.0f} %")
        yield from goals(evidence, signal, stocks=wide)
    print(f"\nCPU of this process {time.process_time() - started:,.0f} s")


def signal_score(evidence: Evidence, risks: Array) -> Score:
    """What the combination says of assets against each other, before it is shrunk by belief."""
    signal = replace(evidence.panel, mean=evidence.combination.signal)
    scorer = ForecastScorer(evidence.truth, evidence.prior.mean, evidence.panel.std**2, risks)
    return scorer.score(SIGNAL, signal)


def goals(evidence: Evidence, signal: Score, *, stocks: bool) -> Iterator[Goal]:
    """What forecasts should reach at a horizon, and what they do; ranks on many stocks alone."""
    scores = {score.model: score for score in evidence.scores}
    combined, ahead = scores[COMBINED], f"{evidence.horizon} ahead"
    if stocks and evidence.horizon in NEUTRAL_IC:
        models = [scores[name] for name, kind in evidence.kinds.items() if kind == "model"]
        best = max(models, key=lambda score: score.rank_ic_neutral or 0.0)
        least, t = NEUTRAL_IC[evidence.horizon]
        yield _ic(f"neutral rank IC, best model ({best.model}), {ahead}", best, least, t)
        yield _ic(f"neutral rank IC, combined signal, {ahead}", signal, least, t)
        highest = best.rank_ic_neutral or 0.0
        yield _ic(f"the same, no worse than the best model's, {ahead}", signal, highest, 0.0)
    ahead_of_mean = 100 * combined.r2_mean
    yield Goal(what=f"R2 less the mean's, points, {ahead}", measured=ahead_of_mean, lowest=-0.02)
    yield Goal(what=f"90 % held, {ahead}", measured=combined.coverage, lowest=0.89, highest=0.91)
    for what, held in (
        ("when it began most volatile", combined.coverage_crisis),
        ("in the months of the great crises", combined.coverage_windows),
    ):
        yield Goal(what=f"held {what}, {ahead}", measured=held, lowest=0.87)
    worst = combined.coverage_worst_year
    yield Goal(what=f"held in the worst year, {ahead}", measured=worst, lowest=0.82)
    yield Goal(what=f"Winkler gain, {ahead}", measured=combined.winkler_gain, lowest=0.0)


def _ic(what: str, score: Score, least: float, t: float) -> Goal:
    ic, error = score.rank_ic_neutral, score.rank_ic_neutral_se
    reached = ic / error if ic is not None and error else None
    return Goal(what=what, measured=ic, lowest=least, t=reached, least_t=t)


def _forecast(recipe: Recipe, market: Market, home: Path) -> Forecasts:
    kept = market.save(home / "markets")
    features = compute(DEFAULT_FEATURES, kept).save(home / "features")
    workers = os.environ.get("FOREFOLIO_EXECUTOR", "processes:2")
    with Remembering(executor(workers), Artifacts(home)) as pool:
        job = gather(recipe, HORIZONS, kept, pool, features)
        return watched(job, {"forecast": 90, "evidence": 10}, "on")


def _ratio(value: float | None, error: float | None) -> str:
    return "" if value is None or not error else f"{value:.3f} ({value / error:.1f})"


def _line(row: Score) -> str:
    def points(value: float | None, error: float | None) -> str:
        return "" if value is None or error is None else f"{100 * value:.2f}±{100 * error:.2f}"

    def share(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.1f}"

    log = row.r2_log_variance
    cells = (
        f"{row.model:24}",
        f"{points(row.r2_mean, row.r2_mean_se):>18}",
        f"{points(row.r2_across, row.r2_across_se):>15}",
        f"{_ratio(row.rank_ic, row.rank_ic_se):>16}",
        f"{_ratio(row.rank_ic_neutral, row.rank_ic_neutral_se):>16}",
        f"{_ratio(row.qlike, row.qlike_se):>17}",
        f"{'' if log is None else f'{log:.3f}':>11}",
        f"{share(row.coverage):>7}",
        f"{share(row.coverage_crisis):>8}",
        f"{share(row.coverage_windows):>8}",
        f"{share(row.coverage_worst_year):>7}",
    )
    return "".join(cells)


if __name__ == "__main__":
    main(*sys.argv[1:])
