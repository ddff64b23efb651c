"""How wrong covariances were over the next 21 sessions: multivariate QLIKE beside Ledoit-Wolf.

`python benchmarks/covariance.py sample` or `... wide 60` (so many stocks of `_wide` with full
history). A covariance is made every 21 sessions, so outcomes do not overlap. The volatility for
statements of risk is that of HAR-X, walked forward. The goals come last, for both settings.
"""

import sys
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from _goals import Goal, print_goals
from _wide import long_histories, sample_market, wide_market

from forefolio.core.units import Array, Flags
from forefolio.features import DEFAULT_FEATURES, compute
from forefolio.forecast import EWMA, HARX, HalfLives, WalkForward
from forefolio.forecast.walk import FoldTask, forecast_folds
from forefolio.market import Market
from forefolio.risk import (
    FOR_RISK,
    LedoitWolf,
    LedoitWolfIdentity,
    SampleCovariance,
    VolatilityTimesCorrelation,
    covariance_loss,
)

HORIZON, LONGEST = 21, 252
DEFAULT = "the default"
OUTLIERS = 3  # dates left out, those that weigh most
STATEMENTS = "for statements of risk"
WALK = WalkForward(first=1250, refit=250)
REFERENCE = f"Ledoit-Wolf {LONGEST}"


def main(what: str = "sample", count: str = "60") -> None:
    """Print the table and the goals of one market."""
    whole = sample_market() if what == "sample" else long_histories(wide_market(), int(count))
    print_goals(list(shown_goals(whole)))


def shown_goals(market: Market) -> Iterator[Goal]:
    """Print what each estimate loses; the goals for both settings are given."""
    print(f"{len(market.assets)} assets, {market.sessions[0]} to {market.sessions[-1]}")
    stds = _forecast_std(market)
    estimates = _estimates(market, stds)
    rows = range(WALK.first + 1, len(market) - HORIZON - 1, HORIZON)
    there = {t: np.isfinite(stds[t - 1]) for t in rows}
    losses = {
        name: np.array([_loss(market, one(t), t, there[t]) for t in rows])
        for name, one in estimates.items()
    }
    for name, loss in losses.items():
        gain = loss - losses[REFERENCE]
        error = gain.std(ddof=1) / np.sqrt(len(gain))
        print(f"{name:44} {gain.mean():+.3f}  t {gain.mean() / error if error else 0:+.1f}")
    for name in (DEFAULT, STATEMENTS):
        gains = (losses[name] - losses[REFERENCE]) / len(market.assets)
        calmer = [_least_risk(market, estimates, name, t, there[t]) for t in rows]
        yield from goals(gains, np.array(calmer), name)


def goals(gains: Array, variances: Array, name: str) -> Iterator[Goal]:
    """What a setting should gain on the reference: loss per asset, and risk of least variance."""
    what = f"an asset less Ledoit-Wolf's, {name}"
    yield Goal(what=f"QLIKE {what}", measured=float(gains.mean()), highest=-0.25, t=_t(gains))
    usual = np.sort(gains)[OUTLIERS:]  # without the dates that gained most
    yield Goal(
        what=f"without three dates, t of QLIKE {what}",
        measured=_t(usual),
        highest=-5.0,
        digits=1,
    )
    yield Goal(
        what=f"share of dates better, {name}", measured=float((gains < 0).mean()), lowest=0.8
    )
    ours, theirs = 100 * np.sqrt(252 * variances.mean(axis=0))
    what = f"volatility of least variance less Ledoit-Wolf's, points a year, {name}"
    yield Goal(what=what, measured=float(ours - theirs), highest=-0.5, digits=2)


def _t(gains: Array) -> float:
    return float(gains.mean() / (gains.std(ddof=1) / np.sqrt(len(gains))))


def _least_risk(
    market: Market,
    estimates: Mapping[str, Callable[[int], Array]],
    name: str,
    t: int,
    there: Flags,
) -> tuple[float, float]:
    """Variance per session that followed for the portfolio of least variance, by both."""
    returns = np.nan_to_num(market.returns[t : t + HORIZON, there])
    followed = []
    for one in (name, REFERENCE):
        ahead = np.linalg.solve(estimates[one](t)[np.ix_(there, there)], np.ones(there.sum()))
        followed.append(float(np.mean((returns @ (ahead / ahead.sum())) ** 2)))
    return followed[0], followed[1]


def _estimates(market: Market, stds: Array) -> dict[str, Callable[[int], Array]]:
    """A covariance (N, N) as known after so many rows, by name."""
    models = {
        REFERENCE: LedoitWolf(window=LONGEST),
        "Ledoit-Wolf 750": LedoitWolf(window=750),
        "Ledoit-Wolf, identity": LedoitWolfIdentity(window=LONGEST),
        "sample": SampleCovariance(window=LONGEST),
        DEFAULT: VolatilityTimesCorrelation(),
    }
    for half_life in (126, 252):
        slow = VolatilityTimesCorrelation(half_life=half_life, volatility=EWMA())
        models[f"EWMA x correlation, half-life {half_life}"] = slow
    known = {name: lambda t, m=model: m(market[:t]).matrix for name, model in models.items()}
    correlated = FOR_RISK.model_copy(update={"volatility": HalfLives()})

    def stated(t: int, of: VolatilityTimesCorrelation) -> Array:
        return np.outer(stds[t - 1], stds[t - 1]) * of(market[:t]).correlation

    known[STATEMENTS] = lambda t: stated(t, correlated)
    known["HAR-X x the default's correlation"] = lambda t: stated(t, VolatilityTimesCorrelation())
    return known


def _forecast_std(market: Market) -> Array:
    """Volatility (T, N) per session by HAR-X, out of sample."""
    task = FoldTask(
        model=HARX(),
        horizons=(HORIZON,),
        folds=WALK.folds(len(market)),
        market=market,
        features=compute(DEFAULT_FEATURES, market),
        content="",
    )
    said = forecast_folds(task).panels[0].std / np.sqrt(HORIZON)
    return np.vstack([np.full((WALK.first, said.shape[1]), np.nan), said])


def _loss(market: Market, matrix: Array, t: int, there: Flags) -> float:
    """The loss for the assets that are `there`; a session that one of them misses moves nothing."""
    returns = np.nan_to_num(market.returns[t : t + HORIZON, there])
    return covariance_loss(matrix[np.ix_(there, there)], returns)


if __name__ == "__main__":
    main(*sys.argv[1:])
