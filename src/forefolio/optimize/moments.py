"""Expected returns and a covariance as somebody gives them: by name or in order, checked.

Names decide: the covariance is put in the order of the expected returns, and names that do not fit
are refused. Rows without names are in the order of the columns.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.core.wording import percent
from forefolio.risk import AnyCovariance, Covariance, FactorCovariance

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.floating[Any]]
    Expected: TypeAlias = Mapping[str, float] | pd.Series[float] | Sequence[float] | Numbers
    Covariances: TypeAlias = pd.DataFrame | AnyCovariance | Numbers | Sequence[Sequence[float]]

pandas: Any = lazy("pandas")
nw: Any = lazy("narwhals")

ASYMMETRY = 1e-8  # of the largest entry: what rounding may leave between two halves
SEMIDEFINITE = 1e-8  # of the largest eigenvalue: what rounding may lack of zero
PERCENTAGES = 3.0  # a median return or volatility of 300 % a year is rather 3 %
NAMES_SHOWN = 5


def read_moments(
    mu: Expected, cov: Covariances, periods_per_year: float
) -> tuple[Array, AnyCovariance]:
    """Expected returns (N,) and their covariance, of the same assets in the order of `mu`.

    Args:
        mu: a pandas or Polars series, a mapping by asset, or numbers in the order of `cov`.
        cov: a frame whose rows and columns are the assets, an array, or a covariance.
        periods_per_year: of both; what tells fractions from percentages.

    Raises:
        InputError: their labels are not the same, shapes do not fit, a number is missing, they
            are percentages, or `cov` is not a covariance.
    """
    covariance, names = _covariance(cov)
    assets, mean = _expected(mu, names, len(covariance.assets))
    covariance = _in_order(covariance, assets, labelled=names is not None)
    _check_covariance(covariance)
    _check_size(mean, covariance.std, periods_per_year)
    return mean, covariance


def some(names: Collection[str]) -> str:
    """The first few of many names."""
    shown = sorted(names) if isinstance(names, set) else list(names)
    more = f" and {len(shown) - NAMES_SHOWN} more" if len(shown) > NAMES_SHOWN else ""
    return ", ".join(shown[:NAMES_SHOWN]) + more


def _covariance(cov: Any) -> tuple[AnyCovariance, tuple[str, ...] | None]:
    """The covariance as it was given, and its labels if it has some."""
    if isinstance(cov, Covariance | FactorCovariance):
        return cov, cov.assets
    names: tuple[str, ...] | None = None
    if not isinstance(cov, pandas.DataFrame):
        table = nw.from_native(cov, pass_through=True, eager_only=True)
        cov = table.to_pandas() if isinstance(table, nw.DataFrame) else cov
    if isinstance(cov, pandas.DataFrame):
        names, cov = _labels(cov)
    matrix = _numbers(cov, "cov")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise InputError(f"cov has shape {matrix.shape}; give one row and one column per asset")
    assets = names or tuple(map(str, range(len(matrix))))
    return Covariance(assets=assets, matrix=matrix), names


def _labels(frame: Any) -> tuple[tuple[str, ...], Any]:
    """Labels and numbers of a frame whose rows are labelled by its index or a column of text."""
    if len({*frame.columns}) < len(frame.columns):
        twice = _twice(tuple(map(str, frame.columns)))
        raise InputError(f"cov has {twice} twice; give each asset one row and one column")
    text = [name for name in frame.columns if not pandas.api.types.is_numeric_dtype(frame[name])]
    if len(text) == 1 and len(frame.columns) == len(frame) + 1:
        frame = frame.set_index(text[0])
    columns = tuple(map(str, frame.columns))
    rows = tuple(map(str, frame.index))
    if isinstance(frame.index, pandas.RangeIndex) and len(rows) == len(columns):
        return columns, frame  # rows without labels are in the order of the columns
    if sorted(rows) != sorted(columns):
        raise InputError(
            f"rows and columns of cov have other labels ({some(set(rows) ^ set(columns))}); "
            "give one row and one column for each asset"
        )
    by_row = dict(zip(rows, range(len(rows)), strict=True))
    return columns, frame.iloc[[by_row[name] for name in columns]]


def _expected(mu: Any, names: tuple[str, ...] | None, count: int) -> tuple[tuple[str, ...], Array]:
    """The assets in the order of `mu`, and what is expected of each (N,)."""
    series = nw.from_native(mu, pass_through=True, allow_series=True)
    if isinstance(series, nw.Series):
        mu = series.to_pandas()
    if isinstance(mu, pandas.Series) and isinstance(mu.index, pandas.RangeIndex) and names:
        mu = mu.to_numpy()
    if isinstance(mu, Mapping | pandas.Series):
        labels = tuple(str(name) for name in mu.keys())  # noqa: SIM118 (a Series iterates values)
        mean = _numbers(list(mu.values() if isinstance(mu, Mapping) else mu), "mu")
    else:
        labels, mean = names or (), _numbers(mu, "mu")
        if mean.ndim != 1 or len(mean) != count:
            raise InputError(
                f"mu has shape {mean.shape}, and cov is of {count} assets; give one expected "
                "return for each"
            )
        labels = labels or tuple(map(str, range(count)))
    if len({*labels}) < len(labels):
        raise InputError(f"mu has {_twice(labels)} twice; give each asset one expected return")
    if unknown := [a for a, value in zip(labels, mean, strict=True) if not np.isfinite(value)]:
        raise InputError(f"the expected return of {some(unknown)} is missing; leave the asset out")
    return labels, mean


def _in_order(
    covariance: AnyCovariance, assets: tuple[str, ...], *, labelled: bool
) -> AnyCovariance:
    """The covariance of `assets`, in their order."""
    if not labelled:
        if len(covariance.assets) != len(assets):
            raise InputError(
                f"mu is of {len(assets)} assets and cov of {len(covariance.assets)}; give one row "
                "and one column for each"
            )
        return Covariance(assets=assets, matrix=covariance.matrix)
    place = {name: k for k, name in enumerate(covariance.assets)}
    lacking = [name for name in assets if name not in place]
    beyond = [name for name in covariance.assets if name not in set(assets)]
    if lacking or beyond:
        missing = [f"cov lacks {some(lacking)}"] if lacking else []
        missing += [f"mu lacks {some(beyond)}"] if beyond else []
        raise InputError(f"mu and cov are not of the same assets: {' and '.join(missing)}")
    order = [place[name] for name in assets]
    if isinstance(covariance, FactorCovariance):
        return FactorCovariance(
            assets=assets,
            loadings=covariance.loadings[order],
            factors=covariance.factors,
            specific=covariance.specific[order],
            note=covariance.note,
        )
    return Covariance(
        assets=assets, matrix=covariance.matrix[np.ix_(order, order)], note=covariance.note
    )


def _check_covariance(covariance: AnyCovariance) -> None:
    if isinstance(covariance, FactorCovariance):
        return  # which checks itself
    matrix = covariance.matrix
    unknown = np.asarray(~np.isfinite(matrix).all(axis=1))
    if unknown.any():
        names = [a for a, on in zip(covariance.assets, unknown, strict=True) if on]
        raise InputError(f"the covariance of {some(names)} is missing; leave the asset out")
    largest = float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > ASYMMETRY * largest:
        raise InputError("cov is not symmetric: the covariance of A with B is that of B with A")
    values = np.linalg.eigvalsh(matrix)
    if values[0] < -SEMIDEFINITE * max(float(values[-1]), 0.0):
        raise InputError(
            f"cov is no covariance: its least eigenvalue is {values[0]:.3g}, so that some "
            "portfolio would have a negative variance; estimate it by a model of forefolio.risk, "
            "or shrink it towards its diagonal"
        )


def _check_size(mean: Array, std: Array, periods_per_year: float) -> None:
    """Refuse percentages."""
    volatility = float(np.median(std)) * math.sqrt(periods_per_year)
    expected = float(np.median(np.abs(mean))) * periods_per_year
    for what, size in (("expected return in mu", expected), ("volatility in cov", volatility)):
        if size > PERCENTAGES:
            raise InputError(
                f"the median {what} is {percent(size, 0)} a year: give fractions (0.08 for 8 %), "
                "and say by periods_per_year what period they are of"
            )


def _numbers(values: Any, what: str) -> Array:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{what} has something in it that is no number") from None


def _twice(names: Sequence[str]) -> str:
    return next(name for k, name in enumerate(names) if name in names[:k])
