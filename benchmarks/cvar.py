"""How long the portfolio of least CVaR takes, beside the linear programme in HiGHS.

`python benchmarks/cvar.py`; scenarios in, weights and their proof out. `python benchmarks/cvar.py
1000000` asks for so many scenarios of 100 assets, beside `cvqp` where it is installed (a minute or
more, and 4 GB).
"""

import sys
from importlib.util import find_spec

import numpy as np
from _report import Line, Times, report, timed
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity, vstack

from forefolio.core.units import Array
from forefolio.optimize import minimum_cvar
from forefolio.optimize.measures.of_losses import conditional_value_at_risk

LEVEL = 0.95
BARS = {(5_000, 100): 0.060, (10_000, 500): 0.250}
PEER = 1_000, 100  # the sizes at which the peer is asked: it takes minutes at the others


def scenarios(count: int, assets: int) -> Array:
    """Returns of five heavy-tailed factors and noise."""
    rng = np.random.default_rng(0)
    exposure = 0.5 * rng.normal(size=(5, assets))
    exposure[0] += 1
    common = 0.008 * rng.standard_t(5, size=(count, 5)) @ exposure
    own = 0.01 * (1 + rng.random(assets)) * rng.standard_t(5, size=(count, assets))
    return np.asarray(common + own + 2e-4)


def in_highs(returns: Array) -> float:
    """The least CVaR by Rockafellar and Uryasev's linear programme."""
    count, assets = returns.shape
    tail = np.full(count, 1 / ((1 - LEVEL) * count))
    losses = csr_matrix(np.column_stack([-returns, -np.ones(count)]))
    found = linprog(
        np.r_[np.zeros(assets), 1.0, tail],
        A_ub=hstack([losses, -identity(count)]),
        b_ub=np.zeros(count),
        A_eq=csr_matrix(np.r_[np.ones(assets), 0.0, np.zeros(count)][None]),
        b_eq=[1.0],
        bounds=[(0, None)] * assets + [(None, None)] + [(0, None)] * count,
        method="highs",
    )
    return float(found.fun)


def in_cvqp(returns: Array) -> Array:
    """The weights (N,) of the least level that CVaR stays below, by operator splitting.

    They are made feasible: it leaves the budget and the bounds missed by about 1e-4.
    """
    import cvqp  # noqa: PLC0415 (it may be absent)

    count, assets = returns.shape
    bounds = hstack([identity(assets), csr_matrix((assets, 1))])
    rows = vstack([csr_matrix(np.append(np.ones(assets), 0.0)[None]), bounds]).tocsr()
    found = cvqp.solve(
        None,
        np.append(np.zeros(assets), 1.0),
        np.hstack([-returns, np.full((count, 1), -1.0)]),
        rows,
        np.append(1.0, np.zeros(assets)),
        np.append(1.0, np.full(assets, np.inf)),
        beta=LEVEL,
        kappa=0.0,
    )
    weights = np.maximum(found.x[:assets], 0.0)
    return np.asarray(weights / weights.sum())


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        report("Minimum CVaR 95 %, CPU time", [_many(int(count)) for count in sys.argv[1:]])
        return
    least: list[float] = []
    small = scenarios(*PEER)
    theirs = timed(lambda: least.append(in_highs(small)), 1, warm=False)
    apart = abs(minimum_cvar(small, LEVEL).cvar / least[0] - 1)
    told = f"CVaR within {apart:.0e}"
    lines = [_line(PEER, None, theirs, told), *(_line(size, bar) for size, bar in BARS.items())]
    report("Minimum CVaR 95 %, scenarios x assets, CPU time", lines, ["scipy"])


def _line(
    size: tuple[int, int], bar: float | None, theirs: Times | None = None, told: str = ""
) -> Line:
    returns = scenarios(*size)
    point = minimum_cvar(returns, LEVEL)
    gap = f"gap {point.gap / point.cvar:.0e}"
    return Line(
        work=f"{size[0]:,} x {size[1]}",
        ours=timed(lambda: minimum_cvar(returns, LEVEL)),
        bar=bar,
        peer="HiGHS" if theirs else "",
        theirs=theirs,
        accuracy=", ".join(filter(None, (gap, told))),
    )


def _many(count: int) -> Line:
    """Far more scenarios than a linear programme is given."""
    returns = scenarios(count, PEER[1])
    point, told, theirs = minimum_cvar(returns, LEVEL), "", None
    if find_spec("cvqp"):
        weights: list[Array] = []
        theirs = timed(lambda: weights.append(in_cvqp(returns)), 1, warm=False)
        apart = conditional_value_at_risk(-(returns @ weights[0]), LEVEL) / point.cvar - 1.0
        told = f", cvqp {apart:+.0e}"
    return Line(
        work=f"{count:,} x {PEER[1]}",
        ours=timed(lambda: minimum_cvar(returns, LEVEL), 1),
        peer="cvqp" if theirs else "",
        theirs=theirs,
        accuracy=f"gap {point.gap / point.cvar:.0e}{told}",
    )


if __name__ == "__main__":
    main()
