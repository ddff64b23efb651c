"""The providers, as the settings have them: their keys, addresses, limits and order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.market.online.base import Offer, Provider, limits_in
from forefolio.market.online.limits import FILE, Limits
from forefolio.market.online.offers import OFFERS, of_providers

alpha_vantage: Any = lazy("forefolio.market.online.alpha_vantage")
finnhub: Any = lazy("forefolio.market.online.finnhub")
request: Any = lazy("forefolio.market.online.request")
tables: Any = lazy("forefolio.market.online.tables")
yahoo: Any = lazy("forefolio.market.online.yahoo")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """All providers that may be asked, and in which order where nobody names one."""

    providers: Mapping[str, Provider] = field(repr=False)
    order: tuple[str, ...]
    limits: Limits
    now: Callable[[], datetime] = _now

    def named(self, names: tuple[str, ...]) -> tuple[Provider, ...]:
        """The providers of these names, by default all in their order."""
        return tuple(self.providers[name] for name in of_providers(names or self.order))


def providers_of(settings: Settings) -> Providers:
    """The providers, as the settings have them.

    Raises:
        InputError: a setting names no provider, or a limit cannot be read.
    """
    of_providers(settings.sources)
    of_providers((*settings.source_urls, *settings.source_limits))
    limits = Limits(path=settings.home / FILE)
    keys = {
        name: secret.get_secret_value() if secret else ""
        for name, secret in (
            ("alpha_vantage", settings.alpha_vantage_key),
            ("finnhub", settings.finnhub_key),
        )
    }
    requests = request.Requests(limits=limits, secrets=tuple(filter(None, keys.values())))
    offers = {name: _as_set(offer, settings) for name, offer in OFFERS.items()}
    providers: dict[str, Provider] = {
        "yahoo": yahoo.Yahoo(requests=requests, home=settings.home, offer=offers["yahoo"]),
        "alpha_vantage": alpha_vantage.AlphaVantage(
            requests=requests, key=keys["alpha_vantage"], offer=offers["alpha_vantage"]
        ),
        "finnhub": finnhub.Finnhub(requests=requests, key=keys["finnhub"], offer=offers["finnhub"]),
        "stooq": tables.Stooq(requests=requests, offer=offers["stooq"]),
        "fred": tables.Fred(requests=requests, offer=offers["fred"]),
    }
    return Providers(providers=providers, order=settings.sources, limits=limits)


def _as_set(offer: Offer, settings: Settings) -> Offer:
    limits = settings.source_limits.get(offer.name)
    return replace(
        offer,
        url=settings.source_urls.get(offer.name, offer.url),
        limits=limits_in(limits) if limits else offer.limits,
    )
