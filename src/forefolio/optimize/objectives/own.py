"""A function that chooses weights, as an objective."""

from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.market import read_weights
from forefolio.optimize.base import Allocation, Optimizer, Outlook

pandas: Any = lazy("pandas")


class FunctionObjective(Component):
    """Weights from a function of expected returns and their covariance, both a year's.

    The function takes `mu`, a Series of expected simple returns by ticker, and `cov`, a DataFrame
    of their covariance. It returns weights as fractions: a mapping or a Series by ticker, or one
    number per asset in their order. It holds to limits of its own; constraints are not added.
    """

    kind: str = "function"
    function: Callable[..., Any] = Field(exclude=True)

    def allocate(self, outlook: Outlook) -> Allocation:
        """What the function says.

        Raises:
            InputError: it did not return one finite weight for each asset.
            UnknownTicker: it returned a weight of an asset that is not there.
        """
        assets, name = list(outlook.assets), getattr(self.function, "__name__", self.kind)
        per_year = outlook.periods_per_year / outlook.forecast.horizon
        mu = pandas.Series(np.array(outlook.mean * per_year), index=assets)
        cov = pandas.DataFrame(np.array(outlook.risk * per_year), index=assets, columns=assets)
        weights = read_weights(self.function(mu, cov), outlook.assets)
        return Allocation(assets=outlook.assets, weights=weights, method=name, status=name)


def as_optimizer(given: object) -> object:
    """A function as an objective; anything else as it is."""
    if isinstance(given, Optimizer | str) or hasattr(given, "prepare") or not callable(given):
        return given
    return FunctionObjective(function=given)
