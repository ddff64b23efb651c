"""Panels of what was known at each close, computed once for all walks over a market.

Row t of a causal panel depends on rows up to t alone. The panel of a market's first rows is
therefore the first rows of its panel, bit by bit, and a walk that asks for longer and longer
histories need not begin anew each time: the second of them has the panel of all rows made, and so
has the first where these are not many more. A test holds every function that is marked so to it.
"""

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from forefolio.core.units import Array, read_only

if TYPE_CHECKING:
    from forefolio.market.panel import Market

T = TypeVar("T")

KEPT_BYTES = 500_000_000
LARGE_BYTES = 100_000_000
NOT_MANY_MORE = 2.0  # times the rows that are asked for first, so that all are made at once
KEPT_PANELS = 24  # numbers per session and asset: of a large market, what one walk asks for
CAUSAL: "list[Callable[[Market], Any]]" = []
"""Every function that is marked, so that a test can hold them to it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    rows: int
    value: Any
    size: int
    of_models: bool


class KeptPanels:
    """Panels by what names them: those asked for last, in a limited number of bytes."""

    __slots__ = ("_kept", "_lock")

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable) -> _Kept | None:
        """What is kept under that name."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def keep(self, key: Hashable, kept: _Kept, room: int) -> None:
        """Keep it, and of the others those that were asked for last, in so many bytes."""
        with self._lock:
            self._kept.pop(key, None)
            if kept.size > room:
                return
            self._kept[key] = kept
            while sum(one.size for one in self._kept.values()) > room:
                self._kept.popitem(last=False)

    def forget(self, beyond: int) -> None:
        """Forget those of more than so many bytes, and those that models alone ask for."""
        with self._lock:
            gone = [key for key, kept in self._kept.items() if kept.size > beyond or kept.of_models]
            for key in gone:
                del self._kept[key]


_of_saved = KeptPanels()


def forget_learnt(market: "Market") -> None:
    """Forget what models learnt from in a walk that has ended, before other things take memory.

    It is most of what is kept, and only they ask for it; any other large panel goes with it.
    Whoever asks again has it made again.
    """
    panels, _ = kept_beside(market)
    panels.forget(LARGE_BYTES)


def kept_beside(market: "Market") -> tuple[KeptPanels, tuple[Hashable, ...]]:
    """Where what is known of a market's bars is kept, and what names the market there."""
    if market.is_mapped:
        return _of_saved, market.origin
    return market.whole().panels, ()


def causal_for_models(function: "Callable[[Market], T]") -> "Callable[[Market], T]":
    """As `causal`, of what models alone ask for: it is forgotten when a walk has ended."""
    return _kept_of(function, of_models=True)


def causal(function: "Callable[[Market], T]") -> "Callable[[Market], T]":
    """Keep the panels that `function` makes of a market, for its shorter histories.

    Those of a saved market are kept by its content. They depend on its bars alone: one with more
    series has the same. Those of a market in memory end with it. What `function` returns is an
    array (T, ...), or something that is cut by rows in the same way and has `nbytes`.
    """
    return _kept_of(function, of_models=False)


def causal_by_asset(function: "Callable[[Market], Array]") -> "Callable[[Market], Array]":
    """As `causal`, of panels in which an asset's column depends on that asset alone.

    That of some assets of a market is made of the columns of its panel: a walk in which assets come
    and go chooses others at each decision, and would make all of it anew.
    """
    return _kept_of(function, of_models=False, by_asset=True)


def kept_as_of(market: "Market", what: tuple[Hashable, ...], rows: int, make: Callable[[], T]) -> T:
    """What `make` makes of the first `rows` of a market, kept until it is asked of other rows.

    It has `nbytes`; `what` names it, beside the market.
    """
    panels, name = kept_beside(market)
    key = (*what, *name)
    kept = panels.find(key)
    if kept is not None and kept.rows == rows:
        value: T = kept.value
        return value
    made: Any = make()
    panels.keep(key, _Kept(rows, made, made.nbytes, of_models=False), KEPT_BYTES)
    asked: T = made
    return asked


def _kept_of(
    function: "Callable[[Market], T]", *, of_models: bool, by_asset: bool = False
) -> "Callable[[Market], T]":
    @functools.wraps(function)
    def once(market: "Market") -> T:
        panels, name = kept_beside(market)
        key = function, *name
        kept = panels.find(key)
        if kept is not None and kept.rows >= len(market):
            value: T = kept.value[: len(market)]
            return value
        whole = market.whole()
        is_walk = kept is not None  # it will ask for more and more: once and for all, then
        if not is_walk and len(whole) > NOT_MANY_MORE * len(market):
            whole = market
        chosen = whole.chosen_from if by_asset else None
        made: Any = function(whole) if chosen is None else chosen.columns_of(once(chosen.market))
        if isinstance(made, np.ndarray):
            read_only(made)
        room = max(KEPT_BYTES, KEPT_PANELS * whole.close.nbytes)
        panels.keep(key, _Kept(len(whole), made, made.nbytes, of_models), room)
        asked: T = made if whole is market else made[: len(market)]
        return asked

    CAUSAL.append(once)
    return once
