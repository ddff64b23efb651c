"""Which part of a portfolio's volatility each holding brings, as a result says it."""

from collections.abc import Iterable, Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from forefolio.core.units import Array
from forefolio.risk import AnyCovariance, volatility_shares

RiskShares = Annotated[
    Mapping[str, float],
    Field(
        description="Share of the volatility that each holding brings, by ticker; all of them "
        "are 1, and a negative one is a hedge. None: no volatility, or of an earlier version."
    ),
]
"""Shares of the volatility, by ticker."""


def risk_shares(
    tickers: Iterable[str], weights: Array, covariance: AnyCovariance
) -> Mapping[str, float]:
    """The shares of `tickers` in the volatility of `weights` (N,); nothing where there is none."""
    if not len(weights):
        return {}
    each = dict(
        zip(covariance.assets, volatility_shares(weights, covariance).tolist(), strict=True)
    )
    return {ticker: each[ticker] for ticker in tickers if np.isfinite(each[ticker])}
