"""The stationary bootstrap of Sharpe ratios and of growth, with errors of its own in each draw.

1. Blocks start anywhere, have geometric lengths and wrap around (Politis and Romano 1994, "The
   stationary bootstrap"); their mean length follows from the data (Politis and White 2004).
2. All series are drawn at the same sessions, so that what they have in common cancels out.
3. Each draw's difference is divided by its own error, the one seen by its own (Ledoit and Wolf
   2008, "Robust performance hypothesis testing with the Sharpe ratio").
4. Sums over a block follow from running sums: a draw costs as many steps as it has blocks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forefolio.core.units import Array, read_only
from forefolio.evidence.bootstrap_kernel import resample_differences, resample_growth

DRAWS = 1000
_QUIET = 2.0  # an autocorrelation this many errors from zero counts, Politis and White's c
_QUIET_LAGS = 5  # so many in a row that do not count end the search


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharpeDifferences:
    """Sharpe ratios per session of K series less a reference's, seen and drawn again."""

    seen: Array  # (K,)
    errors: Array  # (K,)
    drawn: Array  # (B, K)
    drawn_errors: Array  # (B, K)
    block: float  # sessions, on average
    sessions: int

    def __post_init__(self) -> None:
        read_only(self.seen, self.errors, self.drawn, self.drawn_errors)

    @property
    def statistics(self) -> Array:
        """The differences (K,) by their errors."""
        return _ratio(self.seen, self.errors)

    @property
    def by_luck(self) -> Array:
        """The same (B, K) of each draw around what was seen: how they fall without a difference."""
        return _ratio(self.drawn - self.seen, self.drawn_errors)

    @property
    def p_values(self) -> Array:
        """Share (K,) of draws at least as far from zero as what was seen, both sides."""
        as_far = np.abs(self.by_luck) >= np.abs(self.statistics)
        p: Array = (1.0 + as_far.sum(axis=0)) / (1.0 + len(self.drawn))
        return p

    def interval(self, level: float) -> tuple[Array, Array]:
        """Bounds (K,) that hold the true differences with probability `level`, one by one.

        They are symmetric around what was seen, so that they leave zero out where p is below
        1 - level.
        """
        reach = np.quantile(np.abs(self.by_luck), level, axis=0) * self.errors
        return self.seen - reach, self.seen + reach


def sharpe_differences(
    excess: Array, reference: Array, seed: int = 0, draws: int = DRAWS, block: float | None = None
) -> SharpeDifferences:
    """Compare the Sharpe ratios of returns `excess` (T, K) with those of `reference` (T,).

    All returns are less cash, per session, over the same sessions, and vary.
    """
    series = np.column_stack([reference, excess])
    squared = series**2
    influence = _influence(series)
    length = block or max(block_length(one) for one in (influence[:, 1:] - influence[:, :1]).T)
    twice = np.tile(np.hstack([series, squared]), (2, 1))
    running = np.vstack([np.zeros((1, twice.shape[1])), np.cumsum(twice, axis=0)])
    starts, lengths = drawn_blocks(len(series), length, draws, seed)
    drawn, errors = np.empty((2, draws, excess.shape[1]))
    resample_differences(running, starts, lengths, drawn, errors)
    ratios = series.mean(axis=0) / series.std(axis=0, ddof=1)
    return SharpeDifferences(
        seen=ratios[1:] - ratios[0],
        errors=_block_errors(influence[:, 1:] - influence[:, :1], round(length)),
        drawn=drawn,
        drawn_errors=errors,
        block=length,
        sessions=len(series),
    )


def growth_paths(returns: Array, block: float, draws: int = DRAWS, seed: int = 0) -> Array:
    """Growth of 1 (B, T) along `draws` other histories of returns (T,), in blocks of the seen one.

    >>> growth_paths(np.full(3, 0.1), block=2.0, draws=1).round(3).tolist()
    [[1.1, 1.21, 1.331]]
    """
    starts, lengths = drawn_blocks(len(returns), block, draws, seed)
    growth = np.empty((draws, len(returns)))
    resample_growth(np.ascontiguousarray(returns), starts, lengths, growth)
    return growth


def deepest_falls(growth: Array) -> Array:
    """Deepest fall (B,) from a peak, the 1 at the start included, of growth of 1 (B, T); negative.

    >>> deepest_falls(np.array([[1.2, 0.9, 1.5], [1.1, 1.2, 1.3]])).round(2).tolist()
    [-0.25, 0.0]
    """
    peaks = np.maximum(np.maximum.accumulate(growth, axis=1), 1.0)
    falls: Array = (growth / peaks).min(axis=1) - 1.0
    return falls


def drawn_blocks(
    sessions: int, block: float, draws: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the blocks of each draw start, and how long they are: both (B, M).

    The lengths of a draw add up to `sessions`; from there on they are zero.
    """
    rng = np.random.default_rng(seed)
    usual = sessions / block
    most = min(sessions, int(usual + 8.0 * np.sqrt(usual) + 16.0))
    lengths = rng.geometric(1.0 / max(block, 1.0), (draws, most))
    starts = rng.integers(0, sessions, (draws, most))
    ends = np.cumsum(lengths, axis=1, out=lengths)  # in place: of many draws they are large
    np.minimum(ends, sessions, out=ends)
    ends[:, -1] = sessions  # a draw whose blocks were that short has a long last one
    for draw in ends:
        draw[1:] -= draw[:-1].copy()
    return starts, ends


def block_length(values: Array) -> float:
    """Mean length of blocks, in sessions, that suits the mean of `values` (T,); at least 1.

    Politis and White (2004), "Automatic block-length selection for the dependent bootstrap", as
    corrected by Patton, Politis and White (2009).
    """
    sessions = len(values)
    centred = values - values.mean()
    if sessions < 8 or not centred.any():
        return 1.0
    longest = int(np.ceil(np.sqrt(sessions))) + _QUIET_LAGS
    covariance = _autocovariance(centred, min(longest, sessions - 1))
    quiet = np.abs(covariance[1:]) < _QUIET * covariance[0] * np.sqrt(np.log10(sessions) / sessions)
    lags = 2 * max(_last_loud(quiet), 1)
    lags = min(lags, len(covariance) - 1)
    lag = np.arange(1, lags + 1)
    taper = np.clip(2.0 * (1.0 - lag / lags), 0.0, 1.0)
    spectrum = covariance[0] + 2.0 * float(taper @ covariance[1 : lags + 1])
    slope = 2.0 * float((taper * lag) @ covariance[1 : lags + 1])
    if spectrum <= 0.0:
        return 1.0
    length = (slope**2 / spectrum**2 * sessions) ** (1.0 / 3.0)
    return float(np.clip(length, 1.0, np.ceil(min(3.0 * np.sqrt(sessions), sessions / 3.0))))


def _last_loud(quiet: NDArray[np.bool_]) -> int:
    """The lag before the first row of quiet ones; where there is none, the last loud lag."""
    run = 0
    for lag, on in enumerate(quiet, start=1):
        run = run + 1 if on else 0
        if run == _QUIET_LAGS:
            return lag - _QUIET_LAGS
    loud = np.flatnonzero(~quiet)
    return int(loud[-1]) + 1 if len(loud) else 0


def _autocovariance(centred: Array, lags: int) -> Array:
    sessions = len(centred)
    return np.array(
        [float(centred[: sessions - lag] @ centred[lag:]) / sessions for lag in range(lags + 1)]
    )


def _influence(series: Array) -> Array:
    """What each session adds to the Sharpe ratio of each series (T, N), times T."""
    mean, spread = series.mean(axis=0), series.std(axis=0)
    standard = (series - mean) / spread
    ratio = mean / spread
    influence: Array = standard - 0.5 * ratio * (standard**2 - 1.0)
    return influence


def _block_errors(influence: Array, block: int) -> Array:
    """Standard errors (K,) of the means of (T, K), from all blocks of that length, wrapped."""
    sessions = len(influence)
    twice = np.vstack([influence, influence[: block - 1]])
    running = np.vstack([np.zeros((1, influence.shape[1])), np.cumsum(twice, axis=0)])
    within = running[block:] - running[:-block]
    error: Array = np.sqrt((within**2).mean(axis=0) / block / sessions)
    return error


def _ratio(values: Array, errors: Array) -> Array:
    out = np.zeros(np.broadcast_shapes(values.shape, errors.shape))
    np.divide(values, errors, out=out, where=errors > 0.0)
    return out
