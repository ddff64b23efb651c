"""What each provider has, and how often it may be asked unless a setting says otherwise."""

from collections.abc import Mapping
from typing import Annotated

from forefolio.core.errors import InputError
from forefolio.core.units import Words, setting_check
from forefolio.core.wording import listed, meant
from forefolio.market.online.base import Offer, RateLimit

YAHOO = Offer(
    name="yahoo",
    title="Yahoo Finance",
    url="",
    adjusted="beside",
    limits=(RateLimit(times=2, seconds=1), RateLimit(times=60, seconds=60)),
)
ALPHA_VANTAGE = Offer(
    name="alpha_vantage",
    title="Alpha Vantage",
    url="https://www.alphavantage.co",
    adjusted="beside",
    limits=(RateLimit(times=5, seconds=60), RateLimit(times=25, seconds=86_400)),
    key="alpha_vantage_key",
)
FINNHUB = Offer(
    name="finnhub",
    title="Finnhub",
    url="https://finnhub.io",
    adjusted="no",
    limits=(RateLimit(times=30, seconds=1), RateLimit(times=60, seconds=60)),
    key="finnhub_key",
)
STOOQ = Offer(
    name="stooq",
    title="Stooq",
    url="https://stooq.com",
    adjusted="within",
    limits=(RateLimit(times=1, seconds=1), RateLimit(times=200, seconds=86_400)),
)
FRED = Offer(
    name="fred",
    title="FRED",
    url="https://fred.stlouisfed.org",
    adjusted="no",
    limits=(RateLimit(times=2, seconds=1), RateLimit(times=60, seconds=60)),
    kind="series",
)

OFFERS: Mapping[str, Offer] = {
    offer.name: offer for offer in (YAHOO, ALPHA_VANTAGE, FINNHUB, STOOQ, FRED)
}


def of_providers(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if each is a provider's.

    Raises:
        InputError: one is not.
    """
    for name in names:
        if name not in OFFERS:
            near = meant(name, list(OFFERS)) or f"; there is {listed(list(OFFERS))}"
            raise InputError(f"there is no source {name!r}{near}")
    return names


ProviderNames = Annotated[Words, setting_check(of_providers)]
"""A setting of several providers, in the order in which they are asked."""
