"""GARCH(1,1) on 500 series of 2,500 returns: CPU seconds, beside `arch` on a sample.

The bar is one second. Run as `python benchmarks/garch.py`.
"""

from time import process_time

import numpy as np
from arch import arch_model

from forefolio.forecast.garch import fit_garch
from forefolio.market import simulated_market

BAR_SECONDS = 1.0
SERIES, SESSIONS, SAMPLE = 500, 2500, 20


def main() -> None:
    """Time both, and compare the likelihoods of the sample."""
    returns = simulated_market(sessions=SESSIONS + 1, assets=SERIES).returns[1:]
    residuals = np.ascontiguousarray((returns - returns.mean(axis=0)).T)
    fit_garch(residuals[0])  # load the machine code

    begun = process_time()
    fits = [fit_garch(series) for series in residuals]
    ours = process_time() - begun

    begun = process_time()
    peers = [_peer(series) for series in residuals[:SAMPLE]]
    theirs = (process_time() - begun) * SERIES / SAMPLE

    likelihoods = np.array([fit.log_likelihood for fit in fits[:SAMPLE] if fit]) / SESSIONS
    apart = np.abs(likelihoods - np.array(peers)).max()
    failed = sum(fit is None for fit in fits)
    print(f"GARCH(1,1), {SERIES} x {SESSIONS}: {ours:.2f} s CPU, {failed} failed")
    print(f"arch, extrapolated from {SAMPLE}: {theirs:.1f} s, {theirs / ours:.0f} times as long")
    print(f"largest difference in log likelihood per observation: {apart:.1e}")
    print(f"bar of {BAR_SECONDS:.0f} s: {'met' if ours <= BAR_SECONDS else 'MISSED'}")


def _peer(series: np.ndarray) -> float:
    model = arch_model(100 * series, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    fit = model.fit(disp="off", show_warning=False)
    return float(fit.loglikelihood) / SESSIONS + float(np.log(100))


if __name__ == "__main__":
    main()
