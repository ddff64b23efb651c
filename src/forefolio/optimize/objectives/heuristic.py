"""Portfolios that need no optimiser: what every optimiser has to beat."""

from typing import Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError
from forefolio.core.units import Share
from forefolio.optimize.base import Allocation, Outlook


class EqualWeighted(Component):
    """The same weight in every asset (DeMiguel et al. 2009, "Optimal versus naive")."""

    kind: Literal["equal_weight"] = "equal_weight"
    invested: Share = Field(1.0, description="Sum of the weights; the rest is cash.")

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast."""
        weights = np.full(len(outlook.assets), self.invested / len(outlook.assets))
        return Allocation(assets=outlook.assets, weights=weights, method=self.kind)


class InverseVolatilityWeighted(Component):
    """Weights in inverse proportion to volatility: risk parity where correlations are equal."""

    kind: Literal["inverse_volatility"] = "inverse_volatility"
    invested: Share = Field(1.0, description="Sum of the weights; the rest is cash.")

    def allocate(self, outlook: Outlook) -> Allocation:
        """Weights that do not look at the forecast.

        Raises:
            DataError: an asset has no volatility to divide by.
        """
        std = outlook.covariance.std
        without = [a for a, v in zip(outlook.assets, std, strict=True) if not v > 0]
        if without:
            raise DataError(f"{', '.join(without)}: no volatility to divide by; leave it out")
        weights = self.invested / std / (1 / std).sum()
        return Allocation(assets=outlook.assets, weights=weights, method=self.kind)
