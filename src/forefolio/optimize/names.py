"""The names that limits, views and benchmarks use, held against what a market lists.

1. A name that is nobody's is refused: a limit that matches nothing would hold without being one.
2. Listed is what the market holds at any session. What is not alive at a decision is not misspelt.
3. Where one word is a ticker and a sector, it is refused until it is said which.
"""

import difflib
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from types import NoneType
from typing import Protocol, Self, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from forefolio.core.component import Component
from forefolio.core.errors import UnclearName
from forefolio.core.units import Flags, read_only
from forefolio.core.wording import in_doubt, listed
from forefolio.market import Market
from forefolio.optimize.text import MEASURES, is_code, word_of

SHOWN = 12  # names in a message
PLAIN = (str, float, int, NoneType)  # what names nothing by itself
CLOSE = 0.6  # how like a name is one that was probably meant
REMEMBERED = 16  # lists of sectors
LISTS = 64  # of limits that were right
ABSURD = 10.0  # times the portfolio: no weight is limited to that
UNKNOWN = -1  # the place of a sector that is not known


@dataclass(frozen=True, slots=True)
class Universe:
    """What there is to be named: N assets, and the sector of each, "" where it is not known."""

    assets: tuple[str, ...]
    sectors: tuple[str, ...] = ()

    @classmethod
    def of(cls, market: Market) -> Self:
        """What a market lists, at whatever session."""
        return cls(market.assets, market.sectors)

    @property
    def groups(self) -> tuple[str, ...]:
        """The sectors, each once."""
        return _groups(self.sectors)

    def members(self, sector: str | None) -> Flags:
        """Which of the assets (N,) are of a sector."""
        if sector not in self.groups:
            return np.zeros(len(self.assets), np.bool_)
        among: Flags = _coded(self.sectors) == self.groups.index(sector)
        return among

    def sector(self, name: str) -> str | None:
        """The sector that is called so, or else the only one whose name has it in it."""
        near = self._sectors(name)
        return near[0] if len(near) == 1 else None

    def same(self, name: str) -> str | None:
        """The sector of exactly this name, whatever its capitals."""
        return next((s for s in self.groups if s.casefold() == name.casefold()), None)

    def check_assets(self, named: Iterable[str], of: object) -> None:
        """Refuse names of which the market lists no asset.

        Raises:
            UnclearName: saying what was probably meant.
        """
        assets = frozenset(self.assets)
        unknown = [name for name in dict.fromkeys(named) if name not in assets]
        if unknown:
            raise UnclearName(of, f"there is no asset {', '.join(unknown)}", self._hint(unknown[0]))

    def check_sector(self, name: str, of: object) -> None:
        """Refuse what is not the name, nor a part of the name, of one sector.

        Raises:
            UnclearName: saying what was probably meant.
        """
        near = self._sectors(name)
        if len(near) == 1:
            return
        if near:
            raise UnclearName(of, f"{name!r} is a part of {listed(near)}", "write more of the name")
        raise UnclearName(of, f"there is no sector {name!r}", self._hint(name))

    def check_levels(self, levels: Iterable[float | None], of: object) -> None:
        """Refuse limits of weights that nobody means: 30 for 30%, or the digits of a ticker.

        Raises:
            UnclearName: saying what to write instead.
        """
        for level in (abs(level) for level in levels if level and ABSURD <= abs(level) < np.inf):
            if named := [a for a in self.assets if is_code(a) and float(a) == level]:
                raise UnclearName(
                    of,
                    f"{named[0]} is the number {named[0]} or the asset of that ticker",
                    f"for the asset write two statements, each with one sign: A <= '{named[0]}'; a "
                    "limit of weights is a fraction or a percentage, such as 5%",
                )
            trouble, remedy = in_doubt(level)
            raise UnclearName(
                of,
                trouble,
                f"{remedy}, and numbers of your own as scores",
            )

    def _sectors(self, name: str) -> tuple[str, ...]:
        if (same := self.same(name)) is not None:
            return (same,)
        return tuple(s for s in self.groups if name.casefold() in s.casefold())

    def _hint(self, name: str) -> str:
        if remedy := MEASURES.get(word_of(name)):
            return remedy
        if (sector := self.sector(name)) is not None:
            return f'for the sector {sector} write "{sector}" in double quotes'
        names = {each.casefold(): each for each in (*self.assets, *self.groups)}
        if (asset := names.get(name.casefold())) is not None:
            return f"the asset is written {asset}"
        near = difflib.get_close_matches(name.casefold(), list(names), n=1, cutoff=CLOSE)
        if near:
            return f"did you mean {names[near[0]]}?"
        groups = f"sectors {_some(self.groups)}" if self.groups else "no sector is known of them"
        return (
            f"there are {_some(self.assets)}, and {groups}; numbers of your own are given as scores"
        )


@runtime_checkable
class Naming(Protocol):
    """Something that names assets or sectors."""

    def check_names(self, universe: Universe) -> None:
        """Refuse names that are nobody's there.

        Raises:
            UnclearName: saying which, and what was probably meant.
        """
        ...


@dataclass(slots=True)
class _LookedThrough:
    """A component that never changes: what names assets in it, and where that was right last."""

    component: weakref.ref[Component]
    naming: tuple[Naming, ...]
    universe: Universe | None = None


_LOOKED_THROUGH: dict[int, _LookedThrough] = {}
_RIGHT: dict[int, tuple[tuple[object, ...], Universe]] = {}  # which are kept, so ids stay theirs


def check_names(thing: object, universe: Universe) -> None:
    """Refuse names that are nobody's in `universe`, in a thing and in all that it is made of.

    A component that was right there a moment ago is right again, and so is a tuple of them.

    Raises:
        UnclearName: saying which, and what was probably meant.
    """
    if isinstance(thing, Component):
        seen = _remembered(thing)
        if seen.universe != universe:
            _check(seen.naming, universe)
            seen.universe = universe
    elif isinstance(thing, tuple):
        _check_each(thing, universe)
    else:
        _check(_naming(thing), universe)


def _check_each(things: tuple[object, ...], universe: Universe) -> None:
    found = _RIGHT.get(id(things))
    if found is not None and found[0] is things and found[1] == universe:
        return
    for part in things:
        check_names(part, universe)
    if all(isinstance(part, Component) for part in things):  # what else there is may change
        if len(_RIGHT) >= LISTS:
            _RIGHT.clear()
        _RIGHT[id(things)] = things, universe


def _check(naming: Iterable[Naming], universe: Universe) -> None:
    for part in naming:
        part.check_names(universe)


def _naming(thing: object) -> tuple[Naming, ...]:
    """What names assets or sectors, in a thing and in all that it is made of."""
    if isinstance(thing, PLAIN):
        return ()
    if isinstance(thing, Component):
        return _remembered(thing).naming
    return _with_parts(thing)


def _remembered(component: Component) -> _LookedThrough:
    place = id(component)
    seen = _LOOKED_THROUGH.get(place)
    if seen is not None and seen.component() is component:
        return seen
    forget = weakref.ref(component, lambda _: _LOOKED_THROUGH.pop(place, None))
    seen = _LOOKED_THROUGH[place] = _LookedThrough(forget, _with_parts(component))
    return seen


def _with_parts(thing: object) -> tuple[Naming, ...]:
    # asking a runtime protocol takes ten times as long as looking for the method
    own = (cast(Naming, thing),) if hasattr(type(thing), "check_names") else ()
    return own + tuple(naming for part in _parts(thing) for naming in _naming(part))


@lru_cache(maxsize=REMEMBERED)
def _groups(sectors: tuple[str, ...]) -> tuple[str, ...]:
    """Each once; every limit asks, at every decision."""
    return tuple(dict.fromkeys(sector for sector in sectors if sector))


@lru_cache(maxsize=REMEMBERED)
def _coded(sectors: tuple[str, ...]) -> NDArray[np.int64]:
    """The place (N,) of each asset's sector among the groups."""
    place = {sector: k for k, sector in enumerate(_groups(sectors))}
    codes = np.array([place.get(sector, UNKNOWN) for sector in sectors], dtype=np.int64)
    read_only(codes)
    return codes


def _parts(thing: object) -> Iterable[object]:
    if isinstance(thing, Component):
        return [value for _, value in thing]
    if isinstance(thing, tuple | list):
        return thing
    if is_dataclass(thing) and not isinstance(thing, type):
        return [getattr(thing, field.name) for field in fields(thing)]
    return []


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
