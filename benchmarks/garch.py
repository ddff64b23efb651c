"""How long GARCH(1,1) takes on 500 series of 2,500 returns, beside `arch`.

`python benchmarks/garch.py`; `arch` fits part of the series.
"""

import numpy as np
from _report import Line, report, timed
from arch import arch_model

from forefolio.core.units import Array
from forefolio.forecast.volatility.garch import fit_garch
from forefolio.market import simulated_market

SERIES, SESSIONS, PART = 500, 2500, 50
BAR = 1.0


def main() -> None:
    """Print the table."""
    returns = simulated_market(sessions=SESSIONS + 1, assets=SERIES).returns[1:]
    residuals = np.ascontiguousarray((returns - returns.mean(axis=0)).T)
    line = Line(
        work=f"fit {SERIES} series",
        ours=timed(lambda: [fit_garch(series) for series in residuals]),
        bar=BAR,
        peer=f"arch, {PART} series x {SERIES // PART}",
        theirs=timed(lambda: [in_arch(one) for one in residuals[:PART]], 1) * (SERIES // PART),
        accuracy=_apart(residuals),
    )
    report(f"GARCH(1,1), {SERIES} x {SESSIONS}, CPU time", [line], ["arch", "scipy"])


def in_arch(series: Array) -> float:
    """Log likelihood of a series, in percent as `arch` advises, per observation."""
    model = arch_model(100 * series, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    fit = model.fit(disp="off", show_warning=False)
    return float(fit.loglikelihood) / len(series) + float(np.log(100))


def _apart(residuals: Array) -> str:
    fits = [fit_garch(series) for series in residuals]
    failed = sum(fit is None for fit in fits)
    pairs = [
        (fit.log_likelihood / SESSIONS, in_arch(series))
        for fit, series in zip(fits, residuals[:PART], strict=False)
        if fit
    ]
    apart = max(abs(ours - theirs) for ours, theirs in pairs)
    return f"log likelihood per observation within {apart:.0e}, {failed} failed"


if __name__ == "__main__":
    main()
