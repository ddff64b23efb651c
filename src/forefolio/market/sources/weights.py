"""Weights of a portfolio from memory: by ticker, or one per asset in their order."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forefolio.core.errors import InputError, UnknownTicker
from forefolio.core.lazy import is_a, lazy
from forefolio.core.units import Array

pd: Any = lazy("pandas")

_PERCENT = 1.0  # by which weights in percent miss 100, at most, for what is rounded


def read_weights(weights_given: Any, assets: Sequence[str]) -> Array:
    """Fractions (N,) of a portfolio; an asset that a mapping or a series does not name has none.

    Raises:
        InputError: there is not one number for each asset, or they are percentages.
        UnknownTicker: something is held that is none of the `assets`.
    """
    if is_a(weights_given, "pandas", "Series") and not _named(weights_given.index, assets):
        weights_given = weights_given.to_numpy()
    if isinstance(weights_given, Mapping) or is_a(weights_given, "pandas", "Series"):
        named = {str(name): value for name, value in weights_given.items()}
        if unknown := [name for name in named if name not in assets]:
            raise UnknownTicker(unknown, tuple(assets), "the market")
        weights_given = [named.get(asset, 0.0) for asset in assets]
    try:
        weights = np.array(weights_given, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("a weight is no number; give fractions such as 0.25") from None
    if weights.ndim != 1 or len(weights) != len(assets):
        raise InputError(
            f"weights have shape {weights.shape}; give one finite number for each of the "
            f"{len(assets)} assets, or a mapping by ticker"
        )
    if not np.isfinite(weights).all():
        bad = [a for a, w in zip(assets, weights, strict=True) if not np.isfinite(w)]
        raise InputError(
            f"weights must be one finite number for each of the {len(assets)} assets; those of "
            f"{', '.join(bad)} are not"
        )
    refuse_percentages(weights)
    return weights


def refuse_percentages(weights: Array) -> None:
    """Refuse weights (N,), or rows of them (D, N), each of which adds up to 100.

    Raises:
        InputError: they are percentages.
    """
    sums = np.abs(np.atleast_2d(weights)).sum(axis=-1)
    held = sums[sums > 0]
    if len(held) and (np.abs(held - 100.0) <= _PERCENT).all():
        raise InputError(
            "weights add up to 100: these are percentages; give fractions such as 0.25"
        )


def read_weights_of(weights_given: Any, returns: Any) -> tuple[Array, Array]:
    """Fractions (N,) of the columns of `returns`, and these as an array (T, N).

    The columns of a pandas frame are tickers; those of an array have no names, and take one number
    each in their order.

    Raises:
        InputError: there is not one finite number for each column, or they are percentages, or
            weights by ticker are given for columns without names, or the returns are no table.
        UnknownTicker: something is held that is none of the columns.
    """
    named = is_a(returns, "pandas", "DataFrame")
    try:
        values = np.asarray(returns, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("a return is no number; give an array or a frame of fractions") from None
    if values.ndim != 2:
        raise InputError(
            f"returns have shape {values.shape}; give a row per session, a column per asset"
        )
    if isinstance(weights_given, Mapping) and not named:
        raise InputError(
            "weights by ticker need returns by ticker: give a pandas frame, or the weights in the "
            "order of the columns"
        )
    names = (
        [str(n) for n in returns.columns] if named else [f"#{n}" for n in range(values.shape[1])]
    )
    if not named and is_a(weights_given, "pandas", "Series"):
        weights_given = weights_given.to_numpy()
    return read_weights(weights_given, names), values


def _named(index: Any, assets: Sequence[str]) -> bool:
    """Whether a series is by ticker, and not one number after the other."""
    return bool({*map(str, index)} & {*assets}) or not pd.api.types.is_integer_dtype(index.dtype)
