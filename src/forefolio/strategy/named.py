"""A strategy by the name that a person gives it."""

from typing import Any

from forefolio.core.errors import InputError
from forefolio.core.wording import meant
from forefolio.strategy.base import Strategy
from forefolio.strategy.catalog import STRATEGIES


def strategy_named(name: str) -> Strategy:
    """The strategy of that name or kind, with its defaults.

    Raises:
        InputError: there is none; it says which was probably meant.
    """
    made: list[Any] = [strategy() for strategy in STRATEGIES]
    there = {_plain(word): one for one in made for word in (one.kind, one.name)}
    if (found := there.get(_plain(name))) is not None:
        strategy: Strategy = found
        return strategy
    kinds = sorted(one.kind for one in made)
    near = meant(name.casefold(), kinds) or f"; there is {', '.join(kinds)}"
    raise InputError(f"there is no strategy {name!r}{near}")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
