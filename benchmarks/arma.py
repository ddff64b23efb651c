"""How long the best of six ARMA orders takes on 500 series of 2,500 returns, beside statsmodels.

`python benchmarks/arma.py`; statsmodels fits part of the series.
"""

import warnings

import numpy as np
from _report import Line, report, timed
from statsmodels.tsa.arima.model import ARIMA

from forefolio.core.units import Array
from forefolio.forecast.models.arima import ORDERS, fit_arma
from forefolio.market import simulated_market

SERIES, SESSIONS, PART = 500, 2500, 5
BAR = 15.0


def main() -> None:
    """Print the table."""
    returns = simulated_market(sessions=SESSIONS + 1, assets=SERIES).returns[1:]
    series = np.ascontiguousarray(returns.T)
    fit_arma(series[0])  # load the machine code
    line = Line(
        work=f"{len(ORDERS)} orders of {SERIES} series",
        ours=timed(lambda: [fit_arma(one) for one in series], 2, warm=False),
        bar=BAR,
        peer=f"statsmodels, {PART} series x {SERIES // PART}",
        theirs=timed(lambda: [in_statsmodels(one) for one in series[:PART]], 1, warm=False)
        * (SERIES // PART),
        accuracy=_apart(series[:PART]),
    )
    title = f"ARMA by AIC among {len(ORDERS)} orders, {SERIES} x {SESSIONS}, CPU time"
    report(title, [line], ["statsmodels", "scipy"])


def in_statsmodels(series: Array) -> float:
    """The least AIC among the orders, in percent so that its search ends, then scaled back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [ARIMA(100 * series, order=(p, 0, q), trend="c").fit() for p, q in ORDERS]
    return min(float(fit.aic) for fit in fits) - 2 * len(series) * float(np.log(100))


def _apart(sample: Array) -> str:
    pairs = [(fit_arma(series), in_statsmodels(series)) for series in sample]
    apart = max(abs(fit.aic - aic) / SESSIONS for fit, aic in pairs if fit)
    return f"least AIC per observation within {apart:.0e}"


if __name__ == "__main__":
    main()
