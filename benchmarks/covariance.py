"""How wrong covariances were over the next 21 sessions: multivariate QLIKE beside Ledoit-Wolf.

`python benchmarks/covariance.py sample` or `... wide` (60 stocks of `_wide` with full history). A
covariance is made every 21 sessions, so outcomes do not overlap. The volatility of the average is
the walk-forward one of `volatility.py`.
"""

import sys
from collections.abc import Callable

import numpy as np
from _wide import sample_market, wide_market

from forefolio.core.units import Array, Flags
from forefolio.features import DEFAULT_FEATURES, compute
from forefolio.forecast import EWMA, GARCH, HARX, RangeHAR, VolatilityAverage, WalkForward
from forefolio.forecast.walk import FoldTask, forecast_folds
from forefolio.market import Market
from forefolio.risk import (
    LedoitWolf,
    LedoitWolfIdentity,
    SampleCovariance,
    VolatilityTimesCorrelation,
    covariance_loss,
)

HORIZON, LONGEST, WIDE = 21, 252, 60
AVERAGE = VolatilityAverage(members=(EWMA(), GARCH(), RangeHAR(), HARX()))
WALK = WalkForward(first=1250, refit=250)
REFERENCE = f"Ledoit-Wolf {LONGEST}"


def main(what: str = "sample") -> None:
    """Print the table of one market."""
    market = sample_market() if what == "sample" else _with_full_history(wide_market())
    print(f"{what}: {len(market.assets)} assets, {market.sessions[0]} to {market.sessions[-1]}")
    stds = _average_std(market)
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


def _with_full_history(market: Market) -> Market:
    whole = np.isfinite(market.close[:5]).any(axis=0) & (
        np.isfinite(market.close).mean(axis=0) > 0.99
    )
    names = [name for name, on in zip(market.assets, whole, strict=True) if on]
    return market.select(names[:: len(names) // WIDE][:WIDE])


def _estimates(market: Market, stds: Array) -> dict[str, Callable[[int], Array]]:
    """A covariance (N, N) as known after so many rows, by name."""
    models = {
        REFERENCE: LedoitWolf(window=LONGEST),
        "Ledoit-Wolf 750": LedoitWolf(window=750),
        "Ledoit-Wolf, identity": LedoitWolfIdentity(window=LONGEST),
        "sample": SampleCovariance(window=LONGEST),
    }
    for half_life in (126, 252):
        slow = VolatilityTimesCorrelation(half_life=half_life)
        models[f"EWMA x correlation, half-life {half_life}"] = slow
    known = {name: lambda t, m=model: m(market[:t]).matrix for name, model in models.items()}
    for half_life in (126, 252):
        slow = VolatilityTimesCorrelation(half_life=half_life)

        def combined(t: int, slow: VolatilityTimesCorrelation = slow) -> Array:
            std = stds[t - 1]
            return np.outer(std, std) * slow(market[:t]).correlation

        known[f"average x correlation, half-life {half_life}"] = combined
    return known


def _average_std(market: Market) -> Array:
    """Volatility (T, N) per session by the average, out of sample."""
    task = FoldTask(
        model=AVERAGE,
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
