"""What somebody registered under a kind of its own: it enters studies like what comes with us.

1. `add` gives a class of components, a function or an estimator a kind, in this process.
2. Installed packages may do so by an entry point of the group "forefolio.components", whose name is
   the kind; they are looked for when a kind is not known.
"""

from collections.abc import Mapping
from typing import Any

from forefolio.core.errors import InputError
from forefolio.core.kinds import plain
from forefolio.core.lazy import lazy

metadata: Any = lazy("importlib.metadata")

GROUP = "forefolio.components"

_by_kind: dict[str, Any] = {}
_searched: set[str] = set()


def add(kind: str, thing: Any) -> None:
    """Register a thing under a kind; the same name again takes the place of what had it."""
    _by_kind[kind] = thing


def registered(word: str) -> tuple[str, Any] | None:
    """Kind and thing of what is registered under a word, or None."""
    if (match := _called(word)) is None and GROUP not in _searched:
        _searched.add(GROUP)
        for point in metadata.entry_points(group=GROUP):
            try:
                _by_kind.setdefault(point.name, point.load())
            except Exception as error:  # whatever somebody's module does when it is imported
                raise InputError(
                    f"the installed component {point.name} ({point.value}) cannot be loaded: "
                    f"{type(error).__name__}: {error}"
                ) from error
        match = _called(word)
    return match


def kinds_registered() -> Mapping[str, Any]:
    """All that is registered in this process, by kind."""
    return dict(_by_kind)


def kind_registered(part: object) -> str | None:
    """The kind under which a component, or what it was made of, is registered; None if it is not.

    A function and an estimator enter a study within a component of ours, which has its kind.
    """
    kind = getattr(part, "kind", None)
    thing = _by_kind.get(kind) if isinstance(kind, str) else None
    if thing is None:
        return None
    made_of = (getattr(part, "function", None), getattr(part, "estimator", None))
    return kind if type(part) is thing or any(one is thing for one in made_of) else None


def _called(word: str) -> tuple[str, Any] | None:
    return next(((k, thing) for k, thing in _by_kind.items() if plain(k) == plain(word)), None)
