"""All that a refresh may use: the providers, and the database that their prices are kept in."""

from dataclasses import dataclass, field

from forefolio.core.settings import Settings
from forefolio.market.online.catalog import Providers, providers_of
from forefolio.store.price_database import PriceDatabase, price_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Made of the settings, whose keys it never shows."""

    settings: Settings = field(repr=False)

    @property
    def prices(self) -> PriceDatabase:
        """The database of prices."""
        return price_database(self.settings)

    def providers(self) -> Providers:
        """The providers, as the settings have them."""
        return providers_of(self.settings)
