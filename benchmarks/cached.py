"""How long a forecast through the library takes when it was made before, hashing included.

`python benchmarks/cached.py`; 500 assets, 2,500 sessions, given as a frame and as a market.
"""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from _report import Line, report, timed

from forefolio import Market, Recipe, Settings, ml_forecast_returns, simulated_market
from forefolio.features import PriceMomentum
from forefolio.forecast import EWMA, BayesianRidge, WalkForward

BAR_S = 0.020
QUICK = Recipe(  # what is computed once makes no difference to how long it takes to read
    features=(PriceMomentum(window=21),),
    models=(BayesianRidge(),),
    baselines=(),
    volatility=(EWMA(),),
    walk=WalkForward(first=2000, refit=500),
)


def main() -> None:
    """Print the table."""
    logging.disable(logging.WARNING)
    market = simulated_market(1, sessions=2500, assets=500)
    frame = pd.DataFrame(
        np.array(market.close), index=pd.DatetimeIndex(market.sessions), columns=market.assets
    )
    with TemporaryDirectory() as home:
        settings = Settings(home=Path(home), executor="inline:")
        lines = [
            _line(f"again, 500 x 2,500, {kind}", prices, settings)
            for kind, prices in (
                ("a frame", frame),
                ("a frame of columns", pd.DataFrame({name: frame[name].copy() for name in frame})),
                ("a market", market),
            )
        ]
    report("A forecast that was made before", lines, ("pandas",))


def _line(work: str, prices: pd.DataFrame | Market, settings: Settings) -> Line:
    def again() -> None:
        ml_forecast_returns(prices, recipe=QUICK, settings=settings)

    return Line(work=work, ours=timed(again, repeats=20), bar=BAR_S)


if __name__ == "__main__":
    main()
