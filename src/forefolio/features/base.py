"""The `Feature` protocol."""

from typing import Protocol, runtime_checkable

from forefolio.core.units import Array
from forefolio.market import Market


@runtime_checkable
class Feature(Protocol):
    """Turns a market into one number per session and asset.

    Row t may depend only on rows up to t: `f(market)[:t] == f(market[:t])`, exactly.
    `needs` names the columns or series of the market without which the feature is switched off.
    """

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns and series of the market, such as ("close", "vix"); a class variable will do."""
        ...

    @property
    def name(self) -> str:
        """A short economic name, such as "momentum 21"."""
        ...

    def __call__(self, market: Market) -> Array:
        """Values of shape (T, N), NaN where there is not enough history."""
        ...
