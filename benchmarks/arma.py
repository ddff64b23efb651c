"""The best of six ARMA orders for 500 series of 2,500 returns: CPU seconds, beside statsmodels.

The bar is fifteen seconds. Run as `python benchmarks/arma.py`.
"""

import warnings
from time import process_time

import numpy as np
from statsmodels.tsa.arima.model import ARIMA

from forefolio.forecast.series import ORDERS, fit_arma
from forefolio.market import simulated_market

BAR_SECONDS = 15.0
SERIES, SESSIONS, SAMPLE = 500, 2500, 4


def main() -> None:
    """Time both, and compare the criteria and orders of the sample."""
    returns = np.ascontiguousarray(simulated_market(sessions=SESSIONS + 1, assets=SERIES).returns.T)
    returns = returns[:, 1:].copy()
    fit_arma(returns[0])  # load the machine code

    begun = process_time()
    fits = [fit_arma(series) for series in returns]
    ours = process_time() - begun

    begun = process_time()
    peers = [_peer(series) for series in returns[:SAMPLE]]
    theirs = (process_time() - begun) * SERIES / SAMPLE

    print(f"ARMA, best of {len(ORDERS)} orders, {SERIES} x {SESSIONS}: {ours:.2f} s CPU")
    print(f"statsmodels, extrapolated from {SAMPLE}: {theirs:.0f} s, {theirs / ours:.0f} times")
    for fit, (aic, order) in zip(fits, peers, strict=False):
        print(
            f"  AIC {fit.aic if fit else np.nan:.1f} {fit and fit.order} beside {aic:.1f} {order}"
        )
    print(f"bar of {BAR_SECONDS:.0f} s: {'met' if ours <= BAR_SECONDS else 'MISSED'}")


def _peer(series: np.ndarray) -> tuple[float, tuple[int, int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [(ARIMA(100 * series, order=(p, 0, q), trend="c").fit(), (p, q)) for p, q in ORDERS]
    shift = 2 * SESSIONS * float(np.log(100))
    return min((float(fit.aic) - shift, order) for fit, order in fits)


if __name__ == "__main__":
    main()
