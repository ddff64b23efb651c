"""Factor regression of a portfolio: factor returns, exposures, and shares of the variance.

1. Factor returns per session are given series, long-short spreads formed from what was known the
   session before, or principal components.
2. Regress the portfolio on all of them at once. Standard errors allow for heteroskedasticity and
   autocorrelation (Newey and West 1987).
3. A factor's share of the variance is exposure times covariance with the portfolio; what the
   regression leaves is specific. The shares sum to one exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from forefolio.core.errors import InputError, NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, read_only
from forefolio.risk.factors.contributions import SPECIFIC, RiskContributions

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

SPARE = 30  # sessions there must be beside one for each factor
ROUNDING = 1e-9
SAME = 1e-6  # a factor that the ones before it explain up to this share adds nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorReturns:
    """Returns or changes (T, K) of K factors per session; NaN where not known."""

    names: tuple[str, ...]
    values: Array  # (T, K)
    notes: tuple[str, ...] = ()  # what was left out, and why

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(self.names):
            raise InputError(
                f"factors have shape {self.values.shape}, must be (sessions, {len(self.names)}): "
                "one column for each name"
            )
        read_only(self.values)

    def select(self, names: Sequence[str]) -> Self:
        """Some of the factors.

        Raises:
            InputError: there is no such factor.
        """
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise InputError(
                f"there is no factor {', '.join(unknown)}; there is {', '.join(self.names)}"
            )
        columns = [self.names.index(name) for name in names]
        return replace(self, names=tuple(names), values=self.values[:, columns])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorAnalysis:
    """Exposures of a portfolio to K factors with robust standard errors; all per session.

    `share` (K,) of the variance and `specific_share` sum to one; a share is negative where a
    factor hedges the others.
    """

    names: tuple[str, ...]
    sessions: int
    exposure: Array  # (K,)
    exposure_error: Array  # (K,)
    alpha: float
    alpha_error: float
    volatility: float
    share: Array  # (K,)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        read_only(self.exposure, self.exposure_error, self.share)

    @property
    def t(self) -> Array:
        """t-statistics (K,) of the exposures; NaN where the errors are rounding."""
        out = np.full(len(self.names), np.nan)
        defined = self.exposure_error > ROUNDING * np.abs(self.exposure)
        np.divide(self.exposure, self.exposure_error, out=out, where=defined)
        return out

    @property
    def specific_share(self) -> float:
        """Share of the variance that no factor explains."""
        return 1.0 - float(self.share.sum())

    @property
    def contributions(self) -> RiskContributions:
        """What each factor, and what is specific, adds to the volatility: sums to it exactly."""
        exposure = np.append(self.exposure, 1.0)
        component = np.append(self.share, self.specific_share) * self.volatility
        marginal = np.full(len(exposure), np.nan)
        np.divide(component, exposure, out=marginal, where=exposure != 0)
        return RiskContributions(
            names=(*self.names, SPECIFIC), exposure=exposure, marginal=marginal, component=component
        )

    def to_frame(self) -> pd.DataFrame:
        """A row per factor: exposure, error, t, share of the variance; the last is specific."""
        frame: pd.DataFrame = pandas.DataFrame(
            {
                "exposure": np.append(self.exposure, np.nan),
                "error": np.append(self.exposure_error, np.nan),
                "t": np.append(self.t, np.nan),
                "share": np.append(self.share, self.specific_share),
            },
            index=[*self.names, SPECIFIC],
        )
        return frame


def analyze_factors(returns: Array, factors: FactorReturns) -> FactorAnalysis:
    """Regress simple returns (T,) on factors over the same sessions; rows with a NaN are left out.

    r = alpha + sum of exposure times factor + e, with standard errors of Newey and West (1987). A
    factor that is collinear with those before it is left out, with a note.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> factor = rng.normal(0.0, 0.01, 500)
    >>> factors = FactorReturns(names=("market",), values=factor[:, None])
    >>> analysis = analyze_factors(0.8 * factor + rng.normal(0, 0.001, 500), factors)
    >>> round(float(analysis.exposure[0]), 1)
    0.8

    Raises:
        InputError: returns and factors differ in length, or no factor moves.
        NotEnoughHistory: there are fewer than 30 sessions more than factors.
    """
    if returns.shape != factors.values.shape[:1]:
        raise InputError(
            f"returns have shape {returns.shape}, factors {factors.values.shape}; give a row of "
            "factors for each return"
        )
    finite = np.isfinite(returns) & np.isfinite(factors.values).all(axis=1)
    needed = SPARE + len(factors.names)
    if finite.sum() < needed:
        what = f"a regression on {len(factors.names)} factors"
        raise NotEnoughHistory(needed, int(finite.sum()), what)
    portfolio, kept = returns[finite], _not_collinear(factors, factors.values[finite])
    x = factors.select(kept).values[finite]
    coefficients, covariance = regression(portfolio, x)
    errors, centred = np.sqrt(np.diag(covariance)), portfolio - portfolio.mean()
    variance = float(centred @ centred)
    explained = coefficients[1:] * (centred @ (x - x.mean(axis=0)))
    dropped = [name for name in factors.names if name not in kept]
    collinear = [f"{name} is collinear with the factors before it" for name in dropped]
    return FactorAnalysis(
        names=kept,
        sessions=len(portfolio),
        exposure=coefficients[1:].copy(),
        exposure_error=errors[1:].copy(),
        alpha=float(coefficients[0]),
        alpha_error=float(errors[0]),
        volatility=float(np.sqrt(variance / (len(portfolio) - 1))),
        share=explained / variance if variance > 0 else np.zeros(len(kept)),
        notes=(*factors.notes, *collinear),
    )


def regression(y: Array, x: Array, overlap: int = 0) -> tuple[Array, Array]:
    """Least squares of y (T,) on one and x (T, K): coefficients (K + 1,), covariance of them.

    The covariance allows for heteroskedasticity and for autocorrelation over `overlap` sessions,
    or floor(4 (T / 100)^(2 / 9)) where that is longer (Newey and West 1987, 1994).
    """
    design = np.column_stack([np.ones(len(y)), x])
    scale = np.sqrt((design**2).mean(axis=0))  # so that rates and ratios weigh the same
    scale = np.where(scale > 0, scale, 1.0)
    design = design / scale
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    moments = design * (y - design @ coefficients)[:, None]
    meat = moments.T @ moments
    lags = max(int(4 * (len(y) / 100) ** (2 / 9)), overlap)
    for lag in range(1, min(lags, len(y) - 1) + 1):
        product = moments[lag:].T @ moments[:-lag]
        meat += (1 - lag / (lags + 1)) * (product + product.T)
    bread = np.linalg.pinv(design.T @ design)
    return coefficients / scale, bread @ meat @ bread / np.outer(scale, scale)


def rolling_exposures(
    returns: Array, factors: FactorReturns, *, window: int = 250, every: int = 21
) -> tuple[Array, Array]:
    """Exposures over the last `window` sessions, at every `every`-th session up to the end.

    Returns the rows (R,) and the exposures (R, K): NaN where a factor is collinear with those
    before it, or sessions are missing.

    Raises:
        InputError: a window or a step is not at least one session.
        NotEnoughHistory: there are fewer sessions than the window has.
    """
    if window < SPARE + len(factors.names) or every < 1:
        raise InputError(
            f"window is {window}, every {every}; at least {SPARE + len(factors.names)} and 1"
        )
    if len(returns) < window:
        raise NotEnoughHistory(window, len(returns), "rolling exposures")
    rows = np.arange(len(returns) - 1, window - 2, -every)[::-1].astype(np.float64)
    out = np.full((len(rows), len(factors.names)), np.nan)
    for at, row in enumerate(rows.astype(int)):
        past = slice(row + 1 - window, row + 1)
        try:
            analysis = analyze_factors(returns[past], replace(factors, values=factors.values[past]))
        except NotEnoughHistory:
            continue
        columns = [factors.names.index(name) for name in analysis.names]
        out[at, columns] = analysis.exposure
    return rows, out


def principal_factors(returns: Array, count: int = 3) -> FactorReturns:
    """Returns of the first `count` principal components of returns (T, N): PC1, PC2, ...

    Sessions with a NaN are NaN. The sign makes the largest weight of each positive.

    >>> import numpy as np
    >>> returns = np.random.default_rng(0).normal(0.0, 0.01, (100, 4))
    >>> principal_factors(returns, count=2).names
    ('PC1', 'PC2')

    Raises:
        InputError: there are not as many assets.
        NotEnoughHistory: fewer than 30 sessions more than assets are whole.
    """
    if not 1 <= count <= returns.shape[1]:
        raise InputError(f"{count} components of {returns.shape[1]} assets; give 1 or more of them")
    finite = np.isfinite(returns).all(axis=1)
    needed = SPARE + returns.shape[1]
    if finite.sum() < needed:
        raise NotEnoughHistory(needed, int(finite.sum()), "principal components")
    vectors = np.linalg.eigh(np.atleast_2d(np.cov(returns[finite], rowvar=False)))[1][:, ::-1]
    vectors = vectors[:, :count]
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    names = tuple(f"PC{number}" for number in range(1, count + 1))
    return FactorReturns(names=names, values=returns @ (vectors * np.sign(largest)))


def _not_collinear(factors: FactorReturns, finite: Array) -> tuple[str, ...]:
    """Names of the factors that are not collinear with those before them."""
    moved = finite - finite.mean(axis=0)
    kept: list[int] = []
    for column, moves in enumerate(moved.T):
        rest = moves
        if kept:
            before = moved[:, kept] / np.sqrt((moved[:, kept] ** 2).sum(axis=0))
            rest = moves - before @ np.linalg.lstsq(before, moves, rcond=None)[0]
        if rest @ rest > SAME**2 * max(float(finite[:, column] @ finite[:, column]), 1e-300):
            kept.append(column)
    if not kept:
        raise InputError(f"none of the factors {', '.join(factors.names)} moves")
    return tuple(factors.names[column] for column in kept)
