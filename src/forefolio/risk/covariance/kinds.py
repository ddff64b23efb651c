"""Whether assets are of one kind, or bonds and gold stand beside stocks.

Where sectors are known they tell. Where they are not, assets of another kind are those that move
little with the others and are calmer than most: bonds, cash-like funds, often gold.
"""

import numpy as np

from forefolio.core.units import Flags
from forefolio.risk.base import AnyCovariance
from forefolio.risk.covariance.moments import split

LOOSE = 0.5  # of the usual mean correlation with the others: less is another kind
FEWEST = 0.1  # share of the assets that makes a universe a mixed one


def of_another_kind(covariance: AnyCovariance) -> Flags:
    """Assets (N,) that are calmer than most and move less than half as much with the others."""
    size = len(covariance.assets)
    if size < 2:
        return np.zeros(size, dtype=np.bool_)
    std, correlation = split(covariance.matrix)
    mean = (correlation.sum(axis=1) - 1.0) / (size - 1)
    calm = std < np.median(std)
    loose: Flags = calm & (mean < LOOSE * np.median(mean))
    return loose


def apart(covariance: AnyCovariance, sectors: tuple[str, ...]) -> Flags:
    """Assets (N,) of unknown sector that are of another kind: bonds and gold beside stocks."""
    unlisted = np.array([not sector for sector in sectors or ("",) * len(covariance.assets)])
    return unlisted & of_another_kind(covariance) if unlisted.any() else unlisted


def is_mixed(covariance: AnyCovariance, sectors: tuple[str, ...]) -> bool:
    """Whether at least a tenth of the assets, of unknown sector, are of another kind."""
    return bool(apart(covariance, sectors).mean() >= FEWEST)


def kindred(covariance: AnyCovariance, sectors: tuple[str, ...]) -> tuple[str, ...]:
    """The sector of each asset (N,); in a mixed universe each of unknown sector is its own."""
    if not is_mixed(covariance, sectors):
        return sectors
    pairs = zip(sectors, covariance.assets, strict=True)
    return tuple(sector or f"the sector of {asset} alone" for sector, asset in pairs)
