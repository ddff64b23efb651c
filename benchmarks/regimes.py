"""A Gaussian hidden Markov model of four states, beside the best of five seeds of `hmmlearn`.

`python benchmarks/regimes.py`. Both maximise likelihood times a weak prior of their own, up to 300
steps and to the same gain per observation, on the same standardised numbers with full covariances;
compared are the plain log likelihoods per observation at the two optima, no prior counted, to 1e-4:
a quarter of a unit over all observations, which is what our prior costs. The peer's time is that of
one of its seeds. Our search starts at divisions by the last column, which here is the volatility;
the states of the simulation differ as much in the other columns, which is what it is not made for.
"""

import logging
from statistics import mean

import numpy as np
from _report import Line, Times, report, timed
from hmmlearn.hmm import GaussianHMM

from forefolio.core.units import Array
from forefolio.market import Market, Sample, load_market
from forefolio.regimes import HMM, fit_hmm
from forefolio.regimes.hmm import GAIN, STEPS
from forefolio.regimes.regimes import observations

STATES, SESSIONS, SEEDS = 4, 2500, 5
FASTER = 5
ALIKE = 1e-4  # log likelihood per observation
STICKINESS = 20.0  # the default of `Regimes`


def main() -> None:
    """Print the table."""
    logging.getLogger("hmmlearn").setLevel(logging.ERROR)  # it logs every step that gains nothing
    market = load_market(Sample()).market
    two, five = observations(market), _five(market)
    decades = {"2012-2022": slice(-SESSIONS, None), "2002-2012": slice(-2 * SESSIONS, -SESSIONS)}
    work = {
        f"sample {d}, {x.shape[1]} columns": x[rows]
        for x in (two, five)
        for d, rows in decades.items()
    }
    work |= {f"simulated, {width} columns": _simulated(width) for width in (2, 5)}
    lines = [_line(name, (x - x.mean(axis=0)) / x.std(axis=0)) for name, x in work.items()]
    title = f"HMM, {STATES} states, {SESSIONS} observations, CPU time"
    report(title, lines, ["hmmlearn", "scipy"])


def _line(name: str, x: Array) -> Line:
    ours = fit_hmm(x, STATES, stickiness=STICKINESS).log_likelihood / len(x)
    peers = [in_hmmlearn(x, seed) for seed in range(SEEDS)]
    seconds = [timed(lambda s=seed: in_hmmlearn(x, s), 1, warm=False).best for seed in range(SEEDS)]
    theirs = Times(seconds=[mean(seconds)])
    told = f"{ours:.4f}; peer {min(peers):.4f} to {max(peers):.4f}"
    return Line(
        work=name,
        ours=timed(lambda: fit_hmm(x, STATES, stickiness=STICKINESS)),
        bar=theirs.best / FASTER,
        peer="hmmlearn, one seed",
        theirs=theirs,
        accuracy=f"{told}: {'met' if ours >= max(peers) - ALIKE else 'MISSED'}",
    )


def in_hmmlearn(x: Array, seed: int) -> float:
    """Log likelihood per observation where a search from a random start ends."""
    model = GaussianHMM(
        STATES, covariance_type="full", n_iter=STEPS, tol=GAIN * len(x), random_state=seed
    )
    return float(model.fit(x).score(x)) / len(x)


def _five(market: Market) -> Array:
    """Return, month's return, dispersion and correlation of the stocks, and volatility (T, 5)."""
    market_, volatility = observations(market).T
    month = np.convolve(np.nan_to_num(market_), np.ones(21))[: len(market_)]
    returns = market.returns
    dispersion = np.full(len(returns), np.nan)
    dispersion[1:] = np.log(returns[1:].std(axis=1))
    together = np.full(len(returns), np.nan)
    together[1:] = np.abs(np.sign(returns[1:]).mean(axis=1))
    return np.column_stack([market_, month, together, dispersion, volatility])


def _simulated(width: int) -> Array:
    rng = np.random.default_rng(0)
    stay = 0.97 * np.eye(STATES) + 0.01 * (1 - np.eye(STATES))
    roots = rng.normal(0, 0.3, (STATES, width, width)) + np.eye(width)
    model = HMM(
        start=np.full(STATES, 1 / STATES),
        transition=stay,
        means=rng.normal(0, 0.7, (STATES, width)),
        covariances=roots @ np.swapaxes(roots, 1, 2),
    )
    state, out = 0, []
    for _ in range(SESSIONS):
        out.append(rng.multivariate_normal(model.means[state], model.covariances[state]))
        state = rng.choice(STATES, p=model.transition[state])
    return np.array(out)


if __name__ == "__main__":
    main()
