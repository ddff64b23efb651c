"""Weights of a portfolio from memory: by ticker, or one per asset in their order."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forefolio.errors import InputError, UnknownTicker
from forefolio.lazy import lazy
from forefolio.units import Array

pd: Any = lazy("pandas")

_PERCENT = 1.0  # by which weights in percent miss 100, at most, for what is rounded


def read_weights(given: Any, assets: Sequence[str]) -> Array:
    """Fractions (N,) of a portfolio; an asset that a mapping or a series does not name has none.

    Raises:
        InputError: there is not one number for each asset, or they are percentages.
        UnknownTicker: something is held that is none of the `assets`.
    """
    if isinstance(given, pd.Series) and not _named(given.index, assets):
        given = given.to_numpy()
    if isinstance(given, Mapping | pd.Series):
        named = {str(name): value for name, value in given.items()}
        if unknown := [name for name in named if name not in assets]:
            raise UnknownTicker(unknown, tuple(assets), "the market")
        given = [named.get(asset, 0.0) for asset in assets]
    try:
        weights = np.array(given, dtype=np.float64)
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
    if abs(float(np.abs(weights).sum()) - 100.0) <= _PERCENT:
        raise InputError(
            "weights add up to 100: these are percentages; give fractions such as 0.25"
        )
    return weights


def _named(index: Any, assets: Sequence[str]) -> bool:
    """Whether a series is by ticker, and not one number after the other."""
    return bool({*map(str, index)} & {*assets}) or not pd.api.types.is_integer_dtype(index.dtype)
