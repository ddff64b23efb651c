"""What a component reads while it is heard: a market whose series note who asks for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import Any

from forefolio.market import BARS, Market


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a component said the same of, whatever came after."""

    component: str
    sessions: int  # of the market that it was heard on
    cuts: tuple[int, ...]  # numbers of rows after which it spoke
    series: tuple[str, ...]  # that it read; all of them if it went through all
    lacking: tuple[str, ...]  # that it asked for and the market does not have


@dataclass(slots=True)
class Log:
    """The names of series that were read, and of those that are not there."""

    read: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


_LOG: ContextVar[Log | None] = ContextVar("_LOG", default=None)


@contextmanager
def listening() -> Iterator[Log]:
    """Note what is read of the markets made by `noted`."""
    token = _LOG.set(log := Log())
    try:
        yield log
    finally:
        _LOG.reset(token)


def noted(market: Market) -> Market:
    """The same market, which notes the series that are asked for by name."""
    return _NotedMarket(**{each.name: getattr(market, each.name) for each in fields(market)})


class _NotedMarket(Market):
    __slots__ = ()

    def __post_init__(self) -> None:
        Market.__post_init__(self)
        object.__setattr__(self, "series", _NotedSeries(self.series))


class _NotedSeries(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Like that of a dict, but noted."""
        self._note(name)
        return super().get(name, default)

    def _note(self, name: object) -> None:
        log = _LOG.get()
        if log is not None and isinstance(name, str) and name not in BARS:
            (log.read if super().__contains__(name) else log.missing).add(name)
