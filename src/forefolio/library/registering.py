"""Names for what is somebody's own, so that it may stand in studies like what comes with us."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from forefolio.core import registered
from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.kinds import kind_of, plain
from forefolio.features import CATALOGUE
from forefolio.forecast.catalog import MODELS
from forefolio.optimize import CONSTRAINTS, OPTIMIZERS
from forefolio.strategy.catalog import STRATEGIES

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def register(thing: T | None = None, *, name: str = "") -> Any:
    """Give a strategy, model, feature, objective or constraint of your own a name for studies.

    Studies, `run`, `compare` and the leaderboard take that name wherever they take one of ours.
    What is computed is remembered with the code of the module that it is from, so that a changed
    function is computed anew.

    It holds in this process. Other processes, such as the command line, must register it too: a
    package does so by an entry point of the group "forefolio.components", whose name is the kind.

    Args:
        thing: a component with a `kind` of its own, a function, or an estimator in the manner of
            scikit-learn. Without it, `register` is a decorator.
        name: what studies call it; the kind of a component, or the name of a function, unless
            given.

    Raises:
        InputError: the name is no name, or is already that of something that comes with us.

    >>> from forefolio.library.registering import register
    >>> @register(name="first_asset")
    ... def first(prices):
    ...     return {prices.columns[0]: 1.0}
    >>> from forefolio import StrategyStudy
    >>> StrategyStudy(strategy="first_asset").strategy.name
    'first asset'
    """
    if thing is None:
        decorate: Callable[[T], T] = lambda one: _registered(one, name)  # noqa: E731
        return decorate
    return _registered(thing, name)


def _registered(thing: T, name: str) -> T:
    kind = name or _name_of(thing)
    if not _NAME.fullmatch(kind):
        raise InputError(
            f"{kind!r} is no name for studies; use small letters, digits and _, such as my_rule"
        )
    if isinstance(thing, type) and issubclass(thing, Component) and kind != kind_of(thing):
        raise InputError(
            f"{thing.__name__} has the kind {kind_of(thing)!r}, and cannot be called {kind!r}; "
            "leave the name out, or change its kind"
        )
    ours = (*STRATEGIES, *MODELS, *CATALOGUE, *OPTIMIZERS, *CONSTRAINTS)
    if plain(kind) in {plain(kind_of(one)) for one in ours}:
        raise InputError(f"{kind} is a kind that comes with forefolio; choose another name")
    registered.add(kind, thing)
    return thing


def _name_of(thing: object) -> str:
    if isinstance(thing, type):
        return kind_of(thing)
    if isinstance(thing, Component):
        raise InputError(
            f"register the class {type(thing).__name__}, not one of its objects; studies say the "
            "settings"
        )
    return str(getattr(thing, "__name__", type(thing).__name__.lower()))
