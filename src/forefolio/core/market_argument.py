"""What takes a market is given one: anything else is answered by one line, wherever it enters.

Methods of components are held to it by their class, functions by the decorator: what is annotated
as a `Market` is looked at before anything is done with it. A market is known by what it can do, so
that this stands below it.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import isfunction, signature
from typing import Any, ParamSpec, TypeVar

from forefolio.core.errors import InputError

_P = ParamSpec("_P")
_R = TypeVar("_R")


def insist_on_market(given: object) -> None:
    """Refuse what is no market.

    Raises:
        InputError: saying what was given, and how a market is made of prices.
    """
    if hasattr(given, "as_of") and hasattr(given, "sessions"):
        return
    raise InputError(
        f"a market is wanted, not a {type(given).__name__}; of a frame of prices one is made by "
        "forefolio.load_market(frame).market"
    )


def takes_market(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The function; what it is given as a `Market` must be one, before it begins."""
    places = _places(function)

    @wraps(function)
    def insisting(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for name, place in places.items():
            if place < len(args):
                insist_on_market(args[place])
            elif name in kwargs:
                insist_on_market(kwargs[name])
        return function(*args, **kwargs)

    return insisting


def methods_take_markets(members: Mapping[str, Any]) -> dict[str, Any]:
    """The public methods among the members of a class that take a market, insisting on one."""
    public = {n: f for n, f in members.items() if not n.startswith("_") or n == "__call__"}
    return {n: takes_market(f) for n, f in public.items() if isfunction(f) and _places(f)}


def _places(function: Callable[..., Any]) -> dict[str, int]:
    """The parameters that are annotated as a market, by name, and where they stand."""
    annotations = {name: getattr(a, "__name__", a) for name, a in function.__annotations__.items()}
    names = list(signature(function).parameters)
    return {name: names.index(name) for name in names if annotations.get(name) == "Market"}
