"""The loss of a holding whose asset stops trading, by the reason.

1. A company that failed its exchange's requirements lost 30 % after its last close on the NYSE and
   AMEX in the mean (Shumway 1997, "The delisting bias in CRSP data"), 55 % on Nasdaq (Shumway and
   Warther 1999, "The delisting bias in CRSP's Nasdaq data"). Who was bought lost nothing.
2. Prices do not contain the reason. "unknown" assumes it: an asset whose last close is below half
   of its highest close of a year failed, any other was bought.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Discriminator, Tag

from forefolio.core.units import Array, Share
from forefolio.evidence.survivorship import AFTER, FELL
from forefolio.market import Market

Reason = Literal["unknown", "performance", "performance_nasdaq", "merger"]

LOSSES: Mapping[str, float] = {"performance": AFTER, "performance_nasdaq": 0.55, "merger": 0.0}
YEAR = 252  # closes


def _is_number(value: object) -> bool:
    return not isinstance(value, str) or value.strip().endswith("%")


DelistingLoss = Annotated[
    Annotated[Share, Tag("share")] | Annotated[Reason, Tag("reason")],
    Discriminator(lambda value: "share" if _is_number(value) else "reason"),
]
"""A share of the last close, or the reason for which assets stop trading."""


def delisting_losses(setting: float | str, market: Market) -> Array:
    """The share (N,) of its last close that a holding of each asset loses when it is cashed out.

    Where prices have to tell the reason it is zero for all that trade at the last session: those
    are never cashed out.
    """
    assets = len(market.assets)
    if not isinstance(setting, str):
        return np.full(assets, float(setting))
    if setting in LOSSES:
        return np.full(assets, LOSSES[setting])
    losses = np.zeros(assets)
    for asset in np.flatnonzero(np.isnan(market.close[-1])):
        losses[asset] = LOSSES["performance"] if _failed(market.close[:, asset]) else 0.0
    return losses


def _failed(close: Array) -> bool:
    """Whether the last of the closes (T,) is below half of the year's highest."""
    year = close[np.isfinite(close)][-YEAR:]
    return bool(len(year) and year[-1] < (1.0 - FELL) * year.max())
