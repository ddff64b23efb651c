"""How long volatility and covariance of 500 assets x 2,500 sessions take, and the default study.

`python benchmarks/speed.py`; CPU seconds on one thread, with one refit, but for the study: that is
`forefolio run` on the sample with an empty home, in wall seconds on two processes.
"""

import time
from collections.abc import Callable, Iterator

from _goals import Goal, print_goals
from main_job import measured

from forefolio.core.numerics import one_thread
from forefolio.features import DEFAULT_FEATURES, compute
from forefolio.forecast import HARX, Recipe, WalkForward
from forefolio.forecast.walk import FoldTask, forecast_folds
from forefolio.market import simulated_market
from forefolio.risk import FOR_RISK, VolatilityTimesCorrelation

ASSETS, SESSIONS = 500, 2500
HORIZONS = (1, 5, 21, 63)
ONE_REFIT = WalkForward(first=SESSIONS - 1, refit=250)


def main() -> None:
    """Print the goals."""
    print_goals(list(shown_goals()))


def shown_goals() -> Iterator[Goal]:
    """Print what each model takes; the goals are given."""
    market = simulated_market(0, SESSIONS, ASSETS)
    size = f"{ASSETS} x {SESSIONS:,}, CPU s"
    covariances = [
        _cpu(name, lambda one=one: one(market))
        for name, one in (
            ("covariance for weights", VolatilityTimesCorrelation()),
            ("covariance for statements of risk", FOR_RISK),
        )
    ]
    yield Goal(what=f"a covariance of {size}", measured=max(covariances), highest=10.0, digits=1)
    features = compute(DEFAULT_FEATURES, market)
    folds = ONE_REFIT.folds(len(market))
    volatilities = [
        _cpu(
            f"{model.name}, horizons {HORIZONS}",
            lambda model=model: forecast_folds(
                FoldTask(
                    model=model,
                    horizons=HORIZONS,
                    folds=folds,
                    market=market,
                    features=features,
                    content="",
                )
            ),
        )
        for model in dict.fromkeys((*Recipe().volatility, HARX()))
    ]
    yield Goal(
        what=f"all volatility and covariance of {size}",
        measured=sum(covariances) + sum(volatilities),
        highest=60.0,
        digits=1,
    )
    cold = measured("processes:2", None)[0][0].ours.best
    yield Goal(what="the default study from nothing, s", measured=cold, highest=70.0, digits=0)


def _cpu(what: str, work: Callable[[], object]) -> float:
    """CPU seconds of the first call in this process, which are printed."""
    begun = time.process_time()
    with one_thread():
        work()
    took = time.process_time() - begun
    print(f"{what:50} {took:6.2f} s", flush=True)
    return took


if __name__ == "__main__":
    main()
