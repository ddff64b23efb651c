"""A strategy by its name."""

from typing import Any

from forefolio.core.kinds import kind_of, named
from forefolio.strategy.base import Strategy
from forefolio.strategy.catalog import STRATEGIES


def strategy_named(name: str) -> Strategy:
    """The strategy of that name or kind, with its defaults.

    Raises:
        InputError: there is none; it says which was probably meant.
    """
    made: list[Any] = [strategy() for strategy in STRATEGIES]
    kinds: dict[str, Strategy] = {kind_of(one): one for one in made}
    names: dict[str, Strategy] = {one.name: one for one in made}
    return named(name, kinds, "strategy", aliases=names)
