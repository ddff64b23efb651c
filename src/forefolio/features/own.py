"""A function of prices as a feature."""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.features.base import Feature
from forefolio.market import Market

pandas: Any = lazy("pandas")


class FunctionFeature(Component):
    """Numbers from a function of prices: one for each session and asset.

    The function takes the closes, a pandas frame with a row per session and a column per asset, or,
    where its first parameter is called `market`, the `Market`. It returns a frame or an array of
    the same shape, NaN where there is too little history. A row may depend only on rows up to it:
    `check_no_lookahead` tells.

    >>> FunctionFeature(function=lambda prices: prices.pct_change(21)).needs
    ('close',)
    """

    needs: ClassVar[tuple[str, ...]] = ("close",)
    kind: str = "function"
    function: Callable[..., Any] = Field(exclude=True)

    @property
    def name(self) -> str:
        """What tables call it."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def __call__(self, market: Market) -> Array:
        """What the function says, (T, N).

        Raises:
            InputError: it returned another shape, or something that is no number.
        """
        parameters = list(inspect.signature(self.function).parameters)
        argument = market if parameters[:1] == ["market"] else _closes(market)
        values = self.function(argument)
        if isinstance(values, pandas.DataFrame) and set(market.assets) <= set(values.columns):
            values = values[list(market.assets)]
        try:
            numbers = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"feature {self.name} returned something that is no number") from None
        if numbers.shape != market.close.shape:
            raise InputError(
                f"feature {self.name} returned shape {numbers.shape}; it must be "
                f"{market.close.shape}: a row per session, a column per asset"
            )
        return np.where(np.isfinite(numbers) & np.isfinite(market.close), numbers, np.nan)


def as_feature(given: object) -> object:
    """A function as a feature; anything else as it is."""
    if isinstance(given, Feature | str) or not callable(given):
        return given
    return FunctionFeature(function=given)


def _closes(market: Market) -> Any:
    index = pandas.DatetimeIndex(market.sessions, name="date")
    return pandas.DataFrame(market.close, index=index, columns=list(market.assets))
